"""An address becomes a store whose tables are there, or a sentence."""

import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from polarity.errors import StoreError
from polarity.store import Store, open_store
from polarity.store.tables import DECISIONS, TABLES

from .helpers import entry, recorded


def test_the_migrations_make_the_tables(store: Store) -> None:
    """What the steps have made is what the queries go by: nothing is missing, nothing differs."""
    with store.reading() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), TABLES)


def test_opened_again_it_is_as_it_was(url: str) -> None:
    """A store that is there is taken as it is."""
    with open_store(url) as first:
        first.note_event("started", {"polarity": "0.5.0"})
    with open_store(url) as second:
        assert ["started"] == [event.kind for event in second.events()]


def test_many_open_it_at_once(url: str) -> None:
    """Of several that find no store one makes it, and all have it."""
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_store, [url] * 4))
    for opened in stores:
        opened.note_event("started", {})
        opened.close()
    with open_store(url) as store:
        assert 4 == len(list(store.events()))


def test_a_store_of_the_first_version_is_brought_to_this_one(url: str) -> None:
    """What it holds stays as it is, and each decision has the word that it would be written with now."""
    with open_store(url) as store:
        recorded(store, *(entry(at) for at in range(3)))
        written = _words(store)
        with store.writing() as connection:
            connection.execute(sa.text("DROP INDEX decisions_by_alike"))
            connection.execute(sa.text("ALTER TABLE decisions DROP COLUMN alike"))
            connection.execute(sa.text("DROP INDEX reviews_by_decision"))
            connection.execute(sa.text("ALTER TABLE setups DROP COLUMN fingerprint"))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    with open_store(url) as store:
        assert 3 == len(set(written)) == len([*store.decisions()])
        assert written == _words(store)


def _words(store: Store) -> list[tuple[int, str]]:
    with store.reading() as connection:
        query = sa.select(DECISIONS.c.id, DECISIONS.c.alike).order_by(DECISIONS.c.id)
        return [(number, word) for number, word in connection.execute(query)]


def test_a_newer_store_is_refused(url: str) -> None:
    """A store that a newer version has changed is not touched: what its tables mean is not known."""
    with open_store(url) as store, store.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="its tables are of version '9999', this polarity knows them up to"):
        open_store(url)


def test_the_file_is_its_users(tmp_path: Path) -> None:
    """Nobody else may read what customers wrote."""
    open_store(f"sqlite:///{tmp_path}/a.sqlite3").close()
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}


COUNT = """
import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM decisions").fetchone())
"""


def _counted_elsewhere(file: Path) -> int:
    """Count decisions as another program does, which opens the file and leaves."""
    return int(subprocess.run([sys.executable, "-c", COUNT, file], check=True, capture_output=True).stdout)


def test_a_second_look_gives_no_lock_up(tmp_path: Path) -> None:
    """A store is opened again in a process that writes to it, and still no other program ends its log."""
    file = tmp_path / "a.sqlite3"
    url = f"sqlite:///{file}"
    with open_store(url) as store:
        recorded(store, entry(1))
        open_store(url).close()
        assert 1 == _counted_elsewhere(file)
        recorded(store, entry(2))
        assert 2 == _counted_elsewhere(file)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("store.sqlite3", "not the address of a store: write sqlite:///FILE or"),
        ("postgresql://me:s3cret@host:port/name", "not the address of a store: write sqlite:///FILE or"),
        ("mysql://host/name", "a store is not kept in 'mysql'"),
        ("sqlite://", "a store in memory is gone with its process"),
        ("sqlite:///:memory:", "a store in memory is gone with its process"),
        ("sqlite:////no/such/folder/a.sqlite3", "cannot be opened: No such file or directory"),
        ("sqlite:///a\x00b", "cannot be opened: embedded null byte"),
        ("postgresql://me:s3cret@127.0.0.1:1/name", "store 'postgresql://me:***@127.0.0.1:1/name': "),
        (
            "postgresql://127.0.0.1:1/name?password=s3cret",
            "'postgresql://127.0.0.1:1/name?password=hidden': ",
        ),
    ],
)
def test_what_is_no_store_is_a_sentence(url: str, said: str) -> None:
    """It names the address, without its password, and what to do."""
    with pytest.raises(StoreError, match=re.escape(said)) as caught:
        open_store(url)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none_of_ours(tmp_path: Path) -> None:
    """A file that is no database is said to be none, and left as it is."""
    (tmp_path / "a.csv").write_text("text,label\nfine,POSITIVE\n" * 100, "utf-8")
    with pytest.raises(StoreError, match="file is not a database"):
        open_store(f"sqlite:///{tmp_path / 'a.csv'}")
    assert (tmp_path / "a.csv").read_text("utf-8").startswith("text,label\n")
