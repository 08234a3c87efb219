"""The rows that ways of asking are tried on: some are tested, others calibrate."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.errors import RecordError
from polarity.records import Columns, Intake, Labels, Record, gold_rows, sampled
from polarity.statistics.label_offsets import CONTENT_FREE

NOTHING_SAID = [
    Record(text=text, id=f"content-free {at}", line=at) for at, text in enumerate(CONTENT_FREE, 1)
]


class Drawn(NamedTuple):
    """A file's rows that are tested, and others of it to calibrate by; all of them have gold."""

    name: str
    tested: Sequence[Record]
    others: Sequence[Record]


def golds(records: Sequence[Record]) -> list[str]:
    """Give the gold labels of rows that have them."""
    return [record.label for record in records if record.label is not None]


def drawn(
    path: Path,
    columns: Columns,
    known: Labels,
    *,
    name: str,
    sample: int | None,
    calibrate: int,
    seed: int,
    intake: Intake | None = None,
) -> Drawn:
    """Draw `sample` labelled rows, or take all, and `calibrate` others, no text of which is tested.

    Which rows are tested depends on the file, `sample` and `seed` alone.

    Raises:
        RecordError: the file cannot be read, a row has no usable gold label, or too few others are left.
    """
    rows = [row.record for row in gold_rows(path, columns, known, intake=intake)]
    tested = rows if sample is None else sampled(rows, sample, seed=seed)
    texts = {record.text for record in tested}
    others = [record for record in rows if record.text not in texts]
    if len(others) < calibrate:
        problem = f"beside the {len(tested):,} tested rows there are {len(others):,} others"
        raise RecordError(f"{problem}, not {calibrate:,} to calibrate by: sample fewer", path=path)
    return Drawn(name, tested, sampled(others, calibrate, seed=seed))
