"""Records that have a gold label."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.errors import RecordError
from polarity.records.reading import Columns, Record, read


class GoldRow(NamedTuple):
    """A record and its gold label, which is one of the contract's."""

    record: Record
    gold: str


def read_checked(
    path: Path, columns: Columns, labels: Sequence[str], *, limit: int | None = None
) -> Iterator[Record]:
    """Stream the records of a file, whose gold labels, where there are any, are known.

    Raises:
        RecordError: the file cannot be read, or a gold label is not in `labels`. Names the file and
            the line.
    """
    for record in read(path, columns, limit=limit):
        check_gold(record.label, labels, path=path, line=record.line)
        yield record


def check_gold(
    gold: str | None, labels: Sequence[str], *, path: Path | None, line: int | None = None, where: str = ""
) -> None:
    """Stop at a foreign label: counted as gold it would make every side look wrong.

    `where` is the label's place in the file, where that is no line.

    Raises:
        RecordError: `gold` is not one of `labels`.
    """
    if gold is not None and gold not in labels:
        problem = f"{where}gold label {gold!r} is not one of {', '.join(labels)}"
        raise RecordError(problem, path=path, line=line)


def gold_rows(
    path: Path, columns: Columns, labels: Sequence[str], *, limit: int | None = None
) -> Iterator[GoldRow]:
    """Stream the records of a file with their gold labels.

    Raises:
        RecordError: the file cannot be read, or a row has no gold label or one that is not in
            `labels`. Names the file and the line.
    """
    for record in read_checked(path, columns, labels, limit=limit):
        if record.label is None:
            raise RecordError(f"no gold label in column {columns.label!r}", path=path, line=record.line)
        yield GoldRow(record, record.label)
