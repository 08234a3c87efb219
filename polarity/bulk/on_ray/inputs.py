"""Files, folders and addresses -> tables of so many rows, read by the engine in their order.

Parquet keeps its types. In CSV and TSV every cell is text, as everywhere in polarity, and all files have one
header; a line that has not as many cells as the first ends the run, since the engine can leave such a line
out, but not keep its place. A quotation mark is one in CSV, and in TSV a character like any other. JSON Lines
are read as lines, and each is opened where it is labelled: a broken one is a row with its reason.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from polarity.errors import RecordError, SettingsError
from polarity.records import STANDARD_INPUT, Columns, files_of, form_of

if TYPE_CHECKING:
    from pyarrow import Table
    from ray.data import Dataset

KINDS: Final = {"parquet": "parquet", "csv": "csv", "tsv": "csv", "jsonl": "jsonl"}
DELIMITERS: Final = {"csv": ",", "tsv": "\t"}
LINE: Final = "line"  # the only column of lines that are not opened yet
NEVER: Final = "\x01"  # no line of JSON holds it
BLOCK: Final = 2**24  # bytes of text that are read at once, and the longest line
READING_CPUS: Final = 0.5  # of a processor that one reader counts for: it mostly waits


class Source(NamedTuple):
    """Files of one format, in order; `format` is that of their suffixes."""

    format: str
    paths: Sequence[str]

    @property
    def are_lines(self) -> bool:
        """Whether what is read are lines, to be opened where they are labelled."""
        return self.format == "jsonl"

    @property
    def names(self) -> list[str]:
        """What the files are called, wherever they lie."""
        return [path.rsplit("/", 1)[-1] for path in self.paths]


def source_of(named: Sequence[str]) -> Source:
    """Find the files that names, patterns, folders and addresses stand for: in order, a folder's by name.

    >>> source_of(["fixtures/reviews.jsonl"])
    Source(format='jsonl', paths=['fixtures/reviews.jsonl'])

    Raises:
        SettingsError: none is named.
        RecordError: a file is not there, they are of several formats, or of one that no engine reads.
    """
    if not named:
        raise SettingsError("no file is named")
    paths = [path for name in named for path in (_stored(name) if "://" in name else _local(name))]
    formats = {path: _format(path) for path in paths}
    first = formats[paths[0]]
    if other := next((path for path in paths if formats[path] != first), None):
        problem = f"is {formats[other]}, and {paths[0]} is {first}: one run reads one format"
        raise RecordError(problem, path=Path(other))
    return Source(first, paths)


def _format(path: str) -> str:
    found = form_of(Path(path))
    if found.kind not in KINDS or found.packing == ".zst" or path == str(STANDARD_INPUT):
        known = ".parquet, .csv, .tsv and .jsonl, of text also .gz"
        raise RecordError(f"is not what an engine reads: {known}", path=Path(path))
    return found.kind


def _local(name: str) -> list[str]:
    folder = Path(name)
    if not folder.is_dir():
        paths = files_of(name)
        if missing := next((one for one in paths if one != STANDARD_INPUT and not one.exists()), None):
            raise RecordError("there is no such file", path=missing)
        return [str(path) for path in paths]
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return _some([str(path) for path in found if not _is_hidden(path.relative_to(folder))], name)


def _stored(name: str) -> list[str]:
    """List what lies at an address: the file, or those of a folder."""
    from pyarrow.fs import FileSelector, FileSystem, FileType

    try:
        system, place = FileSystem.from_uri(name)
        if system.get_file_info(place).type != FileType.Directory:
            return [name]
        found = system.get_file_info(FileSelector(place, recursive=True))
    except (OSError, ValueError) as error:
        raise RecordError(f"{name}: cannot be listed: {error}") from None
    root = name.rstrip("/")
    inner = sorted(one.path[len(place.rstrip("/")) + 1 :] for one in found if one.type == FileType.File)
    return _some([f"{root}/{path}" for path in inner if not _is_hidden(Path(path))], name)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _some(paths: list[str], name: str) -> list[str]:
    if not paths:
        raise RecordError(f"{name}: the folder holds no files")
    return paths


def tables(source: Source, columns: Columns, rows: int) -> Iterator["Table"]:
    """Stream tables of so many rows, the last one shorter: the input in its order, wherever blocks end.

    Raises:
        RecordError: a file cannot be read.
    """
    import ray
    import ray.data

    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False  # of reading: what is waited for is the labelling
    try:
        dataset = _opened(source, columns)
        batches = dataset.iter_batches(batch_size=rows, batch_format="pyarrow")
        coding = columns.encoding or "utf-8"
        written = (_not_blank(batch, coding) for batch in batches) if source.are_lines else batches
        yield from _cut(written, rows) if source.are_lines else written
    except (ray.exceptions.RayTaskError, ray.exceptions.UserCodeException, OSError, ValueError) as error:
        raise RecordError(f"{', '.join(source.paths[:3])}: cannot be read: {_said(error)}") from None


def _said(error: BaseException) -> str:
    """Say what went wrong in a reader in its first sentence, without traceback and advice."""
    said = str(getattr(error, "cause", None) or error).strip() or type(error).__name__
    return said.splitlines()[0].partition(". ")[0]


def _opened(source: Source, columns: Columns) -> "Dataset":
    import pyarrow as pa
    import ray.data
    from pyarrow import csv

    # Those who read were begun elsewhere, if somebody else began this Ray.
    paths = [path if "://" in path else str(Path(path).absolute()) for path in source.paths]
    if source.format == "parquet":
        return ray.data.read_parquet(paths, num_cpus=READING_CPUS)
    read: dict[str, Any] = {"use_threads": False, "block_size": BLOCK}
    if source.are_lines:
        return _read_csv(
            paths,
            csv.ReadOptions(**read, column_names=[LINE]),
            csv.ParseOptions(delimiter=NEVER, quote_char=False, double_quote=False),
            csv.ConvertOptions(check_utf8=False, column_types={LINE: pa.binary()}),
        )
    options = csv.ReadOptions(**read, encoding=columns.encoding or "utf-8")
    quotes = columns.quoting and source.format == "csv"
    parsing = csv.ParseOptions(
        delimiter=DELIMITERS[source.format], quote_char='"' if quotes else False, newlines_in_values=quotes
    )
    texts = csv.ConvertOptions(column_types=dict.fromkeys(_header(paths, options, parsing), pa.string()))
    return _read_csv(paths, options, parsing, texts)


def _header(paths: list[str], reading: Any, parsing: Any) -> list[str]:
    """Give the header that all files have.

    Raises:
        RecordError: a file has another one, which the engine would join with this one in silence.
    """
    first = _names(paths[0], reading, parsing)
    for path in paths[1:]:
        if (names := _names(path, reading, parsing)) != first:
            raise RecordError(f"its header {names} is not that of {paths[0]}: {first}", path=Path(path))
    return first


def _names(path: str, reading: Any, parsing: Any) -> list[str]:
    import pyarrow as pa
    from pyarrow import csv
    from pyarrow.fs import FileSystem

    system, place = FileSystem.from_uri(path)
    try:
        with system.open_input_stream(place) as stream:
            names: list[str] = csv.open_csv(stream, reading, parsing).schema.names
    except (OSError, pa.ArrowException) as error:
        raise RecordError(f"cannot be read: {_said(error)}", path=Path(path)) from None
    return names


def _read_csv(paths: list[str], reading: Any, parsing: Any, converting: Any) -> "Dataset":
    import ray.data

    return ray.data.read_csv(
        paths,
        file_extensions=None,
        num_cpus=READING_CPUS,
        partitioning=None,  # a folder called key=value is a name like any other
        read_options=reading,
        parse_options=parsing,
        convert_options=converting,
    )


def _not_blank(lines: "Table", encoding: str) -> "Table":
    """Leave out the lines that `records` takes for blank: the rows are counted without them."""
    import pyarrow as pa

    kept = [bool(raw.decode(encoding, "replace").strip()) for raw in lines[LINE].to_pylist()]
    return lines.filter(pa.array(kept, pa.bool_()))


def _cut(batches: Iterator["Table"], rows: int) -> Iterator["Table"]:
    """Cut tables anew, so that each has so many rows, but for the last."""
    import pyarrow as pa

    held: Table | None = None
    for batch in batches:
        held = batch if held is None else pa.concat_tables([held, batch])
        while len(held) >= rows:
            yield held.slice(0, rows)
            held = held.slice(rows)
    if held is not None and len(held):
        yield held
