"""Texts -> what backends say about them, handed over as it comes."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from polarity.classifier import Classifier
from polarity.comparison import Pair
from polarity.errors import SettingsError
from polarity.records import Record, check_gold
from polarity.report.pairing import Question, Said, pair_of, questions
from polarity.settings import Settings

if TYPE_CHECKING:
    from polarity.types import RawOutput

CHUNK = 32  # texts that BERT is given in one call
Item = TypeVar("Item")
Keep = Callable[[Sequence[tuple[int, Said]]], None]


class Unanswered(NamedTuple):
    """A row, by its number, its record, and what is still to be asked about it."""

    row: int
    record: Record
    missing: Sequence[Question]


class Pace(NamedTuple):
    """How a backend is asked: so many texts in a call, and so many calls at once."""

    texts: int
    calls: int


def paces(settings: Settings) -> dict[str, Pace]:
    """Say how each backend is asked: BERT in batches, the LLM text by text, so that each is kept alone.

    A call has a deadline for itself, so no more calls are begun than are answered at once.
    """
    calls = 1 if settings.llm.server == "embedded" else settings.llm.concurrency
    return {"bert": Pace(CHUNK, 1), "llm": Pace(1, calls)}


async def ask(
    classifier: Classifier, rows: Sequence[Unanswered], paces: Mapping[str, Pace], keep: Keep
) -> None:
    """Ask what is missing of some rows; `keep` gets what was said, by row, after each call.

    Raises:
        BackendError: a backend is unusable. What came before is kept, and no call is left under way.
    """
    missing = sorted((question, at) for at, row in enumerate(rows) for question in row.missing)
    try:
        async with asyncio.TaskGroup() as group:
            for name, own in groupby(missing, key=lambda item: item[0].backend):
                calls = _calls(list(own), rows, paces[name].texts)
                for _ in range(paces[name].calls):
                    group.create_task(_work(classifier, calls, keep))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


Call = tuple[Question, Sequence[Unanswered]]


def _calls(missing: Sequence[tuple[Question, int]], rows: Sequence[Unanswered], size: int) -> Iterator[Call]:
    for question, own in groupby(missing, key=lambda item: item[0]):
        for part in chunks((rows[at] for _, at in own), size):
            yield question, part


async def _work(classifier: Classifier, calls: Iterator[Call], keep: Keep) -> None:
    """Make one call after the other, of those that nobody else has made."""
    for question, rows in calls:
        answers = await classifier.ask(question.backend, [row.record.text for row in rows])
        keep([(row.row, {question: answer.raw}) for row, answer in zip(rows, answers, strict=True)])


async def compare_file(
    classifier: Classifier,
    records: Iterable[Record],
    *,
    paces: Mapping[str, Pace],
    chunk: int = CHUNK,
    on_chunk: Callable[[Sequence[Pair]], None] | None = None,
) -> list[Pair]:
    """Ask both backends about every record; left is the classifier's first backend.

    At most `chunk` texts are under way at once, and no more records than that are read ahead.
    After each chunk, `on_chunk` gets the pairs it added.

    Raises:
        SettingsError: the classifier has not exactly two backends.
        RecordError: a record cannot be read, or its gold label is not one of the contract's.
        BackendError: a backend is unusable.
    """
    sides, contract = _two_names(classifier), classifier.contract
    pairs: list[Pair] = []
    for batch in chunks(records, chunk):
        for record in batch:
            check_gold(record.label, contract.labels, path=record.path, line=record.line)
        found = await _compared(classifier, batch, sides, paces)
        pairs += found
        if on_chunk:
            on_chunk(found)
    return pairs


async def _compared(
    classifier: Classifier, batch: Sequence[Record], sides: tuple[str, str], paces: Mapping[str, Pace]
) -> list[Pair]:
    said: list[dict[Question, RawOutput]] = [{} for _ in batch]

    def keep(answers: Sequence[tuple[int, Said]]) -> None:
        for at, own in answers:
            said[at].update(own)

    rows = [Unanswered(at, record, questions(sides)) for at, record in enumerate(batch)]
    await ask(classifier, rows, paces, keep)
    return [pair_of(record, own, sides, classifier.contract) for record, own in zip(batch, said, strict=True)]


def _two_names(classifier: Classifier) -> tuple[str, str]:
    match tuple(classifier.backends):
        case (left, right):
            return left, right
        case found:
            raise SettingsError(f"a comparison needs two backends, found {', '.join(found) or 'none'}")


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Take items so many at a time.

    >>> list(chunks("abc", 2))
    [['a', 'b'], ['c']]
    """
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
