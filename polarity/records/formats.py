"""The formats that records have, by the suffixes of their files."""

from pathlib import Path

from polarity.errors import RecordError

STANDARD_INPUT = Path("-")
SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
MAX_CELL = 2**24  # characters of CSV: enough for any text, a bound for a quote that is never closed


def format_of(path: Path) -> str:
    """Name the format that a file's suffix stands for.

    >>> format_of(Path("reviews.CSV"))
    'csv'
    """
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        known = ", ".join(sorted(SUFFIXES))
        raise RecordError(f"unknown suffix {path.suffix!r}; known: {known}", path=path) from None
