"""Files -> tables of so many rows, read by the engine in their order, of one schema.

A file is read by one of the engine's tasks, from its first row to its last, and every row has its file beside
it. JSON Lines are cut into lines as everywhere in polarity, and each is opened where it is labelled: a broken
one is a row with its reason. A line of CSV that has not as many cells as the header ends the run: the engine
could leave it out, but not keep its place.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from polarity.bulk.on_ray.heads import PART, csv_options, reading_errors, said
from polarity.bulk.on_ray.inputs import Source
from polarity.errors import PolarityError, RecordError
from polarity.records import Columns, Line, Lines

if TYPE_CHECKING:
    from pyarrow import Schema, Table

FILE: Final = "\0file"  # of each row: no column of a file is called so
NUMBER: Final = "\0number"  # of a line in its file
LINE: Final = "line"  # what stands there, before it is opened
PROBLEM: Final = "problem"  # why it is not what stands there
BYTES: Final = 2**22  # of text in a block
READING_CPUS: Final = 0.5  # of a processor that one reader counts for: it mostly waits
Blocks = Callable[[Any, str], Iterator["Table"]]


def tables(source: Source, columns: Columns, schema: "Schema", rows: int) -> Iterator["Table"]:
    """Stream tables of so many rows, the last one shorter: the input in its order, wherever blocks end.

    Raises:
        RecordError: a file cannot be read.
    """
    import ray
    import ray.data

    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False  # of reading: what is waited for is the labelling
    # Those who read were begun elsewhere, if somebody else began this Ray.
    paths = [path if "://" in path else str(Path(path).absolute()) for path in source.paths]
    try:
        read = ray.data.read_datasource(
            _engine_source(paths, _blocks(source, columns, schema), is_table=source.format == "parquet"),
            num_cpus=READING_CPUS,
        )
        yield from read.iter_batches(batch_size=rows, batch_format="pyarrow")
    except (ray.exceptions.RayError, OSError, ValueError) as error:
        raise _cause(error, source) from None


def _cause(error: BaseException, source: Source) -> PolarityError:
    """Give what a reader raised, out of what the engine wraps around it."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, PolarityError):
            return inner
        error, inner = inner, getattr(inner, "cause", None) or inner.__cause__
    return RecordError(f"{', '.join(source.paths[:3])}: cannot be read: {said(error)}")


def _engine_source(paths: list[str], blocks: Blocks, *, is_table: bool) -> Any:
    """Make a source of the engine's that gives the blocks of its files, each row with its file."""
    from ray.data.datasource import FileBasedDatasource

    class Files(FileBasedDatasource):  # type: ignore[misc]  # the engine has no types
        """Files that are read as `blocks` says."""

        def _open_input_source(self, system: Any, path: str, **options: Any) -> Any:
            if is_table:
                return system.open_input_file(path)
            return super()._open_input_source(system, path, **options)

        def _read_stream(self, file: Any, path: str) -> Iterator["Table"]:
            import pyarrow as pa

            with reading_errors(path):
                for block in blocks(file, path):
                    yield block.append_column(FILE, pa.array([path] * len(block), pa.string()))

    return Files(paths)


def _blocks(source: Source, columns: Columns, schema: "Schema") -> Blocks:
    if source.format == "parquet":
        return lambda file, _: _parquet_blocks(file, schema)
    if source.are_lines:
        return lambda file, path: line_blocks(iter(lambda: file.read(PART), b""), path, columns)
    return lambda file, _: _csv_blocks(file, csv_options(source, columns), schema)


def _parquet_blocks(file: Any, schema: "Schema") -> Iterator["Table"]:
    import pyarrow as pa
    from pyarrow import parquet

    for batch in parquet.ParquetFile(file).iter_batches(use_threads=False):
        table = pa.Table.from_batches([batch]).replace_schema_metadata()
        yield pa.concat_tables([schema.empty_table(), table], promote_options="permissive")


def _csv_blocks(file: Any, options: tuple[Any, Any], schema: "Schema") -> Iterator["Table"]:
    import pyarrow as pa
    from pyarrow import csv

    texts = csv.ConvertOptions(column_types=dict.fromkeys(schema.names, pa.string()))
    try:
        batches = csv.open_csv(file, *options, texts)
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):  # not even a header: as `heads` says, a file without rows
            return
        raise
    for batch in batches:
        yield pa.Table.from_batches([batch])


def line_blocks(parts: Iterator[bytes], path: str, columns: Columns) -> Iterator["Table"]:
    """Cut what is read of a file into lines, as everywhere in polarity; blank ones are none."""
    held: list[Line] = []
    size = 0
    for line in Lines(parts, Path(path), columns.encoding):
        if line.problem or line.text.strip():
            held.append(line)
            size += len(line.text)
        if size > BYTES:
            yield _lines_table(held)
            held, size = [], 0
    if held:
        yield _lines_table(held)


def _lines_table(lines: list[Line]) -> "Table":
    import pyarrow as pa

    return pa.table(
        {
            LINE: pa.array([line.text for line in lines], pa.string()),
            PROBLEM: pa.array([line.problem for line in lines], pa.string()),
            NUMBER: pa.array([line.number for line in lines], pa.int64()),
        }
    )
