"""Records through the classifier, for the commands that label a file."""

import asyncio
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from polarity.records import Record
    from polarity.settings import Settings
    from polarity.types import Result

CHUNK = 64  # texts under way at once: memory does not grow with the file
Labelled = tuple["Record", "Result"]


class Asked(NamedTuple):
    """What came of asking: each text's result with every backend's answer, and each backend's model."""

    results: Mapping[str, "Result"]
    models: Mapping[str, str]


def labelled(
    settings: "Settings", records: Iterable["Record"], advance: Callable[[int], None]
) -> Generator[Labelled, None, None]:
    """Label the records, a chunk at a time. Close it: it holds the backends open."""
    from polarity.classifier import build_classifier

    remaining = iter(records)
    chunk = list(islice(remaining, CHUNK))  # read before the weights are: a bad file is said at once
    classifier = build_classifier(settings, patient=True)
    with asyncio.Runner() as runner:
        try:
            while chunk:
                results = runner.run(classifier.classify([record.text for record in chunk]))
                yield from zip(chunk, results, strict=True)
                advance(len(chunk))
                chunk = list(islice(remaining, CHUNK))
        finally:
            runner.run(classifier.aclose())


async def ask_all(settings: "Settings", texts: Sequence[str], advance: Callable[[int], None]) -> Asked:
    """Ask every configured backend about each text, a chunk at a time. No text may be there twice."""
    from polarity.classifier import build_classifier

    results: dict[str, Result] = {}
    async with build_classifier(settings, patient=True) as classifier:
        for start in range(0, len(texts), CHUNK):
            chunk = texts[start : start + CHUNK]
            answered = await classifier.classify(chunk, ask_all=True)
            results.update(zip(chunk, answered, strict=True))
            advance(len(chunk))
        models = {name: getattr(backend, "model", name) for name, backend in classifier.backends.items()}
    return Asked(results, models)
