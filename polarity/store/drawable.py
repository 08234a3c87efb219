"""Decisions that people may be asked about: named first, and opened only where they come into question."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from polarity.store.entries import PRIMARY, StoredDecision
from polarity.store.store import Store
from polarity.store.tables import DECISIONS

ROWS: Final = DECISIONS.c
Opened = tuple[StoredDecision, Sequence[StoredDecision]]  # the caller's decision, and what candidates decided


@dataclass(frozen=True, slots=True)
class Drawable:
    """The decision of one text of a request, by its id: the caller's, with its text."""

    id: int
    request_id: str
    index: int


def drawable(store: Store, after: int, upto: int) -> list[Drawable]:
    """Name callers' decisions with ids in (`after`, `upto`] of which the text is kept.

    Raises:
        StoreError: the store cannot be read.
    """
    query = sa.select(ROWS.id, ROWS.request_id, ROWS.index)
    query = query.where(ROWS.id > after, ROWS.id <= upto, _is_primary(), ROWS.text.is_not(None))
    with store.reading() as connection:
        return [Drawable(*row) for row in connection.execute(query)]


def opened(store: Store, some: Sequence[Drawable], upto: int) -> Mapping[int, Opened]:
    """Give decisions by their ids, each with what candidates, up to an id, decided of the same text.

    One that is there no more is left out. Name some hundreds at a time.

    Raises:
        StoreError: the store cannot be read.
    """
    beside: defaultdict[tuple[str, int], list[StoredDecision]] = defaultdict(list)
    requests = sorted({one.request_id for one in some})
    for one in store.those(ROWS.request_id.in_(requests), ROWS.side != PRIMARY, ROWS.id <= upto):
        beside[one.request_id, one.index].append(one)
    found = store.those(ROWS.id.in_([one.id for one in some]))
    return {one.id: (one, beside[one.request_id, one.index]) for one in found}


def _is_primary() -> sa.ColumnElement[bool]:
    """Take the callers' side, not by its index: most rows are of it, and a range of ids is gone by."""
    return sa.func.coalesce(ROWS.side, "") == PRIMARY
