"""Records that have a gold label."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from shlex import quote
from typing import NamedTuple, Protocol

from polarity.errors import RecordError, SettingsError
from polarity.records.reading import read
from polarity.records.rows import Columns, Intake, Record, Sieve

LISTED = 10  # foreign labels that are shown


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


def read_checked(
    path: Path,
    columns: Columns,
    known: Labels,
    *,
    intake: Intake | None = None,
) -> Iterator[Record]:
    """Stream the records of a file, their gold labels, where there are any, spelled as the contract has them.

    A gold label is what `columns.labels` says, else what the contract reads. A row whose gold label is
    foreign is left out, and the intake hears of it.

    Raises:
        RecordError: the file cannot be read, or no row is of use; without an intake, the first one is not, as
            with a gold label that nobody knows. Names the file and the line, or all labels that were found.
        SettingsError: `columns.labels` leads to what is no label.
    """
    own = _own(columns, known)
    sieve, foreign, is_any_known = Sieve(intake), set[str](), False
    for record in read(path, columns, intake=intake):
        label = None if record.label is None else own.get(_key(record.label)) or known.label_of(record.label)
        if record.label is not None and label is None:
            foreign.add(record.label)
        if sieve.passes(_problem(record.label, label, known), path, record.line):
            is_any_known = True
            yield record if label == record.label else replace(record, label=label)
    if foreign and not is_any_known:
        raise RecordError(_none_known(sorted(foreign), known), path=path)
    sieve.check()


def _own(columns: Columns, known: Labels) -> Mapping[str, str]:
    for name, label in columns.labels:
        if label not in known.labels:
            raise SettingsError(
                f"labels: {name!r} is said to be {label!r}, not one of {', '.join(known.labels)}"
            )
    return {_key(name): label for name, label in columns.labels}


def _key(name: str) -> str:
    """Spell a file's own label without what files vary in: case, edge blanks, integers made floats.

    >>> _key(" Bad "), _key("2.0"), _key("2.5")
    ('bad', '2', '2.5')
    """
    folded = name.strip().casefold()
    whole = folded.removesuffix(".0")
    return whole if whole.removeprefix("-").isdecimal() else folded


def _problem(gold: str | None, label: str | None, known: Labels) -> str | None:
    if gold is None or label is not None:
        return None
    return f"{_not_one(gold, known.labels)}; say which, as in --labels {quote(f'{gold}={known.labels[0]}')}"


def _none_known(found: Sequence[str], known: Labels) -> str:
    """List gold labels of which none is known, with the option that says what they are."""
    listed = ", ".join(map(repr, found[:LISTED])) + (", ..." if len(found) > LISTED else "")
    pairs = ",".join(f"{name}={label}" for name, label in zip(found, cycle(known.labels), strict=False))
    pairs = pairs if len(found) <= LISTED else f"{found[0]}={known.labels[0]},..."
    return (
        f"no gold label is one of {', '.join(known.labels)}; found {listed}; "
        f"say which is which, as in --labels {quote(pairs)}"
    )


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
    sieve = Sieve(intake)
    missing = f"no gold label in column {columns.label!r}"
    for record in read_checked(path, columns, known, intake=intake):
        if sieve.passes(missing if record.label is None else None, path, record.line):
            yield GoldRow(record, record.label or "")
    sieve.check()
