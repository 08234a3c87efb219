"""`polarity report`: both backends over a file, or a stored report remapped; compared."""

import asyncio
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from polarity.cli.console import err, leave_by, out, progress
from polarity.cli.options import (
    CheckpointOption,
    ContractOption,
    IdColumnOption,
    LabelColumnOption,
    LimitOption,
    StrategyOption,
    TextColumnOption,
    check_folder,
    columns_from,
    settings_from,
)

if TYPE_CHECKING:
    from polarity.comparison import Summary
    from polarity.records import Columns
    from polarity.report import Report
    from polarity.settings import Settings

ANY_DISAGREEMENT = 1.0
ASKING = ("checkpoint", "strategy", "limit", "text_column", "label_column", "id_column")


def report(
    context: typer.Context,
    outputs: Annotated[
        list[Path],
        typer.Option("--out", "-o", help="Where to write: .html, .json, .md or .csv. May be repeated."),
    ],
    source: Annotated[
        Path | None,
        typer.Argument(metavar="INPUT", help="JSON Lines, CSV, TSV or Parquet; - reads JSON Lines."),
    ] = None,
    remap: Annotated[
        Path | None,
        typer.Option(help="A JSON report: read its raw outputs by the contract; no model is asked."),
    ] = None,
    max_disagreement: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Exit with 3 if a larger share of the compared texts disagrees."),
    ] = None,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    limit: LimitOption = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
) -> None:
    """Ask BERT and the LLM about every text and report where they disagree.

    With --remap, what they said is taken from an older report instead.
    Exits with 4 if too few answers came to say anything.
    """
    from polarity.report import check_suffix, write_report  # noqa: PLC0415 - keeps `--help` quick

    for path in outputs:
        check_suffix(path)
        check_folder(path)
    settings = settings_from(backend="both", contract=contract, checkpoint=checkpoint, strategy=strategy)
    if source and not remap:
        columns = columns_from(text_column, label_column, id_column)
        found = asyncio.run(_compare(source, settings, columns, limit))
    elif remap and not source:
        _refuse_asking(context)
        found = _remapped(remap, settings)
    else:
        raise typer.BadParameter("give INPUT or --remap, one of the two")
    for path in outputs:
        write_report(path, found)
        err.print(f"wrote {path}")
    _conclude(found.summary, max_disagreement)


def _refuse_asking(context: typer.Context) -> None:
    """Refuse what only says how the models are asked: they have answered already."""
    for name in ASKING:
        given = context.get_parameter_source(name)
        if given and given.name == "COMMANDLINE":
            raise typer.BadParameter(f"--remap asks no model: --{name.replace('_', '-')} has nothing to say")


def _remapped(path: Path, settings: "Settings") -> "Report":
    from polarity.contract import load_contract  # noqa: PLC0415 - keeps `--help` quick
    from polarity.report import remap  # noqa: PLC0415
    from polarity.stored import read_report  # noqa: PLC0415

    contract = load_contract(settings.contract)
    return remap(read_report(path), contract, created=datetime.now(UTC), version=version("polarity"))


def _conclude(summary: "Summary", max_disagreement: float | None) -> NoReturn:
    """Print the figures, and leave with the exit status of the gate."""
    from polarity.comparison import gate  # noqa: PLC0415 - keeps `--help` quick

    agreement = "undefined" if summary.agreement is None else f"{summary.agreement:.1%}"
    kappa = "undefined" if summary.kappa is None else f"{summary.kappa:.3f}"
    out.print(f"{summary.n} texts, {summary.compared} compared, agreement {agreement}, kappa {kappa}")
    out.print(
        f"{summary.mapping_disagreements} mapping and {summary.model_disagreements} model disagreements, "
        f"{summary.failures} failures"
    )
    result = gate(summary, ANY_DISAGREEMENT if max_disagreement is None else max_disagreement)
    leave_by(result, asked=max_disagreement is not None)


async def _compare(source: Path, settings: "Settings", columns: "Columns", limit: int | None) -> "Report":
    from polarity.classifier import build_classifier  # noqa: PLC0415 - keeps `--help` quick
    from polarity.comparison import summarise  # noqa: PLC0415
    from polarity.records import STANDARD_INPUT, read  # noqa: PLC0415
    from polarity.report import Report, Side, compare_file  # noqa: PLC0415

    records = list(read(source, columns, limit=limit))
    async with build_classifier(settings, patient=True) as classifier:
        with progress("comparing", len(records)) as bar:
            pairs = await compare_file(classifier, records, path=source, on_chunk=bar.advance)
        left, right = (
            Side(backend=name, model=getattr(backend, "model", name))
            for name, backend in classifier.backends.items()
        )
    return Report(
        summary=summarise(pairs, classifier.contract.labels),
        pairs=pairs,
        contract=classifier.contract,
        left=left,
        right=right,
        source="standard input" if source == STANDARD_INPUT else source.name,
        created=datetime.now(UTC),
        version=version("polarity"),
        settings={
            "llm.strategy": settings.llm.strategy,
            "llm.api": settings.llm.api,
            "llm.temperature": settings.llm.temperature,
            "bert.max_length": settings.bert.max_length,
            "bert.overflow": settings.bert.overflow,
            "bert.calibration": settings.bert.calibration,
            "bert.precision": settings.bert.precision,
        },
    )
