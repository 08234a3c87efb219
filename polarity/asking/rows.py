"""A labelled record as a row of a file: its own columns, then what was decided."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from polarity.records import Columns, Record
from polarity.types import Result

ANSWER = ("gold", "label", "confidence", "decided_by", "error")
ANSWER_ALONE = {"confidence", "decided_by", "error"}  # no file has all of these by chance
FILE = "input_file"  # beside what the file has itself
OWN = "input_"  # before a column of the file that is called like one of the answer's


def with_room(records: Iterable[Record], columns: Columns) -> Iterator[Record]:
    """Pass records on; a column that an answer's would overwrite is carried under another name.

    In a row that was labelled before, with all of the answer's columns, those are an older answer: its
    gold stays, the rest gives way.
    """
    for record in records:
        yield _with_room(record, columns)


def _with_room(record: Record, columns: Columns) -> Record:
    own = record.extra
    if not {*ANSWER} & own.keys():
        return record
    gold = own.get("gold") if columns.label != "gold" else record.label
    if own.keys() >= ANSWER_ALONE and ("gold" in own or columns.label == "gold"):
        extra = {name: value for name, value in own.items() if name not in ANSWER}
        return replace(record, extra=extra, label=str(gold) if gold else None)
    return replace(record, extra={named(name, own): value for name, value in own.items()})


def named(name: str, others: Iterable[str], answer: Collection[str] = ANSWER) -> str:
    """Name a column so that none of an `answer` takes its place, nor another one of the file.

    >>> named("error", ["error", "shop"]), named("shop", ["error", "shop"])
    ('input_error', 'shop')
    """
    taken = {*answer, *others} - {name}
    while name in answer or name in taken:
        name = f"{OWN}{name}"
    return name


def labelled_row(
    record: Record, result: Result, columns: Columns, *, is_one_of_several: bool = False
) -> dict[str, Any]:
    """Spell one labelled record; without a label, `error` says why. A row of no use keeps what it had.

    Where its file is one of several, it stands in a column of its own.

    >>> from polarity.types import Decision
    >>> record = Record(text="Fine.", id="1", line=1, extra={"shop": "north"})
    >>> list(labelled_row(record, Decision(label="POSITIVE", decided_by="bert"), Columns()).values())
    ['1', 'Fine.', 'north', None, 'POSITIVE', None, 'bert', None]
    """
    found = (record.label, *(getattr(result, name, None) for name in (*ANSWER[1:-1], "detail")))
    return {
        **(_file(record, columns) if is_one_of_several else {}),
        named(columns.id, ()): record.id,
        named(columns.text, ()): None if record.problem else record.text,
        **record.extra,
        **dict(zip(ANSWER, found, strict=True)),
    }


def _file(record: Record, columns: Columns) -> dict[str, str]:
    name = FILE
    while name in {columns.text, columns.id, *record.extra}:
        name = f"{OWN}{name}"
    return {name: str(record.path)}
