"""What every format is read into: rows, good and bad, and who hears about them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from polarity.errors import RecordError


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a record's parts stand in a row, how a file of text spells its rows, and how many are read.

    Without a `label`, every row's label is unknown; `labels` pairs a file's own labels with the contract's.
    `encoding` is for files that are neither UTF-8 nor begin with a byte-order mark; without `quoting`, a
    quotation mark in CSV or TSV is a character like any other. Of each file the first `limit` rows are read.
    """

    text: str = "text"
    label: str | None = "label"
    id: str = "id"
    encoding: str | None = None
    quoting: bool = True
    labels: tuple[tuple[str, str], ...] = ()
    limit: int | None = None


DEFAULT_COLUMNS = Columns()
LabelOf = Callable[[str], str | None]  # reads a name as a label of the contract, where it is one
Cut = tuple[int, list[str], str | None]  # where a row begins, its cells, and what is wrong
UNREAD = "unread"  # the column for what could not be read: it is no text, also for who reads it again


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One text. `label` is its gold label where known; `extra` carries every other column through.

    `path` is the file it is from, for errors to name. `id` is whatever the file says. It names a row to
    its readers and is not a key: `read` does not hold the ids it has seen, so two rows may have the same one.
    `problem` says why the row is of no use: then there is no text, and `extra` holds what was read of it.
    """

    text: str
    id: str
    line: int
    label: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    path: Path | None = field(default=None, compare=False, repr=False)
    problem: str | None = None


class Row(NamedTuple):
    """One row as its format has it: the line it begins on, its cells by column, and what is wrong with it."""

    line: int
    cells: Mapping[str, Any]
    problem: str | None = None


class Intake(Protocol):
    """Who hears what is found while files are read."""

    def found(self, path: Path, what: str) -> None:
        """Hear how a file is read, where that was not plain from its name."""

    def left_out(self, problem: RecordError) -> None:
        """Hear of a row that is of no use, with its file and line."""


class Sieve:
    """Lets usable rows through. Without an `intake` the first other one ends it all."""

    def __init__(self, intake: Intake | None) -> None:
        self._intake = intake
        self._first: RecordError | None = None
        self._bad = self._good = 0

    def passes(self, problem: str | None, path: Path, line: int) -> bool:
        """Say whether a row is of use; one that is not goes to the intake.

        Raises:
            RecordError: it is not, and there is no intake.
        """
        if problem is None:
            self._good += 1
            return True
        error = RecordError(problem, path=path, line=line)
        if self._intake is None:
            raise error
        self._bad += 1
        self._first = self._first or error
        self._intake.left_out(error)
        return False

    def check(self) -> None:
        """Make sure that something came through.

        Raises:
            RecordError: nothing did. It is the first row's.
        """
        if self._first and not self._good:
            raise none_left(self._first, self._bad)


def none_left(first: RecordError, count: int) -> RecordError:
    """Say of the first row's problem that no other row of the file was of use either.

    >>> str(none_left(RecordError("column 'text' is blank", line=2), 3))
    "line 2: column 'text' is blank; none of the 3 rows can be used"
    """
    if count == 1:
        return first
    problem = f"{first.problem}; none of the {count:,} rows can be used"
    return RecordError(problem, path=first.path, line=first.line)
