"""`polarity contract fit-policy`: the policy's numbers from labelled data, into a new contract file."""

import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err, out, print_json
from polarity.cli.contract.policy_data import asked_pairs, check_names, stored_pairs
from polarity.cli.options import (
    CheckpointOption,
    ContractOption,
    IdColumnOption,
    JsonOption,
    LabelColumnOption,
    StrategyOption,
    TextColumnOption,
    columns_from,
    settings_from,
)

if TYPE_CHECKING:
    from polarity.contract import Contract
    from polarity.contract.schema import Fitted, Policy
    from polarity.records import Columns
    from polarity.settings import Settings
    from polarity.tuning.policy_fit import Fit, Plan
    from polarity.tuning.policy_worth import GoldPair, Measured

DataArgument = Annotated[
    list[Path],
    typer.Argument(metavar="DATA", help="JSON reports of texts with gold labels, or labelled files."),
]
DIGITS = 4


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
    from polarity.contract.review.amending import with_policy
    from polarity.records import replacing
    from polarity.tuning.policy_fit import Plan, fit, too_little

    check_names(data)
    _check_output(output)
    settings = settings_from(backend="both", contract=contract, checkpoint=checkpoint, strategy=strategy)
    old = load_contract(settings.contract)
    new_version = _newer(version, old)
    columns = columns_from(text_column, label_column, id_column)
    pairs = [pair for path in data for pair in _pairs(path, old, settings, columns)]
    if problem := too_little(pairs, old.labels):
        err.print(f"inconclusive: {problem}; nothing was written")
        raise typer.Exit(4)
    plan = Plan(llm_cost=llm_cost, folds=folds, seed=seed)
    found = fit(pairs, old.policy, old.labels, plan)
    policy = found.policy.model_copy(update={"fitted": _provenance(found, old, data, pairs, plan)})
    text = with_policy(old, policy, new_version)
    with replacing(output) as file:
        file.write(text)
    err.print(f"wrote {output}")
    _print(found, policy, _measured(pairs, found, old, new_version), json_object=json_object)


def _check_output(path: Path) -> None:
    from polarity.records import check_place

    if path.suffix != ".toml":  # the data's own files, for one, are none
        raise typer.BadParameter(f"--out {str(path)!r} is no .toml file")
    check_place(path)


def _newer(version: str | None, old: "Contract") -> str:
    """Two contracts of one version must not decide differently."""
    from polarity.contract.review.amending import next_minor
    from polarity.contract.review.levels import risen
    from polarity.contract.schema import SEMANTIC_VERSION

    if version is None:
        return next_minor(old.ref.version)
    if not re.fullmatch(SEMANTIC_VERSION, version) or risen(old.ref.version, version) is None:
        raise typer.BadParameter(f"--version {version!r} is no X.Y.Z above {old.ref.version}")
    return version


def _pairs(path: Path, contract: "Contract", settings: "Settings", columns: "Columns") -> "list[GoldPair]":
    if path.suffix.lower() == ".json":
        return stored_pairs(path, contract)
    return asked_pairs(path, settings, columns)


def _provenance(
    found: "Fit",
    old: "Contract",
    data: Sequence[Path],
    pairs: "Sequence[GoldPair]",
    plan: "Plan",
) -> "Fitted":
    from polarity.contract.schema import Fitted, FittedFile

    options = [
        word for name, value in plan._asdict().items() for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    texts = Counter(pair.data for pair in pairs)
    return Fitted(
        command=shlex.join(["polarity", "contract", "fit-policy", *(path.name for path in data), *options]),
        polarity=version_of("polarity"),
        contract_version=old.ref.version,
        contract_sha256=old.ref.sha256,
        n=len(pairs),
        **plan._asdict(),
        kept=found.kept,
        accuracy=round(found.accuracy.value, DIGITS),
        accuracy_interval=(round(found.accuracy.low, DIGITS), round(found.accuracy.high, DIGITS)),
        llm_calls_saved=round(found.llm_calls_saved, DIGITS),
        data=tuple(
            FittedFile(
                name=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), n=texts[path.name]
            )
            for path in data
        ),
    )


def _measured(pairs: "Sequence[GoldPair]", found: "Fit", old: "Contract", version: str) -> "list[Measured]":
    """Measure each backend alone, both by the old policy, and both by the fitted one, out of fold."""
    from polarity.tuning.policy_worth import alone, decide, measure

    by_version = {old.ref.version: decide(pairs, old.policy), version: found.results}
    return alone(pairs, old.labels) + [
        measure(pairs, results, old.labels, who=f"both {name}") for name, results in by_version.items()
    ]


def _print(found: "Fit", policy: "Policy", measured: "Sequence[Measured]", *, json_object: bool) -> None:
    from polarity.tuning.policy_pages import sides

    rows = [asdict(row) for row in measured]
    if json_object:
        print_json({"policy": policy.model_dump(mode="json"), "measured": rows})
        return
    out.print(sides("On the texts of the fit; the fitted policy out of fold", measured).on_terminal())
    for name, value in policy:
        if name != "fitted":
            out.print(f"{name} = {value}{'  (kept: too few texts bear on it)' if name in found.kept else ''}")
