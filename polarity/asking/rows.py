"""A labelled record as a row of a file: its own columns, then what was decided."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from polarity.errors import RecordError
from polarity.records import Columns, Record
from polarity.types import Result

ANSWER = ("gold", "label", "confidence", "decided_by", "error")


def with_room(records: Iterable[Record], file: Path, columns: Columns) -> Iterator[Record]:
    """Pass records on; refuse a column of the file that an answer's column would overwrite.

    Raises:
        RecordError: there is one. Names the file and the line.
    """
    for record in records:
        if taken := sorted({*ANSWER} & {columns.id, columns.text, *record.extra}):
            problem = f"column {taken[0]!r} would be overwritten by the answer's: rename it"
            raise RecordError(problem, path=file, line=record.line)
        yield record


def labelled_row(record: Record, result: Result, columns: Columns) -> dict[str, Any]:
    """Spell one labelled record; without a label, `error` says why.

    >>> from polarity.types import Decision
    >>> record = Record(text="Fine.", id="1", line=1, extra={"shop": "north"})
    >>> list(labelled_row(record, Decision(label="POSITIVE", decided_by="bert"), Columns()).values())
    ['1', 'Fine.', 'north', None, 'POSITIVE', None, 'bert', None]
    """
    found = (record.label, *(getattr(result, name, None) for name in (*ANSWER[1:-1], "detail")))
    return {
        columns.id: record.id,
        columns.text: record.text,
        **record.extra,
        **dict(zip(ANSWER, found, strict=True)),
    }
