"""Texts that nothing may be trained on, known by hashes: a test set cannot leak, and need not be shown."""

import hashlib
import html
import re
from pathlib import Path

from polarity.errors import RecordError
from polarity.places import file_bytes

SHORTEST_HASHED = 12  # characters: below that, different people write the same text
HASH_DIGITS = 16
HASH = re.compile(rf"[0-9a-f]{{{HASH_DIGITS}}}")


def read_holdout(path: Path) -> frozenset[str]:
    """Read a hash file: one `holdout_hash` a line.

    Raises:
        RecordError: the file cannot be read, or holds something else.
    """
    try:
        lines = file_bytes(path).decode().split("\n")
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}", path=path) from None
    except UnicodeDecodeError:
        raise RecordError("not a hash file: not UTF-8", path=path) from None
    for number, line in enumerate(lines, start=1):
        if line.strip() and not HASH.fullmatch(line.strip()):
            problem = f"not a hash of {HASH_DIGITS} hex digits: {line.strip()[:60]!r}"
            raise RecordError(problem, path=path, line=number)
    return frozenset(line.strip() for line in lines if line.strip())


def holdout_hash(text: str) -> str | None:
    """Hash what is left of a text when case, markup and punctuation are gone; None if too short to tell.

    >>> holdout_hash("One long string of clich&eacute;s .") == holdout_hash("one long string of clichés")
    True
    >>> holdout_hash("It broke.") is None
    True
    """
    bare = html.unescape(text).lower().replace("-lrb-", "").replace("-rrb-", "")
    bare = re.sub(r"[^0-9a-z]", "", bare)
    if len(bare) < SHORTEST_HASHED:
        return None
    return hashlib.sha256(bare.encode("ascii")).hexdigest()[:HASH_DIGITS]
