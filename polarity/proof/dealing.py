"""Labelled rows dealt out: those that are trained on, and those by which all is judged."""

from collections.abc import Sequence
from typing import NamedTuple

from polarity.errors import RecordError
from polarity.records import GoldRow, stratified
from polarity.statistics.enough import FOR_A_POLICY


class Dealt(NamedTuple):
    """Rows for training, rows for judging; no text is in both."""

    train: Sequence[GoldRow]
    judged: Sequence[GoldRow]


def dealt(rows: Sequence[GoldRow], judged: int, *, seed: int = 0) -> Dealt:
    """Draw `judged` rows, of each label its share, to judge by; each text stands in one part only.

    >>> from polarity.records import Record
    >>> rows = [GoldRow(Record(text=f"{at}", id=f"{at}", line=at), "AB"[at % 2]) for at in range(1000)]
    >>> found = dealt(rows, 200)
    >>> len(found.train), len(found.judged), sum(row.gold == "A" for row in found.judged)
    (800, 200, 100)

    Raises:
        RecordError: there are too few texts to train on as many as to judge by, or to judge by.
    """
    first = {
        row.record.text: row for row in reversed(rows)
    }  # of a text that stands there twice its first row
    single = [row for row in rows if first[row.record.text] is row]
    if judged < FOR_A_POLICY or len(single) < 2 * judged:
        raise RecordError(
            f"{len(single):,} different texts, {judged:,} to judge by: at least {FOR_A_POLICY} have to be, "
            "and at least as many trained on"
        )
    drawn = stratified(single, judged, lambda row: (row.gold,), seed=seed)
    kept = {row.record.text for row in drawn}
    return Dealt([row for row in single if row.record.text not in kept], drawn)
