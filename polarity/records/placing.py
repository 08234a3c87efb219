"""Files that take their name when they are whole, and leave nothing behind when they are not."""

import fcntl
import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import Any, TextIO

from polarity.errors import RecordError


def paths_of(named: str | Path | Sequence[str | Path]) -> list[Path]:
    """Give paths where somebody names one file or several.

    >>> paths_of("in.csv") == paths_of([Path("in.csv")])
    True
    """
    return [Path(one) for one in ([named] if isinstance(named, (str, Path)) else named)]


def check_place(path: Path, inputs: Sequence[Path] = ()) -> None:
    """Make sure that a file can be put at `path`: before any model is asked, not after.

    Raises:
        RecordError: its folder is missing or nothing can be written into it, it is a folder itself, or
            it is one of the inputs, which would be lost.
    """
    if not path.parent.is_dir():
        raise RecordError(f"cannot be written: no such folder: {str(path.parent)!r}", path=path)
    if path.is_dir():
        raise RecordError("cannot be written: is a folder", path=path)
    if path.resolve() in {read.resolve() for read in inputs}:
        raise RecordError("cannot be written: it is read, and would be lost", path=path)
    with _writing(path), tempfile.TemporaryFile(dir=path.parent):
        pass


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a text file that takes its name only when it was written whole; its `buffer` takes bytes.

    A lone surrogate, which UTF-8 cannot hold, is written as its escape: a model's odd answer must
    not cost the file.

    Raises:
        RecordError: the file cannot be opened, written (the disk is full) or renamed. Any other
            error of the block comes through as it is.
    """
    with replacing_all([path]) as (file,):
        yield file


@contextmanager
def replacing_all(paths: Sequence[Path]) -> Iterator[list[TextIO]]:
    """Open several such files, which take their names one after the other when all of them are whole.

    Raises:
        RecordError: as `replacing`. If one cannot be written, none takes its name; if one cannot be
            renamed, those before it have taken theirs.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(beside(path, "partial")) for path in paths]
        yield files
        for file in files:
            file.flush()
        for file, path in zip(files, paths, strict=True):  # still locked: nobody takes them for left behind
            with _writing(path):
                Path(file.name).replace(path)


@contextmanager
def beside(path: Path, ending: str) -> Iterator[TextIO]:
    """Open a new file in the target's folder, to be written and read; it is gone after the block.

    What a killed process left there, for the same target and ending, goes too: a file is locked as long as
    somebody writes it.
    """
    _sweep(path, ending)
    own = path.with_name(f".{path.name}.{os.getpid()}.{ending}")
    with _writing(path):
        raw = _Guarded(own, path)
    file = io.TextIOWrapper(io.BufferedRandom(raw), encoding="utf-8", errors="backslashreplace", newline="")
    try:
        yield file
        file.close()
    finally:
        with suppress(RecordError):  # the block's own error says more
            file.close()
        own.unlink(missing_ok=True)


def _sweep(path: Path, ending: str) -> None:
    """Remove files that are named as ours, with a process in it, and that nobody has locked."""
    for left in path.parent.glob(f".{escape(path.name)}.*.{ending}"):
        number = left.name.removeprefix(f".{path.name}.").removesuffix(f".{ending}")
        if number.isdecimal() and left.is_file():
            with suppress(OSError), left.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()


class _Guarded(io.FileIO):
    """A file whose own errors are RecordErrors that name the target: no other OSError is touched."""

    def __init__(self, own: Path, target: Path) -> None:
        self._target = target
        is_there = False
        while not is_there:  # between opening and locking it may be swept
            super().__init__(own, "w+")
            with suppress(OSError):  # a file system without locks: then nothing is swept either
                fcntl.flock(self, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_there = own.exists()

    def write(self, data: Any, /) -> int:
        with _writing(self._target):
            return super().write(data)

    def close(self) -> None:
        with _writing(self._target):
            super().close()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordError(f"cannot be written: {error.strerror}", path=path) from None
    except ValueError as error:  # a NUL in the path
        raise RecordError(f"cannot be written: {error}", path=path) from None
