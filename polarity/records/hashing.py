"""What tells one file's content from another's."""

import hashlib
from pathlib import Path


def file_hash(path: Path) -> str:
    """Give the sha256 of a file's bytes, in hex.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
