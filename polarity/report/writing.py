"""Pairs -> files: one pass over any number of pairs, and every file whole or absent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Protocol, TextIO

from polarity.comparison import Pair, Tally
from polarity.pages.writing import writing
from polarity.report.content import Report, Subject
from polarity.report.examples import MOST, Gallery
from polarity.report.formats import csv, html, json, junit, markdown
from polarity.stored import LeftOut


class Stream(Protocol):
    """A file that takes every pair as it comes, and what they come to at the end."""

    def add(self, pair: Pair) -> None:
        """Write one pair."""

    def finish(self, report: Report) -> None:
        """Write the rest."""


STREAMS: Mapping[str, Callable[[TextIO, Path, Subject], AbstractContextManager[Stream]]] = {
    ".csv": csv.streaming,
    ".json": json.streaming,
}
WRITERS: Mapping[str, Callable[[TextIO, Report], None]] = {
    ".html": html.write,
    ".md": markdown.write,
    ".xml": junit.write,
}
SUFFIXES = (*STREAMS, *WRITERS)


def write_reports(
    paths: Sequence[Path],
    pairs: Iterable[Pair],
    subject: Subject,
    *,
    most: int = MOST,
    left_out: Callable[[], LeftOut] = LeftOut,
) -> Report:
    """Compare the pairs, and write the report as `.html`, `.json`, `.md`, `.csv` or `.xml` (JUnit).

    Pairs are taken once, one at a time; what is held does not grow with their number. Pages show at
    most `most` examples of each severity. `left_out` says, when the pairs are all taken, which rows of the
    input are none. No file takes its place before all of them are whole.

    Raises:
        RecordError: a suffix is unknown or a file cannot be written. What `pairs` raises comes through.
    """
    tally, gallery = Tally(subject.contract.labels, subject.sides, subject.columns), Gallery(most)
    with ExitStack() as stack:
        outputs = stack.enter_context(writing(paths, SUFFIXES))
        streams = [
            stack.enter_context(STREAMS[output.suffix](output.file, output.path, subject))
            for output in outputs
            if output.suffix in STREAMS
        ]
        for pair in pairs:
            gallery.add(pair, tally.add(pair))
            for stream in streams:
                stream.add(pair)
        report = Report(
            subject=subject,
            summary=tally.summary(),
            examples=gallery.examples(),
            left_out=left_out(),
            stored=next((path for path in paths if path.suffix.lower() == ".json"), None),
        )
        for stream in streams:
            stream.finish(report)
        for output in outputs:
            if output.suffix in WRITERS:
                WRITERS[output.suffix](output.file, report)
    return report
