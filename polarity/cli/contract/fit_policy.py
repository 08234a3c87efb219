"""`polarity contract fit-policy`: the policy's numbers from labelled data, into a new contract file."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import (
    CheckpointOption,
    ContractOption,
    IdColumnOption,
    JsonOption,
    LabelColumnOption,
    ResumeOption,
    RetryOption,
    StrategyOption,
    TextColumnOption,
    columns_from,
    settings_from,
)
from polarity.cli.progress import asking

if TYPE_CHECKING:
    from polarity.tuning.fitted_contract import FittedContract

DataArgument = Annotated[
    list[Path],
    typer.Argument(metavar="DATA", help="JSON reports of texts with gold labels, or labelled files."),
]


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
    seed: Annotated[int, typer.Option(min=0, help="Deals the texts out to the folds.")] = 0,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
    json_object: JsonOption = False,
) -> None:
    """Fit the policy's thresholds, weights and offsets, and write a contract that differs in nothing else.

    A report's raw outputs are taken as they are; about a labelled file both backends are asked.
    Exits with 4, and writes nothing, if the data are too little to fit on.
    """
    from polarity.contract import load_contract
    from polarity.records import replacing
    from polarity.statistics.gates import judged
    from polarity.tuning.fitted_contract import fitted_contract, newer_version
    from polarity.tuning.gold_data import gold_data
    from polarity.tuning.policy_fit import Plan, too_little

    _check_output(output)
    settings = settings_from(backend="both", contract=contract, checkpoint=checkpoint, strategy=strategy)
    old = load_contract(settings.contract)
    new_version = newer_version(version, old)
    plan = Plan(llm_cost=llm_cost, folds=folds, seed=seed)
    with (
        asking("asking", settings.llm) as watch,
        gold_data(
            data,
            settings,
            old,
            out=output,
            options=plan._asdict(),
            columns=columns_from(text_column, label_column, id_column),
            resume=resume,
            retry_failures=retry_failures,
            on_progress=watch.see,
        ) as pairs,
    ):
        if not (problem := too_little(pairs, old.labels)):
            found = fitted_contract(pairs, old, data, plan=plan, version=new_version)
            with replacing(output) as file:
                file.write(found.text)
    if problem:
        leave_by(judged([], f"{problem}; nothing was written"))
    err.print(f"wrote {output}")
    _print(found, json_object=json_object)


def _check_output(path: Path) -> None:
    from polarity.records import check_place

    if path.suffix != ".toml":  # the data's own files, for one, are none
        raise typer.BadParameter(f"--out {str(path)!r} is no .toml file")
    check_place(path)


def _print(found: "FittedContract", *, json_object: bool) -> None:
    from polarity.tuning.policy_pages import sides

    rows = [asdict(row) for row in found.measured]
    if json_object:
        print_json({"policy": found.policy.model_dump(mode="json"), "measured": rows})
        return
    out.print(sides("On the texts of the fit; the fitted policy out of fold", found.measured).on_terminal())
    for name, value in found.policy:
        if name != "fitted":
            out.print(
                f"{name} = {value}{'  (kept: too few texts bear on it)' if name in found.fit.kept else ''}"
            )
