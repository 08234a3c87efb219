"""Records through the classifier, for the commands that label a file."""

import asyncio
from collections.abc import Generator, Iterable
from itertools import islice
from typing import TYPE_CHECKING

from polarity.cli.console import Bar

if TYPE_CHECKING:
    from polarity.records import Record
    from polarity.settings import Settings
    from polarity.types import Result

CHUNK = 64  # texts under way at once: memory does not grow with the file
Labelled = tuple["Record", "Result"]


def labelled(settings: "Settings", records: Iterable["Record"], bar: Bar) -> Generator[Labelled, None, None]:
    """Label the records, a chunk at a time. Close it: it holds the backends open."""
    from polarity.classifier import build_classifier  # noqa: PLC0415 - keeps `--help` quick

    remaining = iter(records)
    chunk = list(islice(remaining, CHUNK))  # read before the weights are: a bad file is said at once
    classifier = build_classifier(settings, patient=True)
    with asyncio.Runner() as runner:
        try:
            while chunk:
                results = runner.run(classifier.classify([record.text for record in chunk]))
                yield from zip(chunk, results, strict=True)
                bar.advance(len(chunk))
                chunk = list(islice(remaining, CHUNK))
        finally:
            runner.run(classifier.aclose())
