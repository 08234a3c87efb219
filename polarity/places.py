"""Files that are read whole."""

import errno
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
