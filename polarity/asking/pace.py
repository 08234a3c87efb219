"""Texts -> what backends say about them, handed over as it comes."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import NamedTuple, TypeVar

from polarity.asking.questions import NOTHING, Question, Said
from polarity.backends.afresh import asked_again
from polarity.classifier import Classifier
from polarity.contract import mapper
from polarity.errors import BackendError
from polarity.policy import is_confident
from polarity.records import Record
from polarity.settings import Settings
from polarity.types import Failure, RawOutput

CHUNK = 256  # texts that BERT is given in one call: sorted by length, many go quicker than few
AHEAD = 4  # calls of the LLM for which rows are read ahead
BERT, LLM = Question("bert"), Question("llm")
Item = TypeVar("Item")
Keep = Callable[[Sequence[tuple[int, Said]]], None]
Predict = Callable[[str, Sequence[str]], Awaitable[Sequence[RawOutput]]]


class Unanswered(NamedTuple):
    """A row, by its number, its record, what is still to be asked about it, and what was said before."""

    row: int
    record: Record
    missing: Sequence[Question]
    said: Said = NOTHING


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


def rows_ahead(asked: Collection[str], paces: Mapping[str, Pace]) -> int:
    """Say how many rows are taken at once: a whole batch of BERT's, and work for all places of the LLM.

    >>> rows_ahead(["llm"], {"bert": Pace(256, 1), "llm": Pace(1, 4)})
    16
    """
    wanted = max(max(paces[name].texts, AHEAD * paces[name].calls) for name in asked)
    whole = paces["bert"].texts if "bert" in asked else 1
    return -(-wanted // whole) * whole  # BERT's batches are the same whatever the LLM's pace


async def ask(
    classifier: Classifier,
    rows: Sequence[Unanswered],
    paces: Mapping[str, Pace],
    keep: Keep,
    *,
    sparing: bool = False,
    lenient: bool = False,
) -> None:
    """Ask what is missing of some rows; `keep` gets what was said, by row, after each call.

    `sparing` asks BERT first, and the LLM only where the contract's policy does not leave the text to
    BERT. Where it does, None is kept in the place of the LLM's answer. `lenient` takes an unusable backend
    for failures where there is another one that may decide.

    Raises:
        BackendError: a backend is unusable. What came before is kept, and no call is left under way.
    """
    if sparing:
        rows = await _ask_bert_first(classifier, rows, paces, keep, lenient=lenient)
    raws = _forgiving(classifier) if lenient and len(classifier.backends) > 1 else classifier.predict
    missing = sorted((question, at) for at, row in enumerate(rows) for question in row.missing)
    try:
        async with asyncio.TaskGroup() as group:
            for name, own in groupby(missing, key=lambda item: item[0].backend):
                calls = _calls(list(own), rows, paces[name].texts)
                for _ in range(paces[name].calls):
                    group.create_task(_work(raws, calls, keep))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _ask_bert_first(
    classifier: Classifier,
    rows: Sequence[Unanswered],
    paces: Mapping[str, Pace],
    keep: Keep,
    *,
    lenient: bool,
) -> list[Unanswered]:
    """Ask BERT, and give the rows of which BERT is not sure, with what is missing of them now."""
    said = {row.row: dict(row.said) for row in rows}

    def remember(answers: Sequence[tuple[int, Said]]) -> None:
        keep(answers)
        for row, own in answers:
            said[row].update(own)

    asked = [row._replace(missing=[BERT]) for row in rows if BERT in row.missing]
    await ask(classifier, asked, paces, remember, lenient=lenient)
    waiting = [row for row in rows if LLM in row.missing]
    spared = {row.row for row in waiting if _is_left_to_bert(said[row.row], classifier)}
    keep([(row, {LLM: None}) for row in sorted(spared)])
    return [row._replace(missing=[LLM]) for row in waiting if row.row not in spared]


def _is_left_to_bert(said: Said, classifier: Classifier) -> bool:
    raw = said.get(BERT)
    return raw is not None and is_confident(mapper.map(raw, classifier.contract), classifier.contract.policy)


Call = tuple[Question, Sequence[Unanswered]]


def _calls(missing: Sequence[tuple[Question, int]], rows: Sequence[Unanswered], size: int) -> Iterator[Call]:
    for question, own in groupby(missing, key=lambda item: item[0]):
        for part in chunks((rows[at] for _, at in own), size):
            yield question, part


def _forgiving(classifier: Classifier) -> Predict:
    async def predict(name: str, texts: Sequence[str]) -> Sequence[RawOutput]:
        try:
            return await classifier.predict(name, texts)
        except BackendError as error:
            return [Failure(reason=error.reason, detail=str(error))] * len(texts)

    return predict


async def _work(predict: Predict, calls: Iterator[Call], keep: Keep) -> None:
    """Make one call after the other, of those that nobody else has made."""
    for question, rows in calls:
        with asked_again(question.attempt):
            raws = await predict(question.backend, [row.record.text for row in rows])
        keep([(row.row, {question: raw}) for row, raw in zip(rows, raws, strict=True)])


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Take items so many at a time.

    >>> list(chunks("abc", 2))
    [['a', 'b'], ['c']]
    """
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
