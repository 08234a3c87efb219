"""Records as text, to be kept and read back, and what tells some from others."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from polarity.errors import RecordError
from polarity.records import Record


class Digests:
    """Hashes records as they pass, by the name of the file that they are from, wherever it lies."""

    def __init__(self) -> None:
        self._digests: dict[str, Any] = {}

    def watched(self, records: Iterable[Record]) -> Iterator[Record]:
        """Let records through."""
        for record in records:
            digest = self._digests.setdefault(record.path.name if record.path else "", hashlib.sha256())
            digest.update(_content(record).encode())
            yield record

    def by_file(self) -> dict[str, str]:
        """Give the sha256 of what passed."""
        return {name: digest.hexdigest() for name, digest in self._digests.items()}


def written(record: Record) -> tuple[str, str]:
    """Spell a record as two texts: what it says, and the path of its file.

    >>> record = Record(text="Fine.", id="1", line=1)
    >>> read_back(*written(record)) == record
    True

    Raises:
        RecordError: a column nests too deep.
    """
    return _content(record), json.dumps(None if record.path is None else str(record.path))


def _content(record: Record) -> str:
    """Spell a record so that it can be read back; as ASCII, since a text may hold what SQLite cannot."""
    try:
        problem = () if record.problem is None else (record.problem,)
        return json.dumps([record.text, record.id, record.line, record.label, record.extra, *problem])
    except RecursionError:
        raise RecordError("a column nests too deep to be kept", path=record.path, line=record.line) from None


def read_back(content: str, path: str) -> Record:
    """Read what `written` gave."""
    text, id_, line, label, extra, *problem = json.loads(content)
    name = json.loads(path)
    return Record(
        text=text,
        id=id_,
        line=line,
        label=label,
        extra=extra,
        path=None if name is None else Path(name),
        problem=problem[0] if problem else None,
    )
