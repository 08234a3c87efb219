"""Texts -> what backends say about them, handed over as it comes."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import NamedTuple, TypeVar

from polarity.asking.questions import Question, Said
from polarity.classifier import Classifier
from polarity.records import Record
from polarity.settings import Settings

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


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Take items so many at a time.

    >>> list(chunks("abc", 2))
    [['a', 'b'], ['c']]
    """
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
