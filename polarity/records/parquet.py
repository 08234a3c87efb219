"""Parquet files -> rows -> Parquet files.

pyarrow is imported where such a file is met, and nowhere else: it takes a quarter of a second.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any

from polarity.errors import RecordError
from polarity.records.formats import as_json
from polarity.records.placing import beside, replacing

BATCH = 1000  # rows held at once
EXACT = 2**53  # beyond it a float does not tell a whole number from its neighbour
LONG = 2**63
TYPES = (  # what a column's kinds of value have in common; whatever has nothing in common is text
    ({"boolean"}, "bool_"),
    ({"integer", "long"}, "int64"),
    ({"integer", "number"}, "float64"),
)


def parquet_rows(file: IO[bytes], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Stream rows with their numbers, from 1.

    Values come as JSON has them, so that they can be written again in any format: a date or a time
    becomes text as ISO 8601 spells it, a decimal its digits, a map a list of pairs. Bytes,
    durations and numbers that are not finite have no such form.

    Raises:
        RecordError: it is no Parquet file, is broken, has a column twice, or a value has no such
            form. Names the file, and the column, row and value where they are known.
    """
    from pyarrow.parquet import ParquetFile

    with _reading(path):
        opened = ParquetFile(file)
        names = opened.schema_arrow.names
        batches = opened.iter_batches(BATCH)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise RecordError(f"column {repeated[0]!r} stands twice", path=path)
    before = 0
    while True:
        with _reading(path):
            batch = next(batches, None)
        if batch is None:
            return
        columns = [_values(*column, path) for column in zip(names, batch.columns, strict=True)]
        for number, cells in enumerate(zip(*columns, strict=True), start=before + 1):
            yield (
                number,
                {name: _kept(name, cell, path, number) for name, cell in zip(names, cells, strict=True)},
            )
        before += len(batch)


@contextmanager
def _reading(path: Path, name: str | None = None) -> Iterator[None]:
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
        what = "not Parquet" if name is None else f"column {name!r} cannot be read"
        reason = str(error).split("\n")[0]
        raise RecordError(f"{what}: {reason}", path=path) from None


def _values(name: str, column: Any, path: Path) -> list[Any]:
    with _reading(path, name):
        values: list[Any] = column.to_pylist()
    return values


def _kept(name: str, value: Any, path: Path, line: int) -> Any:
    try:
        return plain(value)
    except ValueError as error:
        raise RecordError(f"column {name!r} {error}", path=path, line=line) from None


def plain(value: Any) -> Any:
    """Give a value the form that JSON has for it.

    >>> plain({"on": date(2024, 2, 29), "paid": Decimal("1.50"), "tags": ("a", None)})
    {'on': '2024-02-29', 'paid': '1.50', 'tags': ['a', None]}

    Raises:
        ValueError: it has none.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    raise ValueError(f"is neither text nor a number, date or list: {str(value)[:60]}")


def write_parquet(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as Parquet: whole, or not at all.

    A column has one type: true and false, whole numbers, numbers, or else text. In a column of text
    what is none stands as JSON: a list, a mapping, a number among texts.

    Raises:
        RecordError: the file cannot be written, or a row holds what JSON cannot. What `rows` itself
            raises comes through as it is.
    """
    kinds: dict[str, set[str]] = {}
    with beside(path, "rows") as taken:  # a column's type is known after the last row
        taken.writelines(f"{as_json(_noted(row, kinds), path)}\n" for row in rows)
        taken.seek(0)
        with replacing(path) as file:
            _write_typed(file.buffer, map(json.loads, taken), kinds)


def _noted(row: Mapping[str, Any], kinds: dict[str, set[str]]) -> Mapping[str, Any]:
    for name, value in row.items():
        kinds.setdefault(name, set()).update(() if value is None else (_kind(value),))
    return row


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if abs(value) <= EXACT else "long" if -LONG <= value < LONG else "text"
    return "number" if isinstance(value, float) else "text"


def _write_typed(file: IO[bytes], rows: Iterator[dict[str, Any]], kinds: Mapping[str, set[str]]) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    types = {name: _type(found) for name, found in kinds.items()}
    schema = pa.schema([(_utf8(name), getattr(pa, type_)()) for name, type_ in types.items()])
    with ParquetWriter(file, schema) as writer:
        while batch := list(islice(rows, BATCH)):
            cells = [[_cell(row.get(name), type_) for row in batch] for name, type_ in types.items()]
            arrays = [pa.array(column, field.type) for column, field in zip(cells, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _type(kinds: set[str]) -> str:
    fitting = (type_ for common, type_ in TYPES if kinds and kinds <= common)
    return next(fitting, "string")


def _cell(value: Any, type_: str) -> Any:
    if type_ != "string" or value is None:
        return value
    return _utf8(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _utf8(text: str) -> str:
    """Escape a lone surrogate, as the other formats do."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
