"""`polarity prove`: what a classifier, an LLM and both are worth on your rows, on one page."""

from pathlib import Path
from typing import Annotated

import typer

from polarity.cli.console import err, out, print_json
from polarity.cli.options import ContractOption, JsonOption, OutputsOption, StrategyOption, settings_from
from polarity.cli.progress import asking
from polarity.cli.reading import DataArgument, Reading, reads_gold
from polarity.cli.recipes import SetOption


@reads_gold
def prove(
    data: DataArgument,
    work: Annotated[Path, typer.Option("--work", help="A folder for what is made: it can go on there.")],
    judged: Annotated[int, typer.Option(min=200, help="Rows that are kept back to judge by.")] = 800,
    sizes: Annotated[
        str | None,
        typer.Option(
            help="The learning curve's numbers of rows, with commas.",
            show_default="500, 1000, 2000, 4000, 8000, or all there are",
        ),
    ] = None,
    overrides: SetOption = None,
    seed: Annotated[int, typer.Option(help="Deals the rows out.")] = 0,
    contract: ContractOption = None,
    strategy: StrategyOption = None,
    outputs: OutputsOption = None,
    json_object: JsonOption = False,
    *,
    reading: Reading,
) -> None:
    """Train on labelled DATA, ask both backends about rows kept back, and say when to switch.

    A learning curve, a checkpoint, a report of both backends, a policy fitted on it, and one page: who is
    right how often, what it costs, which conditions hold. Nothing is judged by rows that were trained on. The
    same command goes on with what lies in the work folder.
    """
    from polarity.cli.learning_curve import numbers
    from polarity.proof import ProofPlan
    from polarity.proof import prove as run
    from polarity.proof.pages import proof_page, proof_sheets

    settings = settings_from(contract=contract, strategy=strategy)
    plan = ProofPlan(
        judged=judged,
        sizes=None if sizes is None else tuple(numbers(sizes)),
        overrides=tuple(overrides or ()),
        seed=seed,
    )
    with asking("asking", settings.llm) as watch:
        found = run(
            data,
            work,
            settings,
            out=outputs or (),
            plan=plan,
            columns=reading.columns,
            intake=reading,
            on_stage=lambda stage: err.print(f"{stage} ..."),
            on_progress=watch.see,
        )
    page = proof_page(found.findings, found.about)
    if json_object:
        print_json(dict(page.data))
    else:
        out.print(page.headline)
        for sheet in proof_sheets(found.findings):
            out.print(sheet.on_terminal())
    for path in (*(outputs or ()), found.folder):
        err.print(f"wrote {path}")
