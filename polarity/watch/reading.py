"""A store -> what is watched of it: the database counts, and what is read are counts.

Nothing here reads a text. Every query goes by an index over one period or one range of hashes, so that no
sort is larger than that, and none of them holds a transaction open for long.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby, pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from polarity.comparison.pairs import ABSTAINED, FAILED, UNMAPPED
from polarity.store import Setup, Store
from polarity.store.entries import setup_from
from polarity.store.tables import DECISIONS, SETUPS
from polarity.watch.cells import KNOWN_STEPS, STEPS, TOKENS, Cell
from polarity.watch.windows import Window

ROWS: Final = DECISIONS.c
MOST_REPEATS: Final = 50_000  # decisions among which texts are looked for that came again: chosen by hash
HASHES: Final = 16**4
# Who is known to have said what without opening the outcomes: of most decisions, and much of the time.
ALIKE: Final = ("agreement",)
BERT_ONLY: Final = ("bert", "bert:confident", "bert:certain")
LLM_ONLY: Final = ("llm",)
TOLD: Final = [(backend, part) for backend in ("bert", "llm") for part in ("kind", "label", "reason")]
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
    query = sa.select(ROWS.answered_at).where(_is_of(side)).order_by(ROWS.answered_at)
    with store.reading() as connection:
        return connection.execute(query.offset(behind).limit(1)).scalar()


def sides_of(store: Store) -> list[str]:
    """Name every side that decisions are of.

    Raises:
        StoreError: the store cannot be read.
    """
    with store.reading() as connection:
        return sorted(connection.execute(sa.select(ROWS.side).distinct()).scalars())


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
    wanted = [
        ROWS.setup_id,
        ROWS.label,
        ROWS.error,
        ROWS.decided_by,
        _step(ROWS.confidence, STEPS),
        _step(ROWS.known, KNOWN_STEPS),
        ROWS.language,
        _size(),
        _said(store),
    ]
    named = [column.label(f"c{at}") for at, column in enumerate(wanted)]
    query = sa.select(*named, sa.func.count()).where(_is_of(side)).group_by(*named)
    for at, rows in enumerate(_by_period(store, query, ROWS.answered_at, periods)):
        for setup, label, error, decided_by, confidence, known, language, size, said, n in rows:
            bert, llm = _categories(said, decided_by, label)
            yield Cell(at, setup, label, error, decided_by, confidence, known, language, size, bert, llm, n)


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
        .where(_is_of(candidate, theirs.c.side), _is_of(side, ours.c.side))
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
    query = sa.select(ROWS.text_sha256, ROWS.answered_at, ROWS.setup_id, ROWS.label).order_by(
        ROWS.text_sha256, ROWS.id
    )
    query = query.where(_is_of(side), ROWS.text_sha256.is_not(None))
    if top < HASHES:
        query = query.where(ROWS.text_sha256 < f"{top:04x}")
    with store.reading() as connection:
        rows = connection.execute(query).all()
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
            period = int(np.searchsorted(starts, at, side="right")) - 1  # type: ignore[call-overload]
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


def _is_of(side: str, column: sa.ColumnElement[str] = ROWS.side) -> sa.ColumnElement[bool]:
    """Take one side, not by its index: most rows are of it, and a range of times is what is to be gone by."""
    return sa.func.coalesce(column, "") == side


def _step(share: sa.ColumnElement[float], steps: int) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.round(share * steps), sa.Integer)


def _size() -> sa.ColumnElement[int]:
    places = [(ROWS.tokens <= last, at) for at, last in enumerate(TOKENS)]
    return sa.case(*places, (ROWS.tokens.is_not(None), len(TOKENS)))


def _said(store: Store) -> sa.ColumnElement[str]:
    """Give `TOLD` of both outcomes as one JSON array; nothing where `decided_by` says it all."""
    if store.engine.dialect.name == "sqlite":
        found: sa.ColumnElement[Any] = sa.func.json_extract(
            ROWS.outcomes, *(f"$.{'.'.join(path)}" for path in TOLD)
        )
    else:
        found = sa.cast(sa.func.json_build_array(*(ROWS.outcomes[path] for path in TOLD)), sa.Text)
    return sa.case((ROWS.decided_by.in_((*ALIKE, *BERT_ONLY, *LLM_ONLY)), sa.null()), else_=found)


@cache
def _categories(said: str | None, decided_by: str, label: str | None) -> tuple[str | None, str | None]:
    """Name both backends' categories by what `_said` gives; None where one was not asked.

    >>> _categories('["verdict", "POSITIVE", null, "unmapped", null, "empty"]', "bert:empty", "POSITIVE")
    ('POSITIVE', 'UNMAPPED empty')
    >>> _categories(None, "bert:confident", "POSITIVE")
    ('POSITIVE', None)
    """
    if said is None:
        return None if decided_by in LLM_ONLY else label, None if decided_by in BERT_ONLY else label
    told = json.loads(said)
    return _category(*told[:3]), _category(*told[3:])


def _category(kind: str | None, label: str | None, reason: str | None) -> str | None:
    if kind == "verdict":
        return label
    return f"{UNMAPPED} {reason}" if kind == "unmapped" else OTHERWISE.get(kind or "")
