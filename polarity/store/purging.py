"""What is older than it may be, removed; and how much there is."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from polarity.store.store import Store
from polarity.store.tables import DECISIONS, REVIEWS, SETUPS

AT_ONCE: Final = 1000  # decisions removed in one transaction: whoever writes waits for no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What a store holds. `bytes` are those of the file, or of the database."""

    version: str
    decisions: int
    setups: int
    reviews: int
    first: datetime | None
    last: datetime | None
    sides: dict[str, int]
    bytes: int

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        times = {
            name: time and time.isoformat() for name, time in (("first", self.first), ("last", self.last))
        }
        return {**asdict(self), **times}


def holdings(store: Store) -> Holdings:
    """Count what is there.

    Raises:
        StoreError: the store cannot be read.
    """
    with store.reading() as connection:
        by_side = sa.select(DECISIONS.c.side, sa.func.count()).group_by(DECISIONS.c.side)
        rows = connection.execute(by_side.order_by(DECISIONS.c.side)).all()
        first, last = connection.execute(
            sa.select(sa.func.min(DECISIONS.c.answered_at), sa.func.max(DECISIONS.c.answered_at))
        ).one()
        version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
        size = connection.execute(sa.text(_SIZES[connection.dialect.name])).scalar_one()
        setups, reviews = (_count(connection, table) for table in (SETUPS, REVIEWS))
    sides = {str(side): int(count) for side, count in rows}
    return Holdings(
        version=version,
        decisions=sum(sides.values()),
        setups=setups,
        reviews=reviews,
        first=first,
        last=last,
        sides=sides,
        bytes=size,
    )


_SIZES: Final = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def purge(store: Store, *, before: datetime | None = None, request_id: str | None = None) -> int:
    """Remove decisions of before a time, or of a request, and what people said of them; give how many.

    It is done in parts: a service that writes meanwhile hardly waits.

    Raises:
        StoreError: the store cannot be written. What was removed by then is gone.
        ValueError: neither is named.
    """
    which: list[sa.ColumnElement[bool]] = []
    if before is not None:
        which.append(DECISIONS.c.answered_at < before)
    if request_id is not None:
        which.append(DECISIONS.c.request_id == request_id)
    if not which:
        raise ValueError("name what is to be removed: before, or request_id")
    removed = 0
    while part := _remove_some(store, which):
        removed += part
    return removed


def _remove_some(store: Store, which: list[Any]) -> int:
    ids = sa.select(DECISIONS.c.id).where(*which).limit(AT_ONCE)
    with store.writing() as connection:
        return connection.execute(sa.delete(DECISIONS).where(DECISIONS.c.id.in_(ids))).rowcount
