"""Records -> pairs: both backends over a file, a chunk at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from polarity.classifier import Classifier
from polarity.comparison import Pair
from polarity.contract import Contract
from polarity.errors import RecordError, SettingsError
from polarity.records import Record
from polarity.types import Result


async def compare_file(
    classifier: Classifier,
    records: Iterable[Record],
    *,
    path: Path | None = None,
    repeat: int = 1,
    columns: Sequence[str] = (),
    chunk: int = 32,
    on_chunk: Callable[[Sequence[Pair]], None] | None = None,
) -> list[Pair]:
    """Ask both backends about every record; left is the classifier's first backend.

    At most `chunk` texts are under way at once, and no more records than that are read ahead.
    The right backend is asked `repeat` times about each text, `columns` of the input are kept with
    the pairs. After each chunk, `on_chunk` gets the pairs it added. `path` is where the records are
    from, for errors to name.

    Raises:
        SettingsError: the classifier has not exactly two backends.
        RecordError: a record cannot be read, has no such column, or its gold label is not one of the
            contract's.
        BackendError: neither backend is usable.
    """
    left, right = _two_names(classifier)
    pairs: list[Pair] = []
    for batch in _chunks(records, chunk):
        for record in batch:
            check_gold(record.label, classifier.contract, path=path, line=record.line)
            check_columns(record, columns, path=path)
        texts = [record.text for record in batch]
        results = await classifier.classify(texts, ask_all=True)
        again = [await classifier.ask(right, texts) for _ in range(repeat - 1)]
        repeats = zip(*again, strict=True) if again else [()] * len(batch)
        found = [
            replace(
                _pair(record, result, left, right),
                repeats=said,
                columns={name: record.extra[name] for name in columns},
            )
            for record, result, said in zip(batch, results, repeats, strict=True)
        ]
        pairs += found
        if on_chunk:
            on_chunk(found)
    return pairs


def _two_names(classifier: Classifier) -> tuple[str, str]:
    match tuple(classifier.backends):
        case (left, right):
            return left, right
        case found:
            raise SettingsError(f"a comparison needs two backends, found {', '.join(found) or 'none'}")


def _chunks(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
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


def check_columns(record: Record, names: Sequence[str], *, path: Path | None) -> None:
    """Make sure that a record has the columns by which pairs are sliced.

    Raises:
        RecordError: it has not; names those it has.
    """
    for name in names:
        if name not in record.extra:
            found = ", ".join(map(repr, record.extra)) or "none"
            raise RecordError(f"no column {name!r} to slice by; found {found}", path=path, line=record.line)


def _pair(record: Record, result: Result, left: str, right: str) -> Pair:
    return Pair(
        id=record.id,
        text=record.text,
        gold=record.label,
        left=result.answers[left],
        right=result.answers[right],
        result=result,
    )
