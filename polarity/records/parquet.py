"""Parquet files -> rows -> Parquet files.

pyarrow is imported where such a file is met, and nowhere else: it takes a quarter of a second.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

from polarity.errors import RecordError
from polarity.records.class_labels import class_names, named_class, passed_over
from polarity.records.delimited import named_columns
from polarity.records.formats import as_json
from polarity.records.naming import read_names
from polarity.records.opening import check_growth
from polarity.records.placing import beside, replacing
from polarity.records.plain import plain
from polarity.records.rows import Columns, Intake, LabelOf, Row

BATCH = 1000  # rows held at once,
HELD = 2**28  # unless they have more bytes
HUGE = 2**16  # characters: a cell of which few can be enough
EXACT = 2**53  # beyond it a float does not tell a whole number from its neighbour
LONG = 2**63
TYPES = (  # what a column's kinds of value have in common; whatever has nothing in common is text
    ({"boolean"}, "bool_"),
    ({"integer", "long"}, "int64"),
    ({"integer", "number"}, "float64"),
)


def parquet_rows(
    file: IO[bytes],
    columns: Columns,
    path: Path,
    intake: Intake | None = None,
    label_of: LabelOf | None = None,
) -> Iterator[Row]:
    """Stream rows with their numbers, from 1. What becomes of their types says `plain`.

    Texts are read with their dictionary, so that one that stands in every row is held once; a huge one that
    makes a small file large ends the reading. A column that nobody reads and that Python cannot hold, as a
    date in the year 300,000, is text, or null; so is such a label. A ClassLabel has its class's name:
    see `class_names`; the intake hears where that is not what `columns.labels` says.

    Raises:
        RecordError: it is no Parquet file, is broken, would be blown up beyond bounds, has the text, label or
            id twice, or the text or id cannot be held. Names the file, and the column where it is known.
    """
    size = file.seek(0, 2)
    with _reading(path):
        batches, schema = _opened(file, size, path)
    names, classes = schema.names, class_names(schema.metadata, columns, label_of)
    if intake:
        for what in passed_over(classes, columns, label_of):
            intake.found(path, what)
    kinds = [classes.get(name) for name in names]
    names = named_columns(names, columns, path, 1)
    read = read_names(replace(columns, label=None), names)  # without a label a row is a text all the same
    before = grown = 0
    while True:
        with _reading(path):
            batch = next(batches, None)
        if batch is None:
            return
        values = [
            _named(_values(name, column, path, is_read=name in read), kind)
            for name, column, kind in zip(names, batch.columns, kinds, strict=True)
        ]
        for number, cells in enumerate(zip(*values, strict=True), start=before + 1):
            grown += sum(len(cell) for cell in cells if isinstance(cell, str) and len(cell) > HUGE)
            check_growth(size, grown, path)
            yield Row(number, dict(zip(names, cells, strict=True)))
        before += len(batch)


def _named(values: list[Any], names: Sequence[str] | None) -> list[Any]:
    return values if names is None else [named_class(value, names) for value in values]


def _opened(file: IO[bytes], size: int, path: Path) -> tuple[Iterator[Any], Any]:
    """Open a file as batches of rows, and give its schema."""
    from pyarrow.parquet import ParquetFile

    chunks = list(_chunks(ParquetFile(file).metadata))
    check_growth(size, sum(chunk.total_uncompressed_size for _, chunk in chunks), path)
    texts = {chunk.path_in_schema for _, chunk in chunks if chunk.physical_type == "BYTE_ARRAY"}
    opened = ParquetFile(file, read_dictionary=sorted(texts))
    return opened.iter_batches(_batch(chunks)), opened.schema_arrow


def _chunks(metadata: Any) -> Iterator[tuple[int, Any]]:
    """Give what is known of each column of each group of rows, with the number of rows."""
    for at in range(metadata.num_row_groups):
        group = metadata.row_group(at)
        yield from ((group.num_rows, group.column(place)) for place in range(group.num_columns))


def _batch(chunks: Sequence[tuple[int, Any]]) -> int:
    """Say how many rows are held at once: fewer where their cells are large, as pictures are.

    Inside of lists and mappings a text is not held once: there each row may be as large as all of the column.
    """
    cells = (
        chunk.total_uncompressed_size
        if "." in chunk.path_in_schema and chunk.physical_type == "BYTE_ARRAY"
        else chunk.total_uncompressed_size // max(rows, 1)
        for rows, chunk in chunks
    )
    largest: int = max(1, *cells, 1)
    return max(1, min(BATCH, HELD // largest))


@contextmanager
def _reading(path: Path, name: str | None = None) -> Iterator[None]:
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
        what = "not Parquet" if name is None else f"column {name!r} cannot be read"
        reason = str(error).split("\n")[0]
        raise RecordError(f"{what}: {reason}", path=path) from None


def _values(name: str, column: Any, path: Path, *, is_read: bool) -> list[Any]:
    from pyarrow import ArrowException, DictionaryArray, string

    with _reading(path, name):
        try:
            if isinstance(column, DictionaryArray):
                values = [*_texts(column.dictionary), None]
                return [values[-1 if at is None else at] for at in column.indices.to_pylist()]
            return [plain(value) for value in column.to_pylist()]
        except (ArrowException, ValueError, OverflowError):
            if is_read:
                raise
    try:
        values = [plain(value) for value in column.cast(string()).to_pylist()]
    except ArrowException:
        values = [None] * len(column)
    return values


def _texts(dictionary: Any) -> list[Any]:
    """Give the different values of a column; of bytes that are no text, whatever a writer said, none."""
    from pyarrow import binary, types

    is_text = types.is_string(dictionary.type) or types.is_large_string(dictionary.type)
    return [plain(value) for value in (dictionary.cast(binary()) if is_text else dictionary).to_pylist()]


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
