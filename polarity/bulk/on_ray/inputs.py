"""Names, patterns, folders and addresses -> the files that they stand for, of one format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from polarity.errors import RecordError, SettingsError
from polarity.records import STANDARD_INPUT, files_of, form_of

KINDS: Final = frozenset({"parquet", "csv", "tsv", "jsonl"})


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
