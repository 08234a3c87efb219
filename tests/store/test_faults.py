"""A SQLite store that is locked, full or read-only: it is waited for, and it is said."""

import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from polarity.errors import StoreError
from polarity.store import Recorder, open_store, opening
from polarity.store import recording as module
from tests.store.helpers import entry, wait_until


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHERING_S", 0.001)
    monkeypatch.setattr(module, "LONGEST_WAIT_S", 0.01)
    monkeypatch.setattr(opening, "BUSY_S", 0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "store.sqlite3"


def test_locked(path: Path) -> None:
    """Another program's transaction delays what is written, and loses nothing."""
    with open_store(f"sqlite:///{path}") as store, open_store(f"sqlite:///{path}") as other:
        recorder = Recorder(store)
        with other.writing():
            recorder.record(entry(0))
            wait_until(lambda: recorder.failure is not None)
            assert "database is locked" in str(recorder.failure)
        wait_until(lambda: recorder.written == 1)
        recorder.close(30)
        assert 1 == len(list(store.decisions()))


def test_full(path: Path) -> None:
    """When there is room again, what waited is written."""
    with open_store(f"sqlite:///{path}") as store:
        limits = iter([0, 0, 0])

        @sa.event.listens_for(store.engine, "checkout")
        def limit(connection: sqlite3.Connection, *_: object) -> None:  # a file that may not grow is full
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            most = pages if next(limits, None) == 0 else 1_000_000
            connection.execute(f"PRAGMA max_page_count = {most}")

        recorder = Recorder(store)
        for at in range(50):
            recorder.record(entry(at, text="long " * 500))
        wait_until(lambda: recorder.waiting == 0)
        recorder.close(30)
        assert (50, 0) == (recorder.written, recorder.lost)


def test_read_only(path: Path) -> None:
    """A store that may only be read is read, and who would write is told."""
    with open_store(f"sqlite:///{path}") as store:
        with store.reading() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        recorder = Recorder(store)
        recorder.record(entry(0))
        wait_until(lambda: recorder.failure is not None)
        assert "attempt to write a readonly database" in str(recorder.failure)
        recorder.close(0.01)
        assert (0, 1) == (recorder.written, recorder.lost)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anything")
def test_a_folder_that_nobody_may_write(tmp_path: Path) -> None:
    """It is said at once."""
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="Permission denied"):
        open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
