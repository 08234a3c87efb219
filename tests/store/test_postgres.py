"""What PostgreSQL alone can do to us: be stopped under load, and come again."""

import gc
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from polarity.errors import StoreError
from polarity.store import Desk, Recorder, Store, open_store, opening
from polarity.store import recording as module
from polarity.store.entries import row_of
from polarity.store.writing import setup_id, write_decisions
from tests.postgres import Postgres
from tests.store.helpers import SETUP, entry, recorded, wait_until

pytestmark = pytest.mark.slow


def test_restarted_under_load(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decided while it is away is written when it is back: nothing is lost, nothing stands twice."""
    monkeypatch.setattr(module, "GATHERING_S", 0.01)
    url = postgres.new_url()
    with open_store(url) as store:
        recorder = Recorder(store)
        for at in range(300):
            recorder.record(entry(at))
        wait_until(lambda: recorder.written > 0)
        postgres.stop()
        for at in range(300, 600):
            recorder.record(entry(at))
        wait_until(lambda: recorder.failure is not None)
        postgres.start()
        wait_until(lambda: recorder.waiting == 0)
        recorder.close(30)
        assert (600, 0, None) == (recorder.written, recorder.lost, recorder.failure)
        assert [f"pol-{at}" for at in range(600)] == [one.request_id for one in store.decisions()]


def test_not_there_at_the_start(postgres: Postgres) -> None:
    """A service that is up before its database records all the same."""
    url = postgres.new_url()
    postgres.stop()
    try:
        recorder = Recorder(lambda: open_store(url))
        recorder.record(entry(0))
        wait_until(lambda: recorder.failure is not None)
    finally:
        postgres.start()
    wait_until(lambda: recorder.written == 1)
    recorder.close(30)
    assert 0 == recorder.lost


def test_a_table_that_somebody_has_locked(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said after a few seconds, whoever asks is told, and what waited is written once it is free."""
    monkeypatch.setattr(opening, "BUSY_S", 1)
    url = postgres.new_url()
    with open_store(url) as store, open_store(url) as other:
        recorder = Recorder(store)
        with other.writing() as connection:
            connection.execute(sa.text("LOCK TABLE decisions IN ACCESS EXCLUSIVE MODE"))
            recorder.record(entry(0))
            with pytest.raises(StoreError, match="lock timeout"):
                list(store.decisions())
            wait_until(lambda: recorder.failure is not None)
        wait_until(lambda: recorder.written == 1)
        recorder.close(30)
        assert (1, 0) == (len(list(store.decisions())), recorder.lost)


def test_a_connection_that_cannot_be_limited_is_closed(postgres: Postgres) -> None:
    """As one whose server goes away in that moment: it is said, and nothing stays open."""
    url = postgres.new_url()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(StoreError, match="outside the valid range"):
            open_store(url, statement_s=-1)
        gc.collect()
    assert [] == [str(one.message) for one in warned if one.category is ResourceWarning]


def test_a_statement_that_takes_too_long(postgres: Postgres) -> None:
    """It is given up, on every connection and after a transaction that failed, too."""
    with open_store(postgres.new_url(), statement_s=1) as store:
        for _ in range(2):
            with pytest.raises(StoreError, match="statement timeout"), store.reading() as connection:
                connection.execute(sa.text("SELECT pg_sleep(20)"))


def test_read_only_for_a_while(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a server that stands by is: it is read, what is decided waits and is written once it may be."""
    monkeypatch.setattr(module, "LONGEST_WAIT_S", 0.01)
    url = postgres.new_url()
    with open_store(url) as store:
        _let_write(url, may=False)
        recorder = Recorder(store)
        recorder.record(entry(0))
        wait_until(lambda: recorder.failure is not None)
        assert "read-only transaction" in str(recorder.failure)
        assert [] == list(store.decisions())
        _let_write(url, may=True)
        wait_until(lambda: recorder.written == 1)
        recorder.close(30)
        assert 0 == recorder.lost


def _let_write(url: str, *, may: bool) -> None:
    """Say it for connections to come, and end those that there are: they stay what they were."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with open_store(url) as other, other.writing() as connection:
        name, read_only = other.engine.url.database, "off" if may else "on"
        connection.execute(sa.text("SET TRANSACTION READ WRITE"))
        connection.execute(sa.text(f"ALTER DATABASE {name} SET default_transaction_read_only = {read_only}"))
        connection.execute(sa.text(f"SELECT pg_terminate_backend(pid) {others}"))


def test_what_another_service_is_writing_is_waited_for(postgres: Postgres) -> None:
    """Its id is lower than one that is there: who goes on behind the newest would never see it."""
    url = postgres.new_url()
    with open_store(url) as store, open_store(url) as other, ThreadPoolExecutor(1) as pool:
        recorded(store, entry(0))
        with other.writing() as connection:
            number = setup_id(connection, SETUP)
            write_decisions(connection, [row_of(entry(1), "keep") | {"setup_id": number}])
            recorded(store, entry(2))
            found = pool.submit(lambda: (Desk(store).newest_id(), [one.id for one in store.decisions()]))
            wait_until(lambda: found.done() or _waiting(store) == 1)
        assert (3, [1, 2, 3]) == found.result()


def _waiting(store: Store) -> int:
    query = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with store.reading() as connection:
        return int(connection.execute(query).scalar_one())
