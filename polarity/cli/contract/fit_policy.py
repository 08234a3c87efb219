"""`polarity contract fit-policy`: the policy's numbers from labelled data, into a new contract file."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import (
    CheckpointOption,
    ContractOption,
    JsonOption,
    ResumeOption,
    RetryOption,
    StrategyOption,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.cli.reading import Reading, reads_gold

if TYPE_CHECKING:
    from polarity.tuning.fitted_contract import FittedContract

DataArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA...", help="JSON reports of texts with gold labels, or labelled files; or patterns."
    ),
]


@reads_gold
def fit_policy(
    data: DataArgument,
    output: Annotated[
        Path, typer.Option("--out", "-o", help="The contract file to write; may be the one that is read.")
    ],
    contract: ContractOption = None,
    version: Annotated[
        str | None, typer.Option(help="Its version, above the old one.", show_default="the next minor one")
    ] = None,
    llm_cost: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Accuracy that one LLM call a text has to bring.")
    ] = 0.01,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds to measure on.")] = 5,
    seed: Annotated[
        int, typer.Option(min=0, help="Deals the texts out to the folds, and draws what --sample asks for.")
    ] = 0,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Ask about N rows of the labelled files, of each file and label its share."),
    ] = None,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    json_object: JsonOption = False,
    *,
    reading: Reading,
) -> None:
    """Fit the policy's thresholds, weights and offsets, and write a contract that differs in nothing else.

    A report's raw outputs are taken as they are; about a labelled file both backends are asked.
    Exits with 4, and writes nothing, if the data are too little to fit on.
    """
    from polarity.tuning import Plan, fit_contract_policy

    settings = settings_from(contract=contract, checkpoint=checkpoint, strategy=strategy)
    with asking("asking", settings.llm) as watch:
        found, judgement = fit_contract_policy(
            data,
            output,
            settings,
            version=version,
            plan=Plan(llm_cost=llm_cost, folds=folds, seed=seed),
            columns=reading.columns,
            intake=reading,
            sample=sample,
            resume=resume,
            retry_failures=retry_failures,
            on_progress=watch.see,
        )
    if found is None:
        leave_by(judgement)
    err.print(f"wrote {output}")
    _print(found, json_object=json_object)


def _print(found: "FittedContract", *, json_object: bool) -> None:
    from polarity.tuning.policy_pages import gains, sides

    rows = [asdict(row) for row in found.measured]
    if json_object:
        policy = found.policy.model_dump(mode="json")
        print_json({"policy": policy, "measured": rows, "loses": list(found.loses)})
        return
    title = f"On the texts of the fit; the fitted policy out of fold ({found.fit.held_out} held out)"
    out.print(sides(title, found.measured).on_terminal())
    out.print(gains("What both bring", found.measured).on_terminal())
    for sentence in found.loses:
        out.print(f"loses on {sentence}")
    for name, value in found.policy:
        if name != "fitted" and value is not None:
            out.print(
                f"{name} = {value}{'  (kept: too few texts bear on it)' if name in found.fit.kept else ''}"
            )
