"""Rows -> files: whole, or not at all."""

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from polarity.errors import RecordError
from polarity.records.formats import MAX_CELL, format_of

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as `.jsonl` or `.csv`: whole, or not at all.

    Rows may have different columns. A CSV file has all of them, in order of first appearance, and
    an empty cell where a row has none; a list or a mapping becomes JSON. A cell that a spreadsheet
    would run as a formula gets an apostrophe in front (OWASP, "CSV Injection"), and whoever reads
    the file finds it there: `read` does not take it off. JSON Lines come back as they were.

    Raises:
        RecordError: the suffix is unknown, the file cannot be written, or a row holds what the
            format cannot. What `rows` itself raises comes through as it is.
    """
    if format_of(path) == "csv":
        _write_csv(path, rows)
        return
    with replacing(path) as file:
        file.writelines(f"{_json(row, path)}\n" for row in rows)


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a text file that takes its name only when it was written whole.

    A lone surrogate, which UTF-8 cannot hold, is written as its escape: a model's odd answer must
    not cost the file.

    Raises:
        RecordError: the file cannot be opened, written (the disk is full) or renamed. Any other
            error of the block comes through as it is.
    """
    with _beside(path, "partial") as file:
        yield file
        file.close()
        with _writing(path):
            Path(file.name).replace(path)


@contextmanager
def _beside(path: Path, ending: str) -> Iterator[TextIO]:
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


def _json(value: Any, path: Path) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RecordError(f"cannot be written: {error}", path=path) from None


def _write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Take the rows in once, into a file beside the target, since the header is known after the last.

    A file, not memory: rows come from a stream that may be as long as it likes.
    """
    names: dict[str, None] = {}
    with _beside(path, "rows") as taken:
        write_csv(taken, _cells(rows, names, path))
        taken.seek(0)
        with replacing(path) as file:
            write_csv(file, [[defused(name) for name in names]] if names else [])
            write_csv(file, (cells + [""] * (len(names) - len(cells)) for cells in csv.reader(taken)))


def _cells(rows: Iterable[Mapping[str, Any]], names: dict[str, None], path: Path) -> Iterator[list[Any]]:
    """Spell each row over the columns known by then; later ones only lengthen it at its end."""
    for row in rows:
        names |= dict.fromkeys(row)
        yield [_cell(row.get(name), path) for name in names]


def _cell(value: Any, path: Path) -> Any:
    cell = defused(_json(value, path) if isinstance(value, (list, tuple, Mapping)) else value)
    if isinstance(cell, str) and len(cell) > MAX_CELL:
        problem = f"a cell of {len(cell):,} characters is longer than {MAX_CELL:,}"
        raise RecordError(f"cannot be written: {problem}", path=path)
    return cell


def write_csv(file: TextIO, rows: Iterable[Sequence[Any]]) -> None:
    """Write cells as CSV that `read` takes: rows end in a line feed, what needs quotes has them."""
    csv.writer(_LineFeeds(file), lineterminator="\r\n").writerows(rows)


class _LineFeeds:
    """Ends rows in a line feed, where csv.writer is told both characters: it quotes no others."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(row.removesuffix("\r\n") + "\n")


def defused(value: Any) -> Any:
    """Keep a spreadsheet from running a text as a formula. A number is none.

    The apostrophe becomes part of the text: whoever reads the cell back finds it there, and a text
    that had one of its own cannot be told from it.

    >>> defused("=1+1"), defused("fine"), defused("-3")
    ("'=1+1", 'fine', '-3')
    """
    if isinstance(value, str) and value.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value
