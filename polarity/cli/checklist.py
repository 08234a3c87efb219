"""`polarity checklist`: behavioural tests, both backends side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import (
    Backend,
    CheckpointOption,
    ContractOption,
    FailOverOption,
    FailUnderOption,
    JsonOption,
    OutputsOption,
    ResumeOption,
    RetryOption,
    StrategyOption,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.pages.terminal import shortened

if TYPE_CHECKING:
    from polarity.checklist import Findings, Group, Judged


def checklist(
    suite: Annotated[
        str,
        typer.Argument(metavar="NAME|FILE", help="The suite: one that comes with polarity, or a TOML file."),
    ] = "checklist",
    backend: Annotated[Backend, typer.Option(help="Who answers.")] = "both",
    outputs: OutputsOption = None,
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    examples: Annotated[int, typer.Option(min=0, help="Show so many failed cases of each group.")] = 20,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Take N cases of each test.")] = None,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    json_object: JsonOption = False,
) -> None:
    """Hold the backends against behavioural tests, side by side.

    MEASURE is pass_rate of a side, bert, llm or decision: of the whole suite as in pass_rate.bert, or as
    in pass_rate.bert.negation of a capability, a kind (MFT, INV, DIR) or a test. Exits with 4 if too
    little is known: for a gate, fewer than 100 cases, or 30 of a part; no answer of a side in more than
    half of the cases.
    """
    from polarity.checklist import run_suite
    from polarity.statistics.gates import parsed_all

    bounds = parsed_all(fail_under or (), fail_over or ())
    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
    with asking("asking", settings.llm) as watch:
        found, about = run_suite(
            suite,
            settings,
            bounds,
            out=outputs or (),
            limit=limit,
            shown=examples,
            resume=resume,
            retry_failures=retry_failures,
            on_progress=watch.see,
        )
    if json_object:
        print_json(found.as_json() | {"judgement": about.judgement.as_json()})
    else:
        _print(found, examples)
    for path in outputs or ():
        err.print(f"wrote {path}")
    leave_by(about.judgement, asked=bool(bounds))


def _print(found: "Findings", shown: int) -> None:
    from polarity.checklist import TITLES, caution, header, headline, row

    out.print(headline(found))
    for level, title in TITLES.items():
        table = Table(Column("part", overflow="fold"), *header(found)[1:], title=title)
        for part in found.at(level):
            table.add_row(*(_cell(cell, whole=level != "test") for cell in row(part)))
        out.print(table)
    for group in found.groups:
        _print_group(group, found.sides, shown)
    out.print(caution(found))


def _cell(text: str, *, whole: bool) -> str:
    """Set an interval below its share, or leave it out of the long table: a terminal is narrow."""
    share, _, interval = text.partition(" (")
    return f"{share}\n{interval.removesuffix(')')}" if interval and whole else share


def _print_group(group: "Group", sides: Sequence[str], shown: int) -> None:
    out.print(f"\n{group.title}: {len(group.cases):,}")
    for judged in group.spread(shown):
        _print_case(judged, sides)


def _print_case(judged: "Judged", sides: Sequence[str]) -> None:
    from polarity.checklist import answer, expected

    out.print(f"  {judged.test.name}, expected {shortened(expected(judged.test))}")
    for at, text in enumerate(judged.texts):
        answers = ", ".join(f"{side} {answer(judged.said[side][at])}" for side in sides)
        out.print(f"    {shortened(text)}\n      {answers}")
