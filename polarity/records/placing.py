"""Files that take their name when they are whole, and leave nothing behind when they are not."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from polarity.errors import RecordError


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a text file that takes its name only when it was written whole; its `buffer` takes bytes.

    A lone surrogate, which UTF-8 cannot hold, is written as its escape: a model's odd answer must
    not cost the file.

    Raises:
        RecordError: the file cannot be opened, written (the disk is full) or renamed. Any other
            error of the block comes through as it is.
    """
    with beside(path, "partial") as file:
        yield file
        file.close()
        with _writing(path):
            Path(file.name).replace(path)


@contextmanager
def beside(path: Path, ending: str) -> Iterator[TextIO]:
    """Open a new file in the target's folder, to be written and read; it is gone after the block."""
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


class _Guarded(io.FileIO):
    """A file whose own errors are RecordErrors that name the target: no other OSError is touched."""

    def __init__(self, own: Path, target: Path) -> None:
        self._target = target
        super().__init__(own, "w+")

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
