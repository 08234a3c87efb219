"""What the desk asks of the tables: which selections wait for somebody, and what was said of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from polarity.errors import StoreError
from polarity.store.settling import Review
from polarity.store.tables import REVIEWS, SELECTIONS

SHOWN: Final = [column for column in REVIEWS.c if column.name != "undone_at"]
MOST_AT_ONCE: Final = 500  # ids in one statement
ACTIVE: Final = REVIEWS.c.undone_at.is_(None)
IS_REVIEW: Final = REVIEWS.c.kind == "review"


def reviews_of() -> Any:
    """Select the reviews, not taken back, of the selection of the outer query."""
    return sa.select(REVIEWS.c.id).where(REVIEWS.c.decision_id == SELECTIONS.c.decision_id, ACTIVE)


def needs_reader() -> sa.ColumnElement[bool]:
    """Say that a selection needs more readers and nobody has settled it."""
    of_it = REVIEWS.c.decision_id == SELECTIONS.c.decision_id
    readers = (
        sa.select(sa.func.count()).select_from(REVIEWS).where(of_it, ACTIVE, IS_REVIEW).scalar_subquery()
    )
    settled = reviews_of().where(REVIEWS.c.kind == "adjudication").exists()
    return sa.and_(readers < SELECTIONS.c.readers, ~settled)


def contested() -> Any:
    """Select the decisions that reviewers differ about and nobody has settled."""
    differ = sa.func.count(sa.distinct(REVIEWS.c.verdict)) > 1
    unsettled = sa.func.sum(sa.case((IS_REVIEW, 0), else_=1)) == 0
    grouped = sa.select(REVIEWS.c.decision_id).where(ACTIVE).group_by(REVIEWS.c.decision_id)
    return grouped.having(differ & unsettled)


def undone(at: datetime) -> Any:
    """Take reviews back, at a time; which ones, the caller adds."""
    return sa.update(REVIEWS).values(undone_at=at)


def check_drawn(connection: Connection, decision_id: int) -> None:
    """Hold a decision until the transaction ends.

    Raises:
        StoreError: it was not drawn for review, or is in the store no more.
    """
    query = sa.select(SELECTIONS.c.decision_id).where(SELECTIONS.c.decision_id == decision_id)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()  # of two clicks at once, one waits for the other
    if connection.execute(query).scalar() is None:
        raise StoreError(f"decision {decision_id} was not drawn for review, or is in the store no more")


def check_open(connection: Connection, decision_id: int, reviewer: str) -> None:
    """Let a reviewer settle a decision that is open, or that they have settled themselves.

    Raises:
        StoreError: somebody else has settled it.
    """
    settled = REVIEWS.c.decision_id == decision_id, REVIEWS.c.kind == "adjudication", ACTIVE
    query = sa.select(REVIEWS.c.reviewer).where(*settled, REVIEWS.c.reviewer != reviewer)
    if (other := connection.execute(query).scalar()) is not None:
        raise StoreError(f"decision {decision_id} was settled by {other!r} already")


def reviews_by_decision(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Review]]:
    """Give the reviews of decisions that are not taken back, by the decision, the oldest first."""
    found: defaultdict[int, list[Review]] = defaultdict(list)
    for at in range(0, len(ids), MOST_AT_ONCE):
        some = REVIEWS.c.decision_id.in_(ids[at : at + MOST_AT_ONCE])
        query = sa.select(*SHOWN).where(some, ACTIVE).order_by(REVIEWS.c.id)
        for row in connection.execute(query).mappings():
            found[row["decision_id"]].append(Review(**row))
    return found
