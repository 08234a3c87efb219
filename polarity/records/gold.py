"""Records that have a gold label."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.errors import RecordError
from polarity.records.reading import read
from polarity.records.rows import Columns, Intake, Record, Sieve


class GoldRow(NamedTuple):
    """A record and its gold label, which is one of the contract's."""

    record: Record
    gold: str


def read_checked(
    path: Path,
    columns: Columns,
    labels: Sequence[str],
    *,
    limit: int | None = None,
    intake: Intake | None = None,
) -> Iterator[Record]:
    """Stream the records of a file, whose gold labels, where there are any, are known.

    A row whose gold label is foreign is left out, and the intake hears of it.

    Raises:
        RecordError: the file cannot be read, or no row is of use; without an intake, the first one is not, as
            with a gold label that is not in `labels`. Names the file and the line.
    """
    sieve = Sieve(intake)
    for record in read(path, columns, limit=limit, intake=intake):
        if sieve.passes(_foreign(record.label, labels), path, record.line):
            yield record
    sieve.check()


def check_gold(
    gold: str | None, labels: Sequence[str], *, path: Path | None, line: int | None = None, where: str = ""
) -> None:
    """Stop at a foreign label: counted as gold it would make every side look wrong.

    `where` is the label's place in the file, where that is no line.

    Raises:
        RecordError: `gold` is not one of `labels`.
    """
    if problem := _foreign(gold, labels):
        raise RecordError(f"{where}{problem}", path=path, line=line)


def _foreign(gold: str | None, labels: Sequence[str]) -> str | None:
    known = gold is None or gold in labels
    return None if known else f"gold label {gold!r} is not one of {', '.join(labels)}"


def gold_rows(
    path: Path,
    columns: Columns,
    labels: Sequence[str],
    *,
    limit: int | None = None,
    intake: Intake | None = None,
) -> Iterator[GoldRow]:
    """Stream the records of a file with their gold labels; the intake hears of rows without one.

    Raises:
        RecordError: as `read_checked`; a row that has no gold label is of no use, either.
    """
    sieve = Sieve(intake)
    missing = f"no gold label in column {columns.label!r}"
    for record in read_checked(path, columns, labels, limit=limit, intake=intake):
        if sieve.passes(missing if record.label is None else None, path, record.line):
            yield GoldRow(record, record.label or "")
    sieve.check()
