"""Texts -> what backends say about them, a chunk at a time."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice

from polarity.classifier import Classifier
from polarity.comparison import Pair
from polarity.errors import SettingsError
from polarity.records import Record
from polarity.report.pairing import Question, check_gold, pair_of, questions
from polarity.types import RawOutput

CHUNK = 32  # texts under way at once


async def ask(
    classifier: Classifier, texts: Sequence[str], wanted: Sequence[Collection[Question]]
) -> list[dict[Question, RawOutput]]:
    """Ask about each text what is wanted of it.

    Different backends are asked at the same time, and the same one again only when it has answered.

    Raises:
        BackendError: every backend that is asked is unusable.
    """
    said: list[dict[Question, RawOutput]] = [{} for _ in texts]
    for attempt in sorted({question.attempt for own in wanted for question in own}):
        places: dict[str, list[int]] = {}
        for at, own in enumerate(wanted):
            for question in own:
                if question.attempt == attempt:
                    places.setdefault(question.backend, []).append(at)
        asked = {backend: [texts[at] for at in found] for backend, found in places.items()}
        for backend, answers in (await classifier.ask_each(asked)).items():
            for at, answer in zip(places[backend], answers, strict=True):
                said[at][Question(backend, attempt)] = answer.raw
    return said


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
    sides, contract = _two_names(classifier), classifier.contract
    pairs: list[Pair] = []
    for batch in _chunks(records, chunk):
        for record in batch:
            check_gold(record.label, contract, path=record.path, line=record.line)
        said = await ask(classifier, [record.text for record in batch], [questions(sides)] * len(batch))
        found = [pair_of(record, own, sides, contract) for record, own in zip(batch, said, strict=True)]
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
    """Take records so many at a time."""
    remaining = iter(records)
    while batch := list(islice(remaining, size)):
        yield batch
