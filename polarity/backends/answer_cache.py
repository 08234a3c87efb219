"""Answers of a language model on disk, by the hash of what was asked: one SQLite file, for many processes.

Of a text, a prompt or a key nothing is kept but a hash; of an answer, all of it. What was used least recently
goes first. Values are JSON text: nothing is ever unpickled.

A file that is not this version's cache is an error, and is left alone: whoever named the folder may have
named a wrong one. A cache that breaks later is a warning: an answer can be asked for again.
"""

import hashlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from polarity.errors import SettingsError

log = logging.getLogger(__name__)

FILE = "answers.sqlite"
APPLICATION = 0x706C7279  # "plry": SQLite's place for whose file this is
VERSION = 1
COLUMNS = "id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, answer TEXT NOT NULL, used INTEGER NOT NULL"
MADE = (
    f"CREATE TABLE IF NOT EXISTS answers ({COLUMNS})",
    "CREATE INDEX IF NOT EXISTS answers_used ON answers (used)",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)
OLDEST = "DELETE FROM answers WHERE id IN (SELECT id FROM answers ORDER BY used, id LIMIT ?)"
ADDED = "INSERT OR REPLACE INTO answers (key, answer, used) VALUES (?, ?, ?)"
CHOSEN = "SELECT key, answer, used FROM answers WHERE key IN ({})"
USED = "UPDATE answers SET used = ? WHERE key IN ({})"
MEGABYTE = 1_000_000
BUSY_S = 5.0  # that a writer waits for another process
LOOK_AGAIN_S = 0.01
AT_ONCE = 500  # keys in one query
MINUTE_S = 60  # what was used within it need not be written down again


class Kept(NamedTuple):
    """An answer, and whether it is long since it was used."""

    answer: str
    is_stale: bool


def key_of(question: Mapping[str, Any]) -> bytes:
    """Give the sha256 of a question's canonical JSON: keys in order, no blanks, ASCII only.

    >>> key_of({"model": "small", "prompt": "Fine?"}) == key_of({"prompt": "Fine?", "model": "small"})
    True
    >>> key_of({"prompt": "good, not bad"}) == key_of({"prompt": "bad, not good"})
    False
    """
    whole = json.dumps(question, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(whole.encode("ascii")).digest()


class AnswerCache:
    """An open cache. Reading waits for nobody; writing waits for other processes: do it on a thread."""

    def __init__(self, folder: Path, *, most_mb: int, clock: Callable[[], float] = time.time) -> None:
        """Open the cache in `folder`, or make one.

        Raises:
            SettingsError: it cannot be used. Names the file, and what to do.
        """
        self.path = folder / FILE
        self._most = most_mb * MEGABYTE
        self._clock = clock
        with self._refused():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
            with closing(self._connected()) as first:
                self._make(first)
            self._reading, self._writing = self._connected(), self._connected()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Kept]:
        """Give the answers that are there, by their keys."""
        found: dict[bytes, Kept] = {}
        recent = int(self._clock()) - MINUTE_S
        with self._forgiving():
            for part in _parts(keys):
                for key, answer, used in self._reading.execute(_for_each(CHOSEN, part), part):
                    found[key] = Kept(answer, used < recent)
        return found

    def put(self, answers: Mapping[bytes, str]) -> None:
        """Keep answers, all or none of them, and let go of the oldest where there are too many."""
        now = int(self._clock())
        with self._forgiving(), self._transaction():
            self._writing.executemany(ADDED, ((key, answer, now) for key, answer in answers.items()))
            self._make_room()

    def touch(self, keys: Sequence[bytes]) -> None:
        """Note that these were used now."""
        now = int(self._clock())
        with self._forgiving(), self._transaction():
            for part in _parts(keys):
                self._writing.execute(_for_each(USED, part), (now, *part))

    def close(self) -> None:
        """Let go of the file."""
        self._reading.close()
        self._writing.close()

    def _connected(self) -> sqlite3.Connection:
        # It is opened on the thread that loads, and used on the one that asks and the one that writes.
        found = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            found.execute("PRAGMA synchronous = NORMAL")  # a kill loses nothing; nobody waits for the disk
        except BaseException:
            found.close()
            raise
        return found

    def _make(self, database: sqlite3.Connection) -> None:
        (application,), (version,) = (
            database.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
        )
        is_new = not database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
        if not is_new and (application, version) != (APPLICATION, VERSION):
            is_ours = application == APPLICATION
            found = f"the cache of another version, {version}" if is_ours else "no cache of ours"
            raise SettingsError(self._advice(f"is {found}"))
        database.execute("BEGIN IMMEDIATE")
        for statement in MADE:
            database.execute(statement)
        database.execute("COMMIT")
        _repeated(lambda: database.execute("PRAGMA journal_mode = WAL"))

    def _make_room(self) -> None:
        size, pages, free = (
            self._writing.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
        if (pages - free) * size > self._most:
            (count,) = self._writing.execute("SELECT COUNT(*) FROM answers").fetchone()
            self._writing.execute(OLDEST, (max(1, count // 10),))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._writing.execute("BEGIN IMMEDIATE")
        with self._writing:  # commits, or rolls back where the block raises
            yield

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise SettingsError(self._advice(f"cannot be used: {error}")) from None
        except OSError as error:
            raise SettingsError(self._advice(f"cannot be used: {error.strerror}")) from None

    def _advice(self, problem: str) -> str:
        return f"llm.cache: {str(self.path)!r} {problem}: remove it, or name another folder"

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            log.warning("the answer cache %s: %s", self.path, error)


def _repeated(change: Callable[[], object]) -> None:
    """Make a change for which SQLite itself does not wait until other processes are done."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            change()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(LOOK_AGAIN_S)
        else:
            return


def _for_each(query: str, keys: Sequence[bytes]) -> str:
    return query.format(", ".join("?" * len(keys)))


def _parts(keys: Sequence[bytes]) -> Iterator[list[bytes]]:
    remaining = iter(keys)
    while part := list(islice(remaining, AT_ONCE)):
        yield part
