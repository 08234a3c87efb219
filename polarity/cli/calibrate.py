"""`polarity calibrate`: make a checkpoint's confidence mean what it says."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err, out
from polarity.cli.options import (
    ContractOption,
    LabelColumnOption,
    TextColumnOption,
    columns_from,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.pages.tables import Sheet

if TYPE_CHECKING:
    from polarity.backends.temperature import Calibration
    from polarity.records import GoldRow
    from polarity.settings import Settings
    from polarity.tuning.temperature_fit import Scored

FEWEST = 300  # texts: twenty in each of the fifteen bins that the error is measured over


def calibrate(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint's folder.", show_default=False)],
    data: Annotated[list[Path], typer.Argument(help="Labelled files with every label.", show_default=False)],
    max_ece: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Exit with 3 above this calibration error.")
    ] = None,
    contract: ContractOption = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
) -> None:
    """Fit a temperature to labelled texts, measure what it does, and store it in CHECKPOINT.

    From then on the checkpoint's logits are divided by it. Every text is measured at a temperature that
    was fitted without it. Writes calibration.json and reliability.svg. Stores nothing if it exits with 3
    or, where there are fewer than 300 texts, with 4.
    """
    from polarity.backends.temperature import FILE, weights_hash
    from polarity.tuning import temperature_fit as calibrations

    weights = weights_hash(checkpoint)
    scored = _scored(data, checkpoint, contract, text_column, label_column)
    texts = sum(len(part.texts) for part in scored)
    if texts < FEWEST:
        err.print(f"inconclusive: {texts} texts are fewer than {FEWEST}")
        raise typer.Exit(4)
    found = calibrations.calibrate(scored, weights)
    _print(found.calibration)
    ece = found.calibration.after[calibrations.ALL].ece
    if max_ece is not None and ece > max_ece:
        err.print(f"failed: the calibration error {ece:.4f} is above {max_ece:.4f}; nothing was stored")
        raise typer.Exit(3)
    calibrations.write_calibration(found, checkpoint)
    err.print(f"wrote {checkpoint / FILE}, temperature {found.calibration.temperature}")


def _scored(
    data: list[Path], checkpoint: Path, contract: Path | None, text_column: str, label_column: str
) -> "list[Scored]":
    from polarity.contract import load_contract
    from polarity.errors import RecordError
    from polarity.records import gold_rows
    from polarity.tuning.temperature_fit import check_names

    check_names([_name(path) for path in data])  # before the minutes that scoring takes
    asked = settings_from(backend="bert", contract=contract, checkpoint=str(checkpoint))
    settings = asked.model_copy(update={"bert": asked.bert.model_copy(update={"calibration": "none"})})
    labels = load_contract(settings.contract).labels
    files = {
        path: list(gold_rows(path, columns_from(text_column, label_column, "id"), labels)) for path in data
    }
    for path, rows in files.items():
        missing = [label for label in labels if label not in {row.gold for row in rows}]
        if missing:  # a temperature from such a file would be fitted to a world without them
            raise RecordError(f"no row is labelled {', '.join(missing)}", path=path)
    return [_scored_file(path, rows, settings, labels) for path, rows in files.items()]


def _scored_file(
    path: Path, rows: "list[GoldRow]", settings: "Settings", labels: tuple[str, ...]
) -> "Scored":
    import numpy as np

    from polarity.asking.labelling import labelling
    from polarity.errors import RecordError
    from polarity.tuning.temperature_fit import Scored
    from polarity.types import Decision

    shares = []
    records = [row.record for row in rows]
    with (
        asking(path.name, settings.llm) as watch,
        labelling(records, settings, on_progress=watch.see) as labelled,
    ):
        for record, result in labelled:
            if not isinstance(result, Decision) or not result.scores:
                why = getattr(result, "detail", "the classifier has none")
                raise RecordError(f"no scores: {why}", path=path, line=record.line)
            shares.append([result.scores[label] for label in labels])
    return Scored(
        name=_name(path),
        texts=[row.record.text for row in rows],
        probabilities=np.array(shares),
        gold=np.array([labels.index(row.gold) for row in rows]),
    )


def _name(path: Path) -> str:
    """Name a file by its folder and its own name: the whole path is this machine's business."""
    return Path(*path.parts[-2:]).as_posix()


def _print(found: "Calibration") -> None:
    measured = [f"{name} {when}" for name in ("ECE", "Brier", "NLL") for when in ("before", "after")]
    rows = []
    for name, before in found.before.items():
        pairs = zip(before[1:], found.after[name][1:], strict=True)
        rows.append((name, f"{before.n:,}", *(f"{value:.4f}" for pair in pairs for value in pair)))
    title = f"Temperature {found.temperature}"
    title += f", {min(found.fold_temperatures)} to {max(found.fold_temperatures)} in the folds"
    out.print(Sheet(title, ("data", "n", *measured), rows).on_terminal())
