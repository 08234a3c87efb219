"""Files -> bytes in parts: unpacked, and stopped where little is blown up into much."""

import gzip
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from polarity.errors import RecordError
from polarity.records.formats import STANDARD_INPUT

PART = 2**18  # bytes read at once; of a packed file no more than this is unpacked at once
HARMLESS = 2**28  # bytes: up to here nobody asks how small they were packed
MOST = 200  # times what lies on disk: text packs to a tenth, hardly ever to a hundredth


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or standard input, which stays open.

    Raises:
        RecordError: it is not there, is a folder, or cannot be opened.
    """
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    if os.path.isdir(path):  # noqa: PTH112 - of a name that is too long it says no, and raises nothing
        raise RecordError("is a folder, not a file", path=path)
    try:
        if path.is_char_device():
            raise RecordError("is a device, not a file", path=path)
        file = path.open("rb")
    except FileNotFoundError:
        raise RecordError("no such file", path=path) from None
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}", path=path) from None
    except ValueError as error:  # a NUL in the path
        raise RecordError(f"cannot be read: {error}", path=path) from None
    with file:
        yield file


def parts(file: IO[bytes], packing: str, path: Path) -> Iterator[bytes]:
    """Give a file's bytes, unpacked, in parts; after the first, of several lines each.

    Raises:
        RecordError: it cannot be read or unpacked, or is blown up beyond bounds by it.
    """
    with ExitStack() as stack:
        source = stack.enter_context(_unpacked(file, packing)) if packing else file
        count = 0
        while part := _next(source, packing, path):
            yield part
            count += len(part)
            if packing and count > HARMLESS:
                check_growth(file.tell(), count, path)


def check_growth(packed: int, unpacked: int, path: Path) -> None:
    """Stop at a file that is blown up when it is read, as those are that somebody made to fill memory.

    >>> check_growth(16_000, 2_600_000_000, Path("a.csv.gz"))
    Traceback (most recent call last):
    polarity.errors.RecordError: a.csv.gz: 16,000 bytes become more than 2,600,000,000: not read any further

    Raises:
        RecordError: it is.
    """
    if unpacked > max(HARMLESS, MOST * packed):
        raise RecordError(f"{packed:,} bytes become more than {unpacked:,}: not read any further", path=path)


def _unpacked(file: IO[bytes], packing: str) -> Any:
    if packing == ".gz":
        return gzip.GzipFile(fileobj=file)
    from backports import zstd  # what Python 3.14 has as compression.zstd

    return zstd.ZstdFile(file)


def _next(source: Any, packing: str, path: Path) -> bytes:
    try:
        part: bytes = source.read1(PART)  # what a pipe has by now
    except _unpacking_errors(packing) as error:
        what = "unpacked" if packing else "read"
        raise RecordError(
            f"cannot be {what}: {getattr(error, 'strerror', None) or error}", path=path
        ) from None
    return part


def _unpacking_errors(packing: str) -> tuple[type[Exception], ...]:
    usual = (EOFError, OSError, zlib.error)
    if packing != ".zst":
        return usual
    from backports.zstd import ZstdError

    return (*usual, ZstdError)
