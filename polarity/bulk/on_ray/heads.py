"""The beginnings of files, looked at before anything is begun: which columns they have.

What stands here is one schema for the whole folder. Parquet keeps its types, and files that differ are
brought to what holds all of them. In CSV and TSV every cell is text, and all files have one header. JSON
Lines have the columns of their files' first rows; whatever a later row has besides stands in one more, as
JSON.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from polarity.bulk.columns import column_of
from polarity.bulk.on_ray.inputs import Source
from polarity.errors import RecordError
from polarity.records import DEFAULT_COLUMNS, Columns, Lines, line_rows, near_names

if TYPE_CHECKING:
    from pyarrow import Schema

ROWS: Final = 256  # of each file of JSON Lines, that say which columns there are
PART: Final = 2**18  # bytes read at once
BLOCK: Final = 2**24  # bytes of CSV that are read at once, and the longest line
AT_ONCE: Final = 16  # files looked at: of those at an address each takes a while
DELIMITERS: Final = {"csv": ",", "tsv": "\t"}


def schema_of(source: Source, columns: Columns) -> "Schema":
    """Say which columns all that is read has, by the beginnings of its files.

    Raises:
        RecordError: a file cannot be read, has no column of texts, or does not go with the others; none has a
            column that is not named by default, or a row.
    """
    looks = {"parquet": _of_parquet, "jsonl": _of_lines}.get(source.format, _of_csv)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda path: looks(path, source, columns), source.paths))
    schemas = [(path, one) for path, one in zip(source.paths, found, strict=True) if one is not None]
    if not schemas:
        raise RecordError("holds no records", path=Path(source.paths[0]))
    if source.format in DELIMITERS:
        _check_headers(schemas)
    whole = _united(schemas)
    for named in sorted(
        {columns.label, columns.id} - {DEFAULT_COLUMNS.label, DEFAULT_COLUMNS.id, None}, key=str
    ):
        column_of(whole.names, str(named))
    return whole


def _united(schemas: list[tuple[str, "Schema"]]) -> "Schema":
    import pyarrow as pa

    whole = schemas[0][1]
    for path, schema in schemas[1:]:
        try:
            whole = pa.unify_schemas([whole, schema], promote_options="permissive")
        except pa.ArrowException as error:
            problem = f"its columns do not go with those of {schemas[0][0]}: {said(error)}"
            raise RecordError(problem, path=Path(path)) from None
    return whole


def _check_headers(schemas: list[tuple[str, "Schema"]]) -> None:
    """Make sure that all files have one header: a cell would be lost, or stand for another one."""
    first, *others = [(path, schema.names) for path, schema in schemas]
    for path, names in others:
        if names != first[1]:
            raise RecordError(f"its header {names} is not that of {first[0]}: {first[1]}", path=Path(path))


def _of_parquet(path: str, _: Source, columns: Columns) -> "Schema":
    from pyarrow import parquet

    with reading_errors(path):
        system, place = _placed(path)
        with system.open_input_file(place) as file:
            schema = parquet.read_schema(file).remove_metadata()
    return _with_texts(schema, columns, path)


def _of_csv(path: str, source: Source, columns: Columns) -> "Schema | None":
    import pyarrow as pa
    from pyarrow import csv

    if not (head := _head(path)):
        return None
    if (mark := Lines(iter([head]), Path(path), columns.encoding).found) and not columns.encoding:
        raise RecordError(f"it is {mark.upper()}, by its byte-order mark: --encoding {mark}", path=Path(path))
    with reading_errors(path), opened(path) as stream:
        names = csv.open_csv(stream, *csv_options(source, columns)).schema.names
    return _with_texts(pa.schema([(name, pa.string()) for name in names]), columns, path)


def _of_lines(path: str, _: Source, columns: Columns) -> "Schema | None":
    import pyarrow as pa

    with reading_errors(path), opened(path) as stream:
        lines = Lines(iter(lambda: stream.read(PART), b""), Path(path), columns.encoding)
        rows = list(islice(line_rows(lines, columns), ROWS))
    if not rows:
        return None
    sound = [row.cells for row in rows if not row.problem]
    schema = pa.schema([(name, pa.string()) for name in dict.fromkeys(name for row in sound for name in row)])
    if sound and not near_names(columns.text, schema.names):
        found = ", ".join(map(repr, schema.names)) or "none"
        where = f"no column {columns.text!r} in its first {len(rows)} rows"
        raise RecordError(f"{where}; found {found}", path=Path(path))
    return schema


def _with_texts(schema: "Schema", columns: Columns, path: str) -> "Schema":
    name, count = Counter(schema.names).most_common(1)[0] if schema.names else ("", 0)
    if count > 1:
        raise RecordError(f"column {name!r} stands there {count} times", path=Path(path))
    try:
        column_of(schema.names, columns.text)
    except RecordError as error:
        raise RecordError(error.problem, path=Path(path)) from None
    return schema


def csv_options(source: Source, columns: Columns) -> tuple[Any, Any]:
    """Say how the engine reads CSV and TSV: how files are spelled, and where rows and cells end."""
    from pyarrow import csv

    quotes = columns.quoting and source.format == "csv"
    return (
        csv.ReadOptions(use_threads=False, block_size=BLOCK, encoding=columns.encoding or "utf-8"),
        csv.ParseOptions(
            delimiter=DELIMITERS[source.format],
            quote_char='"' if quotes else False,
            newlines_in_values=quotes,
        ),
    )


def _placed(path: str) -> tuple[Any, str]:
    from pyarrow.fs import FileSystem

    system, place = FileSystem.from_uri(path if "://" in path else str(Path(path).absolute()))
    return system, place


def opened(path: str) -> Any:
    """Open a file or an address, unpacked where its suffix says that it is packed."""
    system, place = _placed(path)
    return system.open_input_stream(place)


def _head(path: str) -> bytes:
    with reading_errors(path), opened(path) as stream:
        found: bytes = stream.read(PART)
    return found


@contextmanager
def reading_errors(path: str) -> Iterator[None]:
    """Name the file of which the engine says that it cannot be read.

    Raises:
        RecordError: it says so.
    """
    import pyarrow as pa

    try:
        yield
    except (OSError, UnicodeError, pa.ArrowException) as error:
        raise RecordError(f"cannot be read: {said(error)}", path=Path(path)) from None


def said(error: BaseException) -> str:
    """Say what went wrong in the engine in its first sentence, without traceback and advice.

    >>> said(ValueError("Row 3 has 2 cells. Please see the manual."))
    'Row 3 has 2 cells'
    """
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].partition(". ")[0]
