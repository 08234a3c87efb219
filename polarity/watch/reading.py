"""A store -> what is watched of it: the database counts, and what is read are counts.

Nothing here reads a text. Every query goes by an index over one period or one range of hashes, so that no
sort is larger than that, and none of them holds a transaction open for long.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from polarity.comparison.pairs import ABSTAINED, FAILED, UNMAPPED
from polarity.store import Setup, Store
from polarity.store.alike import Alike, Said, alike_from
from polarity.store.entries import setup_from
from polarity.store.tables import DECISIONS, SETUPS
from polarity.texts.moments import Window
from polarity.watch.cells import Cell

ROWS: Final = DECISIONS.c
MOST_REPEATS: Final = 50_000  # decisions among which texts are looked for that came again: chosen by hash
HASHES: Final = 16**4
WORDS: Final = 10_000  # that are kept as they were read: many of a period come in the next one, too
OTHERWISE: Final = {"abstention": ABSTAINED, "failure": FAILED}


class Repeats(NamedTuple):
    """Of texts that came again, how often the label was another one, (periods, 2): the same, another.

    `noise` counts those that the same setup was asked, `churn` those where it had changed. `share` is the
    part of all texts, chosen by hash, among which they were looked for.
    """

    noise: NDArray[np.int64]
    churn: NDArray[np.int64]
    share: float


def first_time(store: Store, side: str, behind: int = 0) -> datetime | None:
    """Say when a side's first decision was answered, or the one `behind` so many; None: there is none.

    Raises:
        StoreError: the store cannot be read.
    """
    query = sa.select(ROWS.answered_at).where(ROWS.side == side).order_by(ROWS.answered_at)
    with store.reading() as connection:
        return connection.execute(query.offset(behind).limit(1)).scalar()


def sides_of(store: Store) -> list[str]:
    """Name every side that decisions are of.

    Raises:
        StoreError: the store cannot be read.
    """
    found: list[str] = []
    query = sa.select(sa.func.min(ROWS.side)).where(ROWS.side > sa.bindparam("last"))
    with store.reading() as connection:
        while (side := connection.execute(query, {"last": found[-1] if found else ""}).scalar()) is not None:
            found.append(side)
    return found


def setups_of(store: Store) -> dict[int, Setup]:
    """Give every setup by its number.

    Raises:
        StoreError: the store cannot be read.
    """
    with store.reading() as connection:
        rows = connection.execute(sa.select(SETUPS)).mappings().all()
    return {row["id"]: setup_from(row) for row in rows}


def cells_in(store: Store, periods: Sequence[Window], side: str) -> Iterator[Cell]:
    """Count the decisions of a side in each period, alike by alike.

    Raises:
        StoreError: the store cannot be read.
    """
    query = sa.select(ROWS.alike, sa.func.count()).where(ROWS.side == side).group_by(ROWS.alike)
    for at, rows in enumerate(_by_period(store, query, ROWS.answered_at, periods)):
        for word, n in rows:
            alike = _read(word)
            yield Cell(at, *alike[:-2], _category(alike.bert), _category(alike.llm), n)


def pairs_in(store: Store, periods: Sequence[Window], side: str, candidate: str) -> NDArray[np.int64]:
    """Count a candidate's labels beside those of `side` to the same texts, (periods, 2): the same, another.

    Raises:
        StoreError: the store cannot be read.
    """
    theirs, ours = DECISIONS.alias("theirs"), DECISIONS.alias("ours")
    same = (ours.c.request_id == theirs.c.request_id) & (ours.c.index == theirs.c.index)
    differs = sa.case((ours.c.label == theirs.c.label, 0), else_=1).label("differs")
    query = (
        sa.select(differs, sa.func.count())
        .select_from(theirs.join(ours, same))
        .where(theirs.c.side == candidate, ours.c.side == side)
        .where(ours.c.label.is_not(None), theirs.c.label.is_not(None))
        .group_by(differs)
    )
    counts = np.zeros((len(periods), 2), np.int64)
    for at, rows in enumerate(_by_period(store, query, theirs.c.answered_at, periods)):
        for place, n in rows:
            counts[at, place] = n
    return counts


def repeats_in(store: Store, periods: Sequence[Window], side: str, n: int) -> Repeats:
    """Hold each text that came again against the last time that it came, of the `n` decisions there are.

    Raises:
        StoreError: the store cannot be read.
    """
    top = min(HASHES, -(-HASHES * MOST_REPEATS // max(1, n)))
    looked_at: list[sa.ColumnElement[bool]] = [ROWS.text_sha256.is_not(None)]
    if top < HASHES:
        looked_at.append(ROWS.text_sha256 < f"{top:04x}")
    again = sa.select(ROWS.text_sha256).where(*looked_at).group_by(ROWS.text_sha256)
    again = again.having(sa.func.count() > 1)  # the others, which are most, are not opened
    query = sa.select(ROWS.text_sha256, ROWS.answered_at, ROWS.setup_id, ROWS.label)
    query = query.where(_is_of(side), ROWS.text_sha256.in_(again), *looked_at)
    with store.reading() as connection:
        rows = connection.execute(query.order_by(ROWS.text_sha256, ROWS.id)).all()
    counts = np.zeros((2, len(periods), 2), np.int64)
    starts = [period.since for period in periods]
    for _, asked in groupby(rows, key=lambda row: row[0]):
        _count_repeats(list(asked), starts, periods[-1].until, counts)
    return Repeats(noise=counts[0], churn=counts[1], share=top / HASHES)


def _count_repeats(
    asked: Sequence[Any], starts: Sequence[datetime], until: datetime, counts: NDArray[np.int64]
) -> None:
    """Count one text's answers, each against the one before it, (2, periods, 2): by the same setup or not."""
    for (_, _, old_setup, old_label), (_, at, setup, label) in pairwise(asked):
        if starts[0] <= at < until:
            period = bisect_right(starts, at) - 1
            counts[int(setup != old_setup), period, int(label != old_label)] += 1


def _by_period(
    store: Store, query: sa.Select[Any], time: sa.ColumnElement[datetime], periods: Sequence[Window]
) -> Iterator[Sequence[Any]]:
    """Ask the same of each period, a transaction each."""
    since, until = sa.bindparam("since", type_=time.type), sa.bindparam("until", type_=time.type)
    timed = query.where(time >= since, time < until)
    for period in periods:
        with store.reading() as connection:
            yield connection.execute(timed, {"since": period.since, "until": period.until}).all()


def _is_of(side: str) -> sa.ColumnElement[bool]:
    """Take one side, not by its index: most rows are of it, and a range of hashes is gone by."""
    return sa.func.coalesce(ROWS.side, "") == side


@lru_cache(WORDS)
def _read(word: str) -> Alike:
    return alike_from(word)


def _category(said: Said | None) -> str | None:
    """Name a backend's category; None where it was not asked.

    >>> _category(Said("unmapped", None, "empty")), _category(Said("verdict", "POSITIVE", None))
    ('UNMAPPED empty', 'POSITIVE')
    """
    if said is None:
        return None
    if said.kind == "verdict":
        return said.label
    return f"{UNMAPPED} {said.reason}" if said.kind == "unmapped" else OTHERWISE.get(said.kind or "")
