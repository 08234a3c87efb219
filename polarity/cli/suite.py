"""`polarity evaluate --suite`: behavioural tests, both backends side by side."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rich.table import Column, Table

from polarity.cli.console import err, leave_by, out, print_json, shortened
from polarity.cli.progress import asking
from polarity.records import check_output

if TYPE_CHECKING:
    from polarity.checklist import About, Findings, Group, Judged, Suite
    from polarity.contract import Contract
    from polarity.settings import Settings
    from polarity.statistics.gates import Bound


def evaluate_suite(
    name: str,
    settings: "Settings",
    bounds: Sequence["Bound"],
    outputs: Sequence[Path],
    *,
    limit: int | None,
    shown: int,
    as_json: bool,
) -> NoReturn:
    """Ask about every case of a suite, print who passes what, write it, and leave by the gate.

    Raises:
        SuiteError, SettingsError, RecordError: the suite, a bound or an output cannot be used; before
            any model is asked.
    """
    from polarity.checklist import check_suffix, write_findings
    from polarity.contract import load_contract

    for path in outputs:
        check_suffix(path)
        check_output(path)
    contract = load_contract(settings.contract)
    suite = _checked(name, settings, bounds, contract)
    found, about = _find(suite, settings, contract, bounds, limit)
    if as_json:
        print_json(found.as_json() | {"judgement": about.judgement.as_json()})
    else:
        _print(found, shown)
    for path in outputs:
        write_findings(path, found, about, shown=shown)
        err.print(f"wrote {path}")
    leave_by(about.judgement, asked=bool(bounds))


def _checked(name: str, settings: "Settings", bounds: Sequence["Bound"], contract: "Contract") -> "Suite":
    from polarity.checklist import check_bounds, check_labels, load_suite, sides_of

    suite = load_suite(name)
    check_labels(suite, contract.labels)
    check_bounds(bounds, suite, sides_of(_backends(settings)))
    return suite


def _backends(settings: "Settings") -> tuple[str, ...]:
    """Name who will be asked: under llm BERT too, where it stands in for an answer that has no label."""
    if settings.backend == "both" or (settings.backend == "llm" and settings.on_unmapped == "bert"):
        return ("bert", "llm")
    return (settings.backend,)


def _find(
    suite: "Suite", settings: "Settings", contract: "Contract", bounds: Sequence["Bound"], limit: int | None
) -> "tuple[Findings, About]":
    from polarity.asking.labelling import labelling
    from polarity.checklist import (
        About,
        distinct_texts,
        expand,
        find,
        judge,
        judge_cases,
        sides_of,
    )
    from polarity.records import Record

    cases = expand(suite, limit=limit)
    texts = distinct_texts(cases)
    records = [Record(text=text, id=str(at), line=at) for at, text in enumerate(texts, start=1)]
    with (
        asking("asking", settings.llm) as watch,
        labelling(records, settings, ask_all=True, on_progress=watch.see) as labelled,
    ):
        results = {record.text: result for record, result in labelled}
    sides = sides_of(_backends(settings))
    found = find(judge_cases(cases, results, sides, contract.labels), sides)
    about = About(
        suite=suite,
        models=labelled.models,
        contract=contract.ref,
        created=datetime.now(UTC),
        version=version("polarity"),
        judgement=judge(found, bounds),
    )
    return found, about


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
