"""Files -> records: one row at a time, every problem with its file and line."""

import csv
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from polarity.errors import RecordError
from polarity.records.formats import DELIMITERS, MAX_CELL, STANDARD_INPUT, format_of
from polarity.records.parquet import parquet_rows
from polarity.texts import has_visible

csv.field_size_limit(MAX_CELL)  # the module's own is 128 KiB, and it has one for the whole process


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a record's parts stand in a row. Without a `label`, every row's label is unknown."""

    text: str = "text"
    label: str | None = "label"
    id: str = "id"


DEFAULT_COLUMNS = Columns()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One text. `label` is its gold label where known; `extra` carries every other column through.

    `path` is the file it is from, for errors to name. `id` is whatever the file says. It names a row to
    its readers and is not a key: `read` does not hold the ids it has seen, so two rows may have the same one.
    """

    text: str
    id: str
    line: int
    label: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    path: Path | None = field(default=None, compare=False, repr=False)


def read(path: Path, columns: Columns = DEFAULT_COLUMNS, *, limit: int | None = None) -> Iterator[Record]:
    """Stream the records of a file in any of the `SUFFIXES` ("-" reads JSON Lines on standard input).

    A row without an id gets its line number as id, also where another row has that id already:
    ids are carried as they are, and whether they are unique is the caller's business. Parquet has
    no lines: there it is the row's number, from 1; what becomes of its types says `parquet_rows`.

    Raises:
        RecordError: the file is missing, empty, of an unknown suffix or not UTF-8, or a row has no
            usable text, or none has a column that is not named by default. Names the file and the line.
        ValueError: `limit` is negative.
    """
    if limit is not None and limit < 0:
        raise ValueError(f"a limit is not negative: {limit}")
    row: Mapping[str, Any] = {}
    unseen = {columns.label, columns.id} - {DEFAULT_COLUMNS.label, DEFAULT_COLUMNS.id, None}
    for line, row in islice(_rows(path), limit):
        unseen -= row.keys()
        yield _record(row, columns, path, line)
    for name in sorted(filter(None, unseen)):
        found = ", ".join(map(repr, row))
        raise RecordError(f"no row that was read has a column {name!r}; found {found}", path=path)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if os.path.isdir(path):  # noqa: PTH112 - of a name that is too long it says no, and raises nothing
        raise RecordError("is a folder, not a file", path=path)
    kind = "jsonl" if path == STANDARD_INPUT else format_of(path)
    found = False
    with _open(path) as file:
        for found_row in _rows_of(file, kind, path):
            found = True
            yield found_row
    if not found:
        raise RecordError("holds no records", path=path)


def _rows_of(file: IO[bytes], kind: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if kind == "parquet":
        return parquet_rows(file, path)
    lines = _decoded(file, path)
    return _json_rows(lines, path) if kind == "jsonl" else _csv_rows(lines, kind, path)


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise RecordError("no such file", path=path) from None
    except IsADirectoryError:
        raise RecordError("is a folder, not a file", path=path) from None
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}", path=path) from None
    except ValueError as error:  # a NUL in the path
        raise RecordError(f"cannot be read: {error}", path=path) from None
    with file:
        yield file


def _decoded(file: IO[bytes], path: Path) -> Iterator[tuple[int, str]]:
    """Number the lines; only a line feed ends one, so U+2028 inside a text stays inside it."""
    for number, raw in enumerate(file, start=1):
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            bad = raw[error.start : error.start + 1]
            raise RecordError(
                f"not UTF-8: byte {bad!r} at column {error.start + 1}", path=path, line=number
            ) from None
        yield number, text


def _json_rows(lines: Iterable[tuple[int, str]], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, text in lines:
        if not text.strip():
            continue
        try:
            row = json_value(text)
        except json.JSONDecodeError as error:
            raise RecordError(
                f"not JSON: {error.msg} at column {error.colno}", path=path, line=number
            ) from None
        except (ValueError, RecursionError) as error:
            raise RecordError(f"not JSON that can be kept: {error}", path=path, line=number) from None
        if not isinstance(row, dict):
            raise RecordError(f"not a JSON object: {text.strip()[:60]!r}", path=path, line=number)
        yield number, row


def json_value(text: str) -> Any:
    """Read one JSON value that can be written again as it was: no NaN, no lone surrogate, no key twice.

    Raises:
        ValueError: it is not such a value.
        RecursionError: it nests too deep.
    """
    row = DECODER.decode(text)
    if "\\u" in text:
        try:
            json.dumps(row, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            surrogate = error.object[error.start]
            raise ValueError(f"it holds the lone surrogate {surrogate!r}") from None
    return row


def _finite(number: str) -> float:
    if not math.isfinite(float(number)):
        raise ValueError(f"{number[:20]} is not a finite number")
    return float(number)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} stands twice in one object")
        found[name] = value
    return found


def _csv_rows(
    lines: Iterable[tuple[int, str]], kind: str, path: Path
) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader((text for _, text in lines), delimiter=DELIMITERS[kind], strict=True)
    header: list[str] | None = None
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise RecordError(f"not {kind.upper()}: {error}", path=path, line=start) from None
        if not cells:
            continue
        if header is None:
            header = _checked_header(cells, path, start)
        elif len(cells) != len(header):
            raise RecordError(f"{len(cells)} cells where the header has {len(header)}", path=path, line=start)
        else:
            yield start, dict(zip(header, cells, strict=True))


def _checked_header(header: list[str], path: Path, line: int) -> list[str]:
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise RecordError(f"column {repeated[0]!r} stands twice in the header", path=path, line=line)
    return header


def _record(row: dict[str, Any], columns: Columns, path: Path, line: int) -> Record:
    if columns.text not in row:
        found = ", ".join(repr(name) for name in row)
        raise RecordError(f"no column {columns.text!r}; found {found}", path=path, line=line)
    text, id_ = row[columns.text], row.get(columns.id)
    label = None if columns.label is None else row.get(columns.label)
    if not isinstance(text, str):
        raise RecordError(f"column {columns.text!r} is not text: {text!r}", path=path, line=line)
    if problem := text_problem(text):
        raise RecordError(f"column {columns.text!r} {problem}", path=path, line=line)
    if label is not None and not isinstance(label, str):
        raise RecordError(f"column {columns.label!r} is not text: {label!r}", path=path, line=line)
    if id_ is not None and type(id_) not in (str, int, float):
        raise RecordError(
            f"column {columns.id!r} is neither text nor a number: {id_!r}", path=path, line=line
        )
    extra = {
        name: value for name, value in row.items() if name not in (columns.text, columns.label, columns.id)
    }
    return Record(
        text=text,
        id=str(line if id_ in (None, "") else id_),
        line=line,
        label=label or None,
        extra=extra,
        path=path,
    )


DECODER = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_finite, parse_float=_finite)


def text_problem(text: str) -> str | None:
    r"""Say why a text cannot be classified, or None.

    >>> text_problem("  \n"), text_problem("\u200b\u3164")
    ('is blank', 'holds no character that can be seen')
    >>> text_problem("fine")
    """
    if not has_visible(text):
        return "holds no character that can be seen" if text.strip() else "is blank"
    if "\x00" in text:
        return f"holds a NUL character at position {text.index(chr(0))}"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return f"holds a lone surrogate at position {error.start}"
    return None
