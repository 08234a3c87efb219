"""The formats that records have, by the suffixes of their files."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from polarity.errors import RecordError

STANDARD_INPUT = Path("-")
WRITTEN = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet"}
SUFFIXES = {**WRITTEN, ".json": "json", ".xlsx": "xlsx"}  # what is read
PACKED = (".gz", ".zst")  # behind the suffix of any text format
TEXTS = ("jsonl", "json", "csv", "tsv")
DELIMITERS = {"csv": ",", "tsv": "\t"}
MAX_CELL = 2**24  # characters: enough for any text, a bound for a quote that is never closed


class Form(NamedTuple):
    """How a file is read: its format, and the suffix of what packs it, if anything does."""

    kind: str
    packing: str = ""


def form_of(path: Path) -> Form:
    """Name the format that a file's suffixes stand for; standard input is JSON Lines.

    >>> form_of(Path("reviews.CSV")), form_of(Path("a.b.jsonl.gz"))
    (Form(kind='csv', packing=''), Form(kind='jsonl', packing='.gz'))

    Raises:
        RecordError: no format has such a suffix.
    """
    if path == STANDARD_INPUT:
        return Form("jsonl")
    packing = path.suffix.lower() if path.suffix.lower() in PACKED else ""
    inner = path.with_suffix("") if packing else path
    kind = SUFFIXES.get(inner.suffix.lower())
    if kind is None or (packing and kind not in TEXTS):
        known = f"{', '.join(sorted(SUFFIXES))}; of text also {' and '.join(PACKED)}"
        suffix = inner.suffix + path.suffix if packing else path.suffix
        raise RecordError(f"unknown suffix {suffix!r}; known: {known}", path=path)
    return Form(kind, packing)


def format_of(path: Path) -> str:
    """Name the format that a file is written in, by its suffix.

    >>> format_of(Path("labelled.CSV"))
    'csv'

    Raises:
        RecordError: nothing is written with such a suffix.
    """
    try:
        return WRITTEN[path.suffix.lower()]
    except KeyError:
        known = ", ".join(sorted(WRITTEN))
        raise RecordError(f"unknown suffix {path.suffix!r}; written are: {known}", path=path) from None


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
