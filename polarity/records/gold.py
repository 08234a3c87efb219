"""Records that have a gold label."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import NamedTuple, Protocol

from polarity.errors import RecordError, SettingsError
from polarity.records.reading import read
from polarity.records.rows import Columns, Intake, Record, Sieve

LISTED = 10  # foreign labels that are shown
OPEN = "?"  # stands for a label that somebody has to fill in: as it is, no option takes it


class GoldRow(NamedTuple):
    """A record and its gold label, which is one of the contract's."""

    record: Record
    gold: str


class Labels(Protocol):
    """What knows the labels, and how people spell them: a contract."""

    @property
    def labels(self) -> Sequence[str]:
        """The labels."""

    def label_of(self, text: str) -> str | None:
        """Read one as it is spelled; None where that is open."""


class GoldLabels:
    """Reads labels as a file spells them: by what is said of the file, else by what knows the labels.

    It is the one reader of labels in files, of gold and of a compared column alike.
    """

    def __init__(self, columns: Columns, known: Labels, path: Path | None = None) -> None:
        self._known, self._path = known, path
        self._own: dict[str, str] = {}
        self._foreign: Counter[str] = Counter()
        self.blank = 0  # rows without a label, where one is needed
        for name, label in columns.labels:
            problem = None
            if label not in known.labels:
                problem = f"labels: {name!r} is said to be {label!r}, not one of {', '.join(known.labels)}"
            elif (other := self._own.setdefault(key(name), label)) != label:
                problem = f"labels: {name!r}, or how else it is spelled, is said to be {other} and {label}"
            if problem:
                raise SettingsError(problem if path is None else f"{path}: {problem}")

    def said(self, spelled: str) -> str | None:
        """Give the label that a spelling is said to be; None where nobody says it."""
        return self._own.get(key(spelled))

    def label_of(self, spelled: str) -> str | None:
        """Give the label, or None."""
        return self.said(spelled) or self._known.label_of(spelled)

    def read(self, spelled: str) -> str | None:
        """Give the label, or None, and remember what is none."""
        label = self.label_of(spelled)
        if label is None:
            self._foreign[spelled] += 1
        return label

    def problem(self, spelled: str) -> str:
        """Say of one label that nobody knows it, and how to say what it is."""
        return f"{_not_one(spelled, self._known.labels)}; {self.way_out(spelled)}"

    def way_out(self, spelled: str) -> str:
        """Say how to say what a label is."""
        option = quote(f"{spelled}={self._likely(spelled)}")
        return f"say which: fill in --labels {option}"

    def _likely(self, spelled: str) -> str:
        """Give the one label that begins with these letters: a wrong one, pasted, would turn gold round."""
        begun = key(spelled)
        found = [label for label in self._known.labels if begun.isalpha() and key(label).startswith(begun)]
        return found[0] if len(found) == 1 else OPEN

    @property
    def none_known(self) -> RecordError | None:
        """The error for a file of whose labels none is known: those that were found, and lines to paste."""
        if not self._foreign:
            return None
        found, labels = sorted(self._foreign), self._known.labels
        listed = ", ".join(f"{name!r} ({self._foreign[name]:,})" for name in found[:LISTED])
        more = ", ..." if len(found) > LISTED else ""
        blank = f", and {self.blank:,} without one" if self.blank else ""
        pairs = {name: self._likely(name) for name in found[:LISTED]}
        option = quote(
            ",".join(f"{name}={label}" for name, label in pairs.items()) + (",..." if more else "")
        )
        table = ", ".join(
            f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(label)}" for name, label in pairs.items()
        )
        return RecordError(
            f"no gold label is one of {', '.join(labels)}; found {listed}{more}{blank}; say which is which: "
            f"fill in --labels {option}, or in a recipe labels = {{ {table}{more} }}",
            path=self._path,
        )


def read_checked(
    path: Path,
    columns: Columns,
    known: Labels,
    *,
    intake: Intake | None = None,
) -> Iterator[Record]:
    """Stream the records of a file, their gold labels, where there are any, spelled as the contract has them.

    A gold label is what `columns.labels` says, else what the contract reads; a ClassLabel whose names are all
    known goes by them, and not by what is said of its numbers. A row whose gold label is foreign is left out,
    and the intake hears of it.

    Raises:
        RecordError: the file cannot be read, or no row is of use; without an intake, the first one is not, as
            with a gold label that nobody knows. Names the file and the line, or all labels that were found.
        SettingsError: `columns.labels` leads to what is no label.
    """
    yield from _checked(path, columns, GoldLabels(columns, known, path), intake)


def _checked(path: Path, columns: Columns, labels: GoldLabels, intake: Intake | None) -> Iterator[Record]:
    sieve, is_any_known = Sieve(intake), False
    for record in read(path, columns, intake=intake, label_of=labels.label_of):
        label = None if record.label is None else labels.read(record.label)
        problem = None if record.label is None or label else labels.problem(record.label)
        if sieve.passes(problem, path, record.line):
            is_any_known = True
            yield record if label == record.label else replace(record, label=label)
    if labels.none_known and not is_any_known:
        raise labels.none_known
    sieve.check()


def key(name: str) -> str:
    """Spell a file's own label without what files vary in: case, edge blanks, integers made floats.

    >>> key(" Bad "), key("2.0"), key("2.5")
    ('bad', '2', '2.5')
    """
    folded = name.strip().casefold()
    whole = folded.removesuffix(".0")
    return whole if whole.removeprefix("-").isdecimal() else folded


def check_gold(
    gold: str | None, labels: Sequence[str], *, path: Path | None, line: int | None = None, where: str = ""
) -> None:
    """Stop at a foreign label: counted as gold it would make every side look wrong.

    `where` is the label's place in the file, where that is no line.

    Raises:
        RecordError: `gold` is not one of `labels`.
    """
    if gold is not None and gold not in labels:
        raise RecordError(f"{where}{_not_one(gold, labels)}", path=path, line=line)


def _not_one(gold: str, labels: Sequence[str]) -> str:
    return f"gold label {gold!r} is not one of {', '.join(labels)}"


def gold_rows(
    path: Path,
    columns: Columns,
    known: Labels,
    *,
    intake: Intake | None = None,
) -> Iterator[GoldRow]:
    """Stream the records of a file with their gold labels; the intake hears of rows without one.

    Raises:
        RecordError: as `read_checked`; a row that has no gold label is of no use, either.
    """
    labels, sieve, is_any_known = GoldLabels(columns, known, path), Sieve(intake), False
    for record in _checked(path, columns, labels, intake):
        missing = None if record.label else _missing(record, columns.label)
        if sieve.passes(missing, path, record.line):
            is_any_known = True
            yield GoldRow(record, record.label or "")
        else:
            labels.blank += 1
    if labels.none_known and not is_any_known:
        raise labels.none_known
    sieve.check()


def _missing(record: Record, column: str | None) -> str:
    """Say why a row has no gold label: what has parts is none, and stays in its column."""
    parts = record.extra.get(column or "")
    return (
        f"column {column!r} holds no single label: {parts!r}"
        if parts
        else f"no gold label in column {column!r}"
    )
