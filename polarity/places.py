"""Files that are read whole, and what tells one file's content from another's."""

import errno
import hashlib
from functools import lru_cache
from pathlib import Path


def file_bytes(path: Path) -> bytes:
    """Read a file; a device, which may have no end, is none.

    >>> file_bytes(Path("/dev/zero"))
    Traceback (most recent call last):
    OSError: [Errno 22] is a device, not a file: '/dev/zero'

    Raises:
        OSError: it cannot be read; its `strerror` says why.
    """
    if path.is_char_device() or path.is_block_device():
        raise OSError(errno.EINVAL, "is a device, not a file", str(path))
    return path.read_bytes()


def file_hash(path: Path) -> str:
    """Give the sha256 of a file's bytes, in hex.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def hash_once(path: Path) -> str:
    """Give the sha256 of a file, read once in this process unless it changes: weights have gigabytes.

    Raises:
        OSError: it cannot be read.
    """
    looks = path.stat()
    return _hash_of(path, looks.st_size, looks.st_mtime_ns)


@lru_cache(maxsize=64)
def _hash_of(path: Path, _size: int, _changed: int) -> str:
    return file_hash(path)
