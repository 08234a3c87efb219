"""Rows -> files: whole, or not at all."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from polarity.errors import RecordError
from polarity.records.formats import DELIMITERS, MAX_CELL, as_json, format_of
from polarity.records.parquet import write_parquet
from polarity.records.placing import beside, replacing

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(path: Path, rows: Iterable[Mapping[str, Any]], *, spreadsheet_safe: bool = False) -> None:
    """Write rows as `.jsonl`, `.ndjson`, `.csv`, `.tsv` or `.parquet`: whole, or not at all.

    Rows may have different columns. A CSV, TSV or Parquet file has all of them, in order of first
    appearance, and an empty cell where a row has none; a list or a mapping becomes JSON. A text comes back
    as it was, unless it is `spreadsheet_safe`: then a cell of CSV or TSV that a spreadsheet would run as a
    formula gets an apostrophe in front (OWASP, "CSV Injection"), and whoever reads the file finds it there:
    `read` does not take it off. A Parquet column is of one type: see `write_parquet`.

    Raises:
        RecordError: the suffix is unknown, the file cannot be written, or a row holds what the
            format cannot. What `rows` itself raises comes through as it is.
    """
    kind = format_of(path)
    if kind == "parquet":
        write_parquet(path, rows)
    elif kind in DELIMITERS:
        _write_csv(path, rows, DELIMITERS[kind], defused if spreadsheet_safe else _kept)
    else:
        with replacing(path) as file:
            file.writelines(f"{as_json(row, path)}\n" for row in rows)


Made = Callable[[Any], Any]  # of what stands in a cell


def _kept(value: Any) -> Any:
    return value


def _write_csv(path: Path, rows: Iterable[Mapping[str, Any]], delimiter: str, made: Made) -> None:
    """Take the rows in once, into a file beside the target, since the header is known after the last.

    A file, not memory: rows come from a stream that may be as long as it likes.
    """
    names: dict[str, None] = {}
    with beside(path, "rows") as taken:
        write_csv(taken, _cells(rows, names, path, made))
        taken.seek(0)
        with replacing(path) as file:
            write_csv(file, [[made(name) for name in names]] if names else [], delimiter)
            whole = (cells + [""] * (len(names) - len(cells)) for cells in csv.reader(taken))
            write_csv(file, whole, delimiter)


def _cells(
    rows: Iterable[Mapping[str, Any]], names: dict[str, None], path: Path, made: Made
) -> Iterator[list[Any]]:
    """Spell each row over the columns known by then; later ones only lengthen it at its end."""
    for row in rows:
        names |= dict.fromkeys(row)
        yield [_cell(row.get(name), path, made) for name in names]


def _cell(value: Any, path: Path, made: Made) -> Any:
    cell = made(as_json(value, path) if isinstance(value, (list, tuple, Mapping)) else value)
    if isinstance(cell, str) and len(cell) > MAX_CELL:
        problem = f"a cell of {len(cell):,} characters is longer than {MAX_CELL:,}"
        raise RecordError(f"cannot be written: {problem}", path=path)
    return cell


def write_csv(file: TextIO, rows: Iterable[Sequence[Any]], delimiter: str = ",") -> None:
    """Write cells as CSV that `read` takes: rows end in a line feed, what needs quotes has them."""
    csv.writer(_LineFeeds(file), delimiter=delimiter, lineterminator="\r\n").writerows(rows)


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
