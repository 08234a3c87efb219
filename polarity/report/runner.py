"""Records -> pairs: two sides over a file, a chunk at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from polarity.classifier import Classifier
from polarity.comparison import Pair
from polarity.contract import Contract
from polarity.errors import RecordError, SettingsError
from polarity.records import Record
from polarity.report.columns import Column
from polarity.types import Answer

CHUNK = 32  # texts under way at once


async def compare_file(
    classifier: Classifier,
    records: Iterable[Record],
    *,
    chunk: int = CHUNK,
    on_chunk: Callable[[Sequence[Pair]], None] | None = None,
) -> list[Pair]:
    """Ask both backends about every record; left is the classifier's first backend.

    At most `chunk` texts are under way at once, and no more records than that are read ahead.
    After each chunk, `on_chunk` gets the pairs it added.

    Raises:
        SettingsError: the classifier has not exactly two backends.
        RecordError: a record cannot be read, or its gold label is not one of the contract's.
        BackendError: neither backend is usable.
    """
    sides = _two_names(classifier)
    pairs: list[Pair] = []
    for batch in chunks(records, chunk):
        for record in batch:
            check_gold(record.label, classifier.contract, path=record.path, line=record.line)
        found = await compare_chunk(classifier, batch, sides)
        pairs += found
        if on_chunk:
            on_chunk(found)
    return pairs


Side = str | Column


async def compare_chunk(
    classifier: Classifier | None,
    batch: Sequence[Record],
    sides: tuple[Side, Side],
    *,
    repeat: int = 1,
    columns: Sequence[str] = (),
) -> list[Pair]:
    """Compare two sides over some records: a side is a backend of the classifier, by name, or a column.

    Where both are the classifier's, its policy decides. The right backend is asked `repeat` times
    about each text; `columns` of the input are kept with the pairs.

    Raises:
        RecordError: a record has not a column that is asked for, or cannot be read there.
        BackendError: no backend is usable.
    """
    for record in batch:
        check_columns(record, columns)
    if classifier and set(sides) == set(classifier.backends):
        results = await classifier.classify([record.text for record in batch], ask_all=True)
        lefts, rights = ([result.answers[str(side)] for result in results] for side in sides)
    else:
        results = None
        lefts, rights = [await _answers(classifier, side, batch) for side in sides]
    again = [await _answers(classifier, sides[1], batch) for _ in range(repeat - 1)]
    return [
        Pair(
            id=record.id,
            text=record.text,
            gold=record.label,
            left=lefts[at],
            right=rights[at],
            result=results[at] if results else None,
            repeats=tuple(said[at] for said in again),
            columns={name: record.extra[name] for name in columns},
        )
        for at, record in enumerate(batch)
    ]


async def _answers(classifier: Classifier | None, side: Side, batch: Sequence[Record]) -> list[Answer]:
    if isinstance(side, Column):
        return [side.answer(record) for record in batch]
    if classifier is None:
        raise SettingsError(f"there is no backend {side!r}")
    return await classifier.ask(side, [record.text for record in batch])


def _two_names(classifier: Classifier) -> tuple[str, str]:
    match tuple(classifier.backends):
        case (left, right):
            return left, right
        case found:
            raise SettingsError(f"a comparison needs two backends, found {', '.join(found) or 'none'}")


def chunks(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    """Take records so many at a time."""
    remaining = iter(records)
    while batch := list(islice(remaining, size)):
        yield batch


def check_gold(
    gold: str | None, contract: Contract, *, path: Path | None, line: int | None = None, where: str = ""
) -> None:
    """Stop at a foreign label: counted as gold it would make every side look wrong.

    Raises:
        RecordError: `gold` is not one of the contract's labels.
    """
    if gold is not None and gold not in contract.labels:
        problem = f"{where}gold label {gold!r} is not one of {', '.join(contract.labels)}"
        raise RecordError(problem, path=path, line=line)


def check_columns(record: Record, names: Sequence[str]) -> None:
    """Make sure that a record has the columns by which pairs are sliced.

    Raises:
        RecordError: it has not; names those it has.
    """
    for name in names:
        if name not in record.extra:
            found = ", ".join(map(repr, record.extra)) or "none"
            raise RecordError(f"no column {name!r}; found {found}", path=record.path, line=record.line)
