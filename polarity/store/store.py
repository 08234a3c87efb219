"""`Store`: what lies in a store, read page by page, and a few words written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, Self

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from polarity.errors import StoreError
from polarity.store.entries import PRIMARY, Event, Setup, StoredDecision, setup_from
from polarity.store.tables import DECISIONS, EVENTS, SETUPS
from polarity.store.writing import write_events

IMMEDIATE: Final = "polarity_writes"  # the option of a connection whose transactions begin as writers
PAGE: Final = 1000  # decisions read in one transaction: none is open for long, whoever reads
SECRET: Final = ("password", "sslpassword", "passfile")  # what libpq takes behind the ?, too
OWN_COLUMNS: Final = [column for column in DECISIONS.c if column.name not in ("setup_id", "alike")]


def named(address: URL) -> str:
    """Spell an address for readers: without its password, and without what speaks to the database.

    >>> named(sa.make_url("postgresql+psycopg://me:s3cret@host/name?sslpassword=s3cret&sslmode=require"))
    'postgresql://me:***@host/name?sslmode=require&sslpassword=hidden'
    """
    query = {key: "hidden" if key in SECRET else value for key, value in address.query.items()}
    return address.set(drivername=address.get_backend_name(), query=query).render_as_string()


@contextmanager
def problems_said(address: URL) -> Iterator[None]:
    """Turn the vendors' errors into one sentence; the address has no password in it.

    Raises:
        StoreError: whatever the database says.
    """
    try:
        yield
    except SQLAlchemyError as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
        raise StoreError(f"store {named(address)!r}: {said[0] if said else type(error)}") from error


class Store:
    """An open store: see `open_store`. Use as a context manager, or close it.

    Any number of threads may use one. Times are aware; what is given comes in UTC.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._setups: dict[int, Setup] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection that nobody uses."""
        self.engine.dispose()

    @property
    def name(self) -> str:
        """The address, without its password."""
        return named(self.engine.url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read by. Keep it for short: a page, not a whole table.

        Raises:
            StoreError: the store cannot be read.
        """
        with problems_said(self.engine.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is all written at the end, or not at all.

        Raises:
            StoreError: the store cannot be written.
        """
        with problems_said(self.engine.url), self.engine.connect() as plain:
            connection = plain.execution_options(**{IMMEDIATE: True})
            with connection.begin():
                yield connection

    def decisions(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        side: str | None = None,
        request_id: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[StoredDecision]:
        """Stream decisions in the order in which they were written, at most `limit`.

        Those of [`since`, `until`), of one `side` or request where it is named, with an id behind `after`:
        what is written meanwhile comes, too.

        Raises:
            StoreError: the store cannot be read.
        """
        wanted = [DECISIONS.c.side == side] if side is not None else []
        wanted += [DECISIONS.c.request_id == request_id] if request_id is not None else []
        query = sa.select(DECISIONS).where(*wanted)
        for row in self._pages(query, DECISIONS, since, until, after, limit):
            yield self._decision(row)

    def pairs(
        self,
        candidate: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[tuple[StoredDecision, StoredDecision]]:
        """Stream shadow pairs, primary first, in the order in which the candidate's decisions were written.

        `since`, `until`, `after` and `limit` are of the candidate's decisions, as in `decisions`.

        Raises:
            StoreError: the store cannot be read.
        """
        theirs, ours = DECISIONS, DECISIONS.alias("ours")
        same = (ours.c.request_id == theirs.c.request_id) & (ours.c.index == theirs.c.index)
        joined = theirs.join(ours, same & (ours.c.side == PRIMARY))
        query = sa.select(*theirs.c, *(column.label(f"ours_{column.name}") for column in ours.c))
        query = query.select_from(joined).where(theirs.c.side == candidate)
        for row in self._pages(query, theirs, since, until, after, limit):
            primary = {column.name: row[f"ours_{column.name}"] for column in ours.c}
            yield self._decision(primary), self._decision(row)

    def those(self, *wanted: sa.ColumnElement[bool]) -> list[StoredDecision]:
        """Give the decisions of which all conditions on their columns hold, in the order of their ids.

        Raises:
            StoreError: the store cannot be read.
        """
        with self.reading() as connection:
            query = sa.select(DECISIONS).where(*wanted).order_by(DECISIONS.c.id)
            rows = connection.execute(query).mappings().all()
        return [self._decision(row) for row in rows]

    def events(self, *, since: datetime | None = None) -> Iterator[Event]:
        """Stream what happened to the service, oldest first.

        Raises:
            StoreError: the store cannot be read.
        """
        query = sa.select(EVENTS.c.at, EVENTS.c.kind, EVENTS.c.details).order_by(EVENTS.c.id)
        with self.reading() as connection:
            rows = connection.execute(query if since is None else query.where(EVENTS.c.at >= since)).all()
        yield from (Event(at=at, kind=kind, details=details) for at, kind, details in rows)

    def note_event(self, kind: str, details: Mapping[str, Any]) -> None:
        """Write down, with the time, that something happened to the service.

        Raises:
            StoreError: the store cannot be written.
        """
        with self.writing() as connection:
            write_events(connection, [Event(at=datetime.now(UTC), kind=kind, details=details)])

    def _pages(
        self,
        query: sa.Select[Any],
        table: sa.Table,
        since: datetime | None,
        until: datetime | None,
        after: int,
        limit: int | None,
    ) -> Iterator[sa.RowMapping]:
        """Read page by page behind the last id (keyset paging): page 1,000 costs as much as the first."""
        times = [table.c.answered_at >= since] if since is not None else []
        times += [table.c.answered_at < until] if until is not None else []
        if times:
            after = max(after, self._first_id(times) - 1)
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = query.where(table.c.id > after, *times).order_by(table.c.id).limit(size)
            with self.reading() as connection:
                rows = connection.execute(page).mappings().all()
            yield from rows
            if len(rows) < size:
                return
            after, left = rows[-1]["id"], left and left - len(rows)

    def _first_id(self, times: list[sa.ColumnElement[bool]]) -> int:
        """Find where a range of times begins, or its first page would be sought among all that is older."""
        with self.reading() as connection:
            first = sa.func.min(
                DECISIONS.c.id + 0
            )  # not by the index of ids, which would begin at the oldest
            return connection.execute(sa.select(first).where(*times)).scalar() or 1

    def _decision(self, row: Mapping[str, Any] | sa.RowMapping) -> StoredDecision:
        own = {column.name: row[column.name] for column in OWN_COLUMNS}
        return StoredDecision(**own, setup=self._setup(row["setup_id"]))

    def _setup(self, number: int) -> Setup:
        if number not in self._setups:
            with self.reading() as connection:
                row = connection.execute(sa.select(SETUPS).where(SETUPS.c.id == number)).mappings().one()
            self._setups[number] = setup_from(row)
        return self._setups[number]
