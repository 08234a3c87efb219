"""Labelled files -> what a checkpoint makes of them, as it is without a calibration."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from polarity.asking.labelling import labelling
from polarity.asking.progress import OnProgress, unwatched
from polarity.contract import load_contract
from polarity.errors import RecordError
from polarity.records import DEFAULT_COLUMNS, Columns, GoldRow, Intake, gold_rows
from polarity.settings import Settings
from polarity.tuning.temperature_fit import Scored, check_names
from polarity.types import Decision, Undecided


def scored_files(
    data: Sequence[Path],
    checkpoint: Path,
    settings: Settings,
    columns: Columns = DEFAULT_COLUMNS,
    on_progress: OnProgress = unwatched,
    intake: Intake | None = None,
) -> list[Scored]:
    """Score every text of labelled files by a checkpoint, whatever temperature lies in its folder.

    Texts that the checkpoint cannot read have no part: they get no verdict, whatever the temperature.

    Raises:
        RecordError: a file cannot be read, lacks a label, has the name of another one, or a text got no
            scores.
        CheckpointError: the checkpoint cannot be used.
    """
    check_names([short_name(path) for path in data])  # before the minutes that scoring takes
    contract = load_contract(settings.contract)
    labels = contract.labels
    files = {path: list(gold_rows(path, columns, contract, intake=intake)) for path in data}
    for path, rows in files.items():
        missing = [label for label in labels if label not in {row.gold for row in rows}]
        if missing:  # a temperature from such a file would be fitted to a world without them
            raise RecordError(f"no row is labelled {', '.join(missing)}", path=path)
    bert = settings.bert.model_copy(update={"checkpoint": str(checkpoint), "calibration": "none"})
    raw = settings.model_copy(update={"backend": "bert", "bert": bert})
    return [_scored(path, rows, raw, labels, on_progress) for path, rows in files.items()]


def short_name(path: Path) -> str:
    """Name a file by its folder and its own name: the whole path is this machine's business.

    >>> short_name(Path("/home/ann/reviews/dev.jsonl"))
    'reviews/dev.jsonl'
    """
    return Path(*path.parts[-2:]).as_posix()


def _scored(
    path: Path, rows: Sequence[GoldRow], settings: Settings, labels: Sequence[str], on_progress: OnProgress
) -> Scored:
    shares, scored = [], []
    with labelling([row.record for row in rows], settings, on_progress=on_progress) as labelled:
        for row, (record, result) in zip(rows, labelled, strict=True):
            if isinstance(result, Undecided) and result.reason == "unreadable":
                continue
            if not isinstance(result, Decision) or not result.scores:
                why = getattr(result, "detail", "the classifier has none")
                raise RecordError(f"no scores: {why}", path=path, line=record.line)
            shares.append([result.scores[label] for label in labels])
            scored.append(row)
    return Scored(
        name=short_name(path),
        texts=[row.record.text for row in scored],
        probabilities=np.array(shares),
        gold=np.array([labels.index(row.gold) for row in scored]),
    )
