"""Reports: two backends over one input, compared, in a format that the file's suffix names."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from polarity.errors import RecordError
from polarity.records import replacing
from polarity.report import csv, html, json, junit, markdown
from polarity.report.content import Report
from polarity.report.judging import Judgement, check_bounds
from polarity.report.remapping import remap
from polarity.report.runner import check_columns, compare_file
from polarity.stored import Side

__all__ = [
    "Judgement",
    "Report",
    "Side",
    "check_bounds",
    "check_columns",
    "check_suffix",
    "compare_file",
    "remap",
    "write_report",
]

WRITERS: Mapping[str, Callable[[TextIO, Report], None]] = {
    ".csv": csv.write,
    ".html": html.write,
    ".json": json.write,
    ".md": markdown.write,
    ".xml": junit.write,
}


def check_suffix(path: Path) -> None:
    """Make sure that a report can be written as `path`: before any model is asked, not after.

    Raises:
        RecordError: no format has this suffix; names those that are known.
    """
    if path.suffix.lower() not in WRITERS:
        raise RecordError(f"unknown suffix {path.suffix!r}; known: {', '.join(WRITERS)}", path=path)


def write_report(path: Path, report: Report) -> None:
    """Write a report as `.html`, `.json`, `.md`, `.csv` or `.xml` (JUnit): whole, or not at all.

    Raises:
        RecordError: the suffix is unknown or the file cannot be written.
    """
    check_suffix(path)
    with replacing(path) as file:
        WRITERS[path.suffix.lower()](file, report)
