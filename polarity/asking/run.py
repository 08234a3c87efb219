"""Many texts that backends are asked about, on disk while it is under way: whole after a kill, however hard.

The folder holds one SQLite database: the run's fingerprint, its records, and every raw output. What
comes is kept after each call, in one transaction, so that a call's answers are there or are not: after a
kill only those calls are made again that were under way. Only the process that works on a run can open it.
"""

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from polarity.asking.kept_records import Digests, read_back, written
from polarity.asking.pace import Unanswered
from polarity.asking.progress import FOR_GOOD, Progress
from polarity.asking.questions import Question, Said
from polarity.differences import Difference, differences
from polarity.errors import RunError
from polarity.records import Record
from polarity.stored import raw_from, spelled
from polarity.types import Failure, Usage

FILE = "run.sqlite"
INPUT = "input."  # before the names of files in a fingerprint
TABLES = {
    "run": "(fingerprint TEXT NOT NULL, questions TEXT NOT NULL, finished INTEGER NOT NULL)",
    "records": "(row INTEGER PRIMARY KEY, content TEXT NOT NULL, path TEXT NOT NULL)",
    "useless": "(row INTEGER PRIMARY KEY, content TEXT NOT NULL, path TEXT NOT NULL)",  # nothing is asked
    "models": "(backend TEXT PRIMARY KEY, model TEXT NOT NULL) WITHOUT ROWID",
    "answers": (
        "(row INTEGER, backend TEXT, attempt INTEGER, raw TEXT NOT NULL, failed INTEGER NOT NULL, "
        "stale INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (row, backend, attempt)) WITHOUT ROWID"
    ),
}
UNANSWERED = """
    SELECT row, content, path FROM records
    WHERE row > ? AND (SELECT COUNT(*) FROM answers WHERE answers.row = records.row AND NOT stale) < ?
    ORDER BY row LIMIT ?
"""
UNFINISHED = "SELECT COUNT(*) FROM answers, run WHERE NOT finished"
# Whoever comes back finds another answer where the failure was a passing one.
PASSING = f"json_extract(raw, '$.reason') NOT IN {FOR_GOOD}"
FAILURES = f"SELECT COUNT(*) FROM answers WHERE failed AND NOT stale AND {PASSING}"  # noqa: S608 - our own
FORGOTTEN = f"UPDATE answers SET stale = 1 WHERE failed AND {PASSING}"  # noqa: S608 - our own
ANSWERED = "SELECT COUNT(*) FROM answers WHERE NOT failed"
OWN = "SELECT backend, attempt, raw FROM answers WHERE row = ? AND NOT stale"
REPLACED = "DELETE FROM answers WHERE row = ? AND backend = ? AND attempt = ? AND stale"
REASONS = """
    SELECT json_extract(raw, '$.reason') AS reason, COUNT(*) AS count FROM answers WHERE failed AND NOT stale
    GROUP BY reason ORDER BY count DESC, reason
"""
JOINED = """
    SELECT row, content, path, backend, attempt, raw FROM records JOIN answers USING (row)
    WHERE row > ?1 AND row <= ?2
    UNION ALL SELECT row, content, path, NULL, 0, NULL FROM useless WHERE row > ?1 AND row <= ?2
    ORDER BY row, attempt
"""
TOKENS = """
    SELECT backend,
           COALESCE(SUM(json_extract(raw, '$.usage.prompt_tokens')), 0),
           COALESCE(SUM(json_extract(raw, '$.usage.completion_tokens')), 0),
           COALESCE(SUM(json_extract(raw, '$.usage.cached')), 0)
    FROM answers GROUP BY backend
"""


class Run:
    """An open run folder, or one in memory. See `kept.begun`, `kept.resumed` and `kept.held`."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        with self._named_errors():
            place = ":memory:" if folder is None else folder / FILE
            # Answers are kept on the thread that asks, and read on the one that waits for them.
            self._database = sqlite3.connect(place, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._open()
        except BaseException:
            self._database.close()
            raise

    def _open(self) -> None:
        """Take the lock, which stays until the database is closed, and make the tables there are to be."""
        with self._named_errors():
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            # A kill loses nothing in either case; with these an answer is kept without waiting for the disk.
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            for name, columns in TABLES.items():
                self._database.execute(f"CREATE TABLE IF NOT EXISTS {name} {columns}")
        # Another process may just have finished, and removed it.
        if self._folder and not (self._folder / FILE).exists():
            raise RunError(f"{self._folder}: another process works on this run")

    def close(self) -> None:
        """Let go of the folder; it stays for what is worth taking up: an unfinished run, or failures."""
        try:
            removed = None if self._one(UNFINISHED) or self._one(FAILURES) else self._folder
            if removed:  # it goes while it is still locked: whoever comes next begins another
                self._one("PRAGMA journal_mode = DELETE")
                (removed / FILE).unlink(missing_ok=True)
        finally:
            self._database.close()
        if removed:
            with suppress(OSError):  # somebody keeps something else there
                removed.rmdir()

    @property
    def is_kept(self) -> bool:
        """Whether it can be taken up, or is held in memory."""
        return self._folder is not None

    @property
    def is_begun(self) -> bool:
        """Whether there is a run, with all of its records."""
        return bool(self._one("SELECT COUNT(*) FROM run"))

    def begin(
        self,
        records: Iterable[Record],
        questions: Sequence[Question],
        fingerprint: Mapping[str, Any],
        *,
        once: bool = True,
    ) -> None:
        """Take in what a new run is about, all or nothing. See `kept.begun`."""
        if kept := self._one(UNFINISHED):
            problem = f"an unfinished run lies there, with {kept:,} answers"
            raise RunError(f"{self._folder}: {problem}: resume it, or remove the folder")
        finished = next(self._rows("SELECT fingerprint FROM run"), None)
        is_worth_a_retry = self._one(FAILURES) and self._one(ANSWERED)  # else nothing is paid for twice
        digests = Digests()
        with self._transaction():
            for name in TABLES:
                self._database.execute(f"DELETE FROM {name}")  # noqa: S608 - names of our own
            for row, record in enumerate(digests.watched(records), start=1):
                table = "records" if record.problem is None else "useless"
                self._database.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (row, *written(record)))  # noqa: S608 - names of our own
            whole = json.dumps({**fingerprint, "input": digests.by_file()})
            if once and is_worth_a_retry and finished == (whole,):
                problem = "this very run was made, but some answers did not come"
                raise RunError(f"{self._folder}: {problem}: ask for them again, or remove the folder")
            self._database.execute("INSERT INTO run VALUES (?, ?, 0)", (whole, json.dumps(questions)))

    def check_same(self, records: Iterable[Record], fingerprint: Mapping[str, Any]) -> None:
        """Make sure that this is the run that is meant. See `kept.resumed`."""
        digests = Digests()
        for _ in digests.watched(records):
            pass
        if differing := self._differing({**fingerprint, "input": digests.by_file()}):
            problem = f"the run there is another one: {differing}"
            raise RunError(f"{self._folder}: {problem}; to begin anew, remove the folder")

    def _differing(self, fingerprint: Mapping[str, Any]) -> str:
        """Say how a fingerprint differs: values with both, files of the input by their names."""
        now, was = json.loads(json.dumps(fingerprint)), json.loads(self._one("SELECT fingerprint FROM run"))
        return "; ".join(map(_said, differences(was, now)))

    def forget_failures(self) -> None:
        """Take what failed for not yet asked; it stays until another answer takes its place."""
        with self._transaction():
            self._database.execute(FORGOTTEN)
            self._database.execute("UPDATE run SET finished = 0")

    def unanswered(self, size: int) -> Iterator[list[Unanswered]]:
        """Give the rows about which something is still to be asked, in order, at most `size` at a time.

        They are cut at multiples of `size`, wherever the run was stopped before: so a text is asked about
        in the same company as in a run that was never stopped, and its scores have the same bits.
        """
        questions, last = self._questions(), 0
        while found := list(self._rows(UNANSWERED, last, len(questions), size)):
            last = -(-found[0][0] // size) * size
            yield [
                self._unanswered(row, content, path, questions) for row, content, path in found if row <= last
            ]

    def _unanswered(self, row: int, content: str, path: str, questions: Sequence[Question]) -> Unanswered:
        said = self._said(row, self._rows(OWN, row))
        missing = [question for question in questions if question not in said]
        return Unanswered(row, read_back(content, path), missing, said)

    def keep(self, said: Iterable[tuple[int, Said]]) -> None:
        """Keep what was said about some rows: all of it, or nothing."""
        answers = [
            (row, *question, "null" if raw is None else json.dumps(spelled(raw)), isinstance(raw, Failure))
            for row, own in said
            for question, raw in own.items()
        ]
        with self._transaction():
            self._database.executemany(REPLACED, (answer[:3] for answer in answers))
            self._database.executemany("INSERT INTO answers VALUES (?, ?, ?, ?, ?, 0)", answers)

    def answered_by(self, models: Mapping[str, str]) -> None:
        """Keep the name of each backend's model."""
        with self._transaction():
            self._database.executemany("INSERT OR REPLACE INTO models VALUES (?, ?)", models.items())

    @property
    def models(self) -> dict[str, str]:
        """The name of each backend's model, as far as somebody was asked."""
        return dict(self._rows("SELECT backend, model FROM models"))

    def rows(self, after: int = 0, last: int | None = None) -> Iterator[tuple[Record, Said]]:
        """Give the records of the rows after `after` up to `last`, in order, with what was said.

        About one that has a problem nobody was asked.
        """
        for (row, *record), answers in groupby(
            self._rows(JOINED, after, last or sys.maxsize), key=itemgetter(0, 1, 2)
        ):
            yield read_back(*record), self._said(row, (answer[3:] for answer in answers))

    def _said(self, row: int, answers: Iterable[tuple[str, int, str]]) -> Said:
        return {
            Question(backend, attempt): None
            if raw == "null"
            else raw_from(json.loads(raw), f"row {row}", path=self._folder)
            for backend, attempt, raw in answers
            if backend is not None
        }

    def progress(self) -> Progress:
        """Count how far the run is; the most frequent reason of failures stands first."""
        return Progress(
            wanted=self._one("SELECT COUNT(*) FROM records") * len(self._questions()),
            answers=self._one("SELECT COUNT(*) FROM answers WHERE NOT stale"),
            failures=dict(self._rows(REASONS)),
            usage={backend: Usage(*tokens) for backend, *tokens in self._rows(TOKENS)},
            is_kept=self.is_kept,
        )

    def finish(self) -> None:
        """Say that what was asked stands elsewhere too: only failures are worth coming back for."""
        with self._transaction():
            self._database.execute("UPDATE run SET finished = 1")

    def _questions(self) -> list[Question]:
        return [Question(*question) for question in json.loads(self._one("SELECT questions FROM run"))]

    def _one(self, query: str, *values: object) -> Any:
        return next(self._rows(query, *values))[0]

    def _rows(self, query: str, *values: object) -> Iterator[Any]:
        with self._named_errors():
            # A row at a time, and no `yield from`: that would close the cursor of a closed database.
            for row in self._database.execute(query, values):  # noqa: UP028
                yield row

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._named_errors():
            self._database.execute("BEGIN IMMEDIATE")
            with self._database:  # commits, or rolls back where the block raises
                yield

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            is_locked = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
            problem = "another process works on this run" if is_locked else f"cannot be used: {error}"
            raise RunError(f"{self._folder or 'a run in memory'}: {problem}") from None


def _said(found: Difference) -> str:
    if found.key.startswith(INPUT):
        return f"its data, {found.key.removeprefix(INPUT)!r}, changed"
    return f"its {found.key} was {found.old!r}, not {found.new!r}"
