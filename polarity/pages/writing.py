"""One place that chooses by a file's suffix how it is written, and writes it whole or not at all.

A room has its own table of writers, by suffix; what is checked, and what is said of a file that cannot
be written, is the same for all of them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO, TypeVar

from polarity.errors import RecordError
from polarity.records import check_place, replacing_all

Content = TypeVar("Content")


class Output(NamedTuple):
    """A file that is being written, and the suffix, in lower case, that says how."""

    path: Path
    suffix: str
    file: TextIO


def check_outputs(paths: Sequence[Path], known: Collection[str], inputs: Sequence[Path] = ()) -> None:
    """Make sure that every path has one of the known suffixes and can be written: before a model is asked.

    Raises:
        RecordError: a suffix is not known, a folder is missing or cannot be written into, or a file
            would take the place of a folder or of one of the `inputs`.
    """
    _check_suffixes(paths, known)
    for path in paths:
        check_place(path, inputs)


@contextmanager
def writing(paths: Sequence[Path], known: Collection[str]) -> Iterator[list[Output]]:
    """Open files, each of which takes its name when all of them are whole; one that is named twice is one.

    Raises:
        RecordError: a suffix is not known, or a file cannot be written.
    """
    _check_suffixes(paths, known)
    places = list({path.resolve(): path for path in paths}.values())
    with replacing_all(places) as files:
        yield [Output(path, path.suffix.lower(), file) for path, file in zip(places, files, strict=True)]


def write_outputs(
    paths: Sequence[Path], writers: Mapping[str, Callable[[TextIO, Content], None]], content: Content
) -> None:
    """Write the same content into every file, by the writer of its suffix.

    Raises:
        RecordError: as `writing`.
    """
    with writing(paths, writers) as outputs:
        for output in outputs:
            writers[output.suffix](output.file, content)


def _check_suffixes(paths: Sequence[Path], known: Collection[str]) -> None:
    for path in paths:
        if path.suffix.lower() not in known:
            names = ", ".join(sorted(known))
            hint = "" if path.suffix else f"; it writes files, such as {path.name}{min(known)}"
            raise RecordError(f"unknown suffix {path.suffix!r}; known: {names}{hint}", path=path)
