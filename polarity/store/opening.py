"""`open_store`: an address -> a store whose tables are there and of this version."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from polarity.errors import StoreError, missing_packages_named
from polarity.store.store import IMMEDIATE, Store, named, problems_said

DRIVERS: Final = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
BUSY_S: Final = 5  # how long a writer waits for another one's transaction, and anybody for a connection
STATEMENT_S: Final = 30  # how long PostgreSQL may take over a statement, where nobody says otherwise
OWN: Final = 0o600  # texts are in it: it is for the user who made it
MIGRATING: Final = 0x706F6C61  # the name of PostgreSQL's lock: no two processes migrate at once
COMPACT: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)  # dumps would make one each time
FORMS: Final = "sqlite:///FILE or postgresql://USER@HOST/NAME"


def store_name(url: str) -> str:
    """Give the address of a store as readers may see it: without its password.

    >>> store_name("postgresql://me:s3cret@host/name")
    'postgresql://me:***@host/name'

    Raises:
        StoreError: the address is none.
    """
    return named(_address(url))


def store_at(url: str) -> Callable[[], Store]:
    """Give what opens the store at an address, which is looked at now: nothing is reached for.

    Raises:
        StoreError: the address is none.
        PackageMissing: the packages are not installed that a store needs.
    """
    with missing_packages_named():
        _address(url).get_dialect().import_dbapi()
    return partial(open_store, url)


def open_store(url: str, *, make: bool = True, statement_s: int = STATEMENT_S) -> Store:
    """Open the store at an address, which is made or brought to this version where need be.

    `url` is `sqlite:///FILE` (four slashes for an absolute path) or `postgresql://USER:PASSWORD@HOST/NAME`; a
    password may as well be in libpq's own places, `PGPASSWORD` or `~/.pgpass`. The file is made for its user
    only, and not made at all without `make`, for who only reads: an address with a typo is no empty store.
    Several processes may open one store at the same time. PostgreSQL may take `statement_s` seconds
    over a statement; a table that somebody has locked is waited for as long as a file is, `BUSY_S`.

    Raises:
        StoreError: the address is none, nothing can be reached or made there, a newer polarity has been
            there, or without `make` there is no such file.
        PackageMissing: the packages are not installed that a store needs.
    """
    address = _address(url)
    if not make:
        _check_there(address)
    with problems_said(address), missing_packages_named():
        engine = _engine(address, statement_s)
        try:
            _migrate(engine, address)
        except BaseException:
            engine.dispose()
            raise
    return Store(engine)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(f"not the address of a store: write {FORMS}") from None  # it may hold a password
    kind = address.get_backend_name()
    if kind not in DRIVERS:
        raise StoreError(f"a store is not kept in {kind!r}: write {FORMS}")
    if kind == "sqlite" and address.database in (None, "", ":memory:"):
        raise StoreError("a store in memory is gone with its process: name a file, sqlite:///FILE")
    return address.set(drivername=DRIVERS[kind])


def _check_there(address: URL) -> None:
    file = address.database
    if address.get_backend_name() == "sqlite" and not Path(str(file)).exists():
        raise StoreError(
            f"store {named(address)!r}: no such file: is store.url right? polarity serve makes it, "
            "with store.enabled"
        )


def _engine(address: URL, statement_s: int) -> Engine:
    options: dict[str, Any] = {
        "json_serializer": COMPACT.encode,
        "pool_pre_ping": True,  # a server that was started again is not met with a dead connection
    }
    if address.get_backend_name() == "postgresql":
        engine = sa.create_engine(address, connect_args=_noticing_silence(), **options)
        sa.event.listen(engine, "connect", partial(_limit, statement_s))
        return engine
    _make_own(str(address.database))
    engine = sa.create_engine(address, connect_args={"timeout": BUSY_S}, **options)
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _noticing_silence() -> dict[str, int]:
    """Say how libpq finds out that nobody is there: neither what it sends is taken nor probes are."""
    return {
        "connect_timeout": BUSY_S,
        "tcp_user_timeout": 1000 * BUSY_S,
        "keepalives_idle": BUSY_S,
        "keepalives_interval": BUSY_S,
        "keepalives_count": 2,
    }


def _limit(statement_s: int, connection: Any, _: object) -> None:
    """Make a connection to PostgreSQL, which would wait without end.

    By a statement and not as it is opened: poolers in between know no such option.
    """
    try:
        connection.execute(f"SET lock_timeout = '{BUSY_S}s'").close()
        connection.execute(f"SET statement_timeout = '{statement_s}s'").close()
        connection.commit()
    except BaseException:
        connection.close()  # the pool leaves one open that it never got
        raise


def _make_own(file: str) -> None:
    """Make the file before SQLite does, which lets everybody read it.

    One that is there is not even opened: whoever closes any descriptor of a file gives up all locks that the
    process has on it (POSIX), those of a recorder in the same process too. The next program to leave would
    take itself for the last one, and take the log away from under it.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDONLY, OWN))
    except FileExistsError:
        return
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoreError(f"store {file!r}: cannot be opened: {reason}") from None


def _prepare(connection: Any, _: object) -> None:
    """Make a connection to SQLite: transactions are ours, readers wait for nobody."""
    connection.isolation_level = None  # Python's driver would begin late, and not before tables are made
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """Begin; who will write says so at once, since two readers that turn writers would refuse each other."""
    writes = connection.get_execution_options().get(IMMEDIATE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine, address: URL) -> None:
    script = ScriptDirectory.from_config(config := _config())
    newest = script.get_current_head()
    with engine.connect() as connection:
        if (found := _version(connection)) == newest:
            return
    with _alone(engine) as connection:
        found = _version(connection)
        known = {step.revision for step in script.walk_revisions()}
        if found is not None and found not in known:
            raise StoreError(
                f"store {named(address)!r}: its tables are of version {found!r}, "
                f"this polarity knows them up to {newest!r}: install the newer one that has used it"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "polarity.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that no other process' migration runs beside."""
    with engine.connect().execution_options(**{IMMEDIATE: True}) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            for limit in ("lock_timeout", "statement_timeout"):  # a large table takes what it takes
                connection.execute(sa.text(f"SET LOCAL {limit} = 0"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
        yield connection
