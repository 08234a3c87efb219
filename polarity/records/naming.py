"""Which of the columns that there are is meant, and what a row is called."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from polarity.errors import RecordError
from polarity.records.rows import Columns

NAMED = 3  # files that a page is named after


def found_name(wanted: str, names: Iterable[str]) -> str | None:
    """Find a column by its name, else by one that differs only in case and blanks at its edges.

    >>> found_name("text", ["ID", " Text "]), found_name("text", ["Text", "text"])
    (' Text ', 'text')

    Raises:
        RecordError: several differ only in that.
    """
    found = near_names(wanted, names)
    if len(found) > 1:
        likely = " or ".join(map(repr, found))
        raise RecordError(f"column {wanted!r} may be {likely}: name the one that is meant")
    return found[0] if found else None


def near_names(wanted: str, names: Iterable[str]) -> list[str]:
    """List the columns that may be meant: the one of that very name, or all that are near it."""
    there = list(names)
    return [wanted] if wanted in there else [name for name in there if _folded(name) == _folded(wanted)]


def read_names(columns: Columns, names: Sequence[str]) -> set[str]:
    """Give the columns that are read, or that may be."""
    wanted = filter(None, (columns.text, columns.label, columns.id))
    return {name for one in wanted for name in near_names(one, names)}


def row_name(path: Path | None, line: int | None) -> str:
    """Name a row for readers: by its file, with the folder that tells files of one name apart, and its line.

    >>> row_name(Path("/data/shop/in.csv"), 3), row_name(None, 3)
    ('shop/in.csv:3', '')
    """
    return "" if path is None else ":".join([_named(path), *([] if line is None else [str(line)])])


def source_name(paths: Sequence[Path]) -> str:
    """Name files as the readers of a page know them.

    >>> source_name([Path("in/a.csv"), Path("-")])
    'a.csv, standard input'
    """
    names = ["standard input" if str(path) == "-" else path.name for path in paths]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


@lru_cache
def _named(path: Path) -> str:
    return str(Path(*path.parts[-2:]))


def _folded(name: str) -> str:
    return name.strip().strip("\ufeff").casefold()
