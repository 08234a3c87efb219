"""The formats that records have, by the suffixes of their files."""

import json
from pathlib import Path
from typing import Any

from polarity.errors import RecordError

STANDARD_INPUT = Path("-")
SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet"}
DELIMITERS = {"csv": ",", "tsv": "\t"}
MAX_CELL = 2**24  # characters of CSV or TSV: enough for any text, a bound for a quote that is never closed


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


def as_json(value: Any, path: Path) -> str:
    """Spell a value as one line of JSON.

    >>> as_json({"text": "é", "n": (1, None)}, Path("a.jsonl"))
    '{"text": "é", "n": [1, null]}'

    Raises:
        RecordError: JSON cannot hold it; names `path`.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RecordError(f"cannot be written: {error}", path=path) from None
