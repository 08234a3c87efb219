"""Files -> records: one row at a time, every problem with its file and line."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from polarity.errors import RecordError
from polarity.records.delimited import delimited_rows
from polarity.records.formats import DELIMITERS, MAX_CELL, Form, form_of
from polarity.records.jsons import json_rows, line_rows
from polarity.records.lines import Line, Lines
from polarity.records.naming import found_name
from polarity.records.opening import opened, parts
from polarity.records.parquet import parquet_rows
from polarity.records.plain import Carried
from polarity.records.rows import (
    DEFAULT_COLUMNS,
    UNREAD,
    Columns,
    Intake,
    LabelOf,
    Record,
    Row,
    Sieve,
    none_left,
)
from polarity.records.sheets import sheet_rows
from polarity.texts import has_visible

SHOWN = 60  # characters of what stands in place of a text


def read(
    path: Path,
    columns: Columns = DEFAULT_COLUMNS,
    *,
    intake: Intake | None = None,
    label_of: LabelOf | None = None,
) -> Iterator[Record]:
    """Stream the records of a file in any of the `SUFFIXES` ("-" reads JSON Lines on standard input).

    A row without an id gets its line number as id, also where another row has that id already:
    ids are carried as they are, and whether they are unique is the caller's business. Parquet has
    no lines: there it is the row's number, from 1; what becomes of its types says `plain`. A row that is of
    no use, since it is broken, blank or has no text, is left out, and the intake hears of it. `label_of` says
    which names are labels, to whom that matters: see `class_names`.

    Raises:
        RecordError: the file is missing, empty, of an unknown suffix or encoding, none of its rows is of use,
            or none has a column that is not named by default; without an intake, the first row is of no use.
            Names the file and the line.
        ValueError: the limit is negative.
    """
    sieve = Sieve(intake)
    for record in read_all(path, columns, intake=intake, label_of=label_of):
        if sieve.passes(record.problem, path, record.line):
            yield record


def read_all(
    path: Path,
    columns: Columns = DEFAULT_COLUMNS,
    *,
    intake: Intake | None = None,
    label_of: LabelOf | None = None,
) -> Iterator[Record]:
    """Stream every row of a file as a record, in its place; what is of no use says so by its `problem`.

    Raises:
        RecordError: as `read`, but for single rows.
        ValueError: the limit is negative.
    """
    if columns.limit is not None and columns.limit < 0:
        raise ValueError(f"a limit is not negative: {columns.limit}")
    form = form_of(path)
    seen = _Seen(path, columns, is_table=form.kind not in ("json", "jsonl"))
    for row in islice(_rows(path, form, columns, intake, label_of), columns.limit):
        places = _places(tuple(row.cells), columns)
        record = _record(row, places, columns, path)
        seen.add(row, places, record)
        yield record
    if columns.limit != 0:
        seen.check()


def records_of_lines(lines: Iterable[Line], columns: Columns, path: Path) -> Iterator[Record]:
    """Read lines of JSON, each a row by itself, a blank one none; what is of no use has a problem.

    >>> lines = [Line(1, '{"text": "Fine."}'), Line(2, "{")]
    >>> [record.problem for record in records_of_lines(lines, DEFAULT_COLUMNS, Path("a.jsonl"))]
    [None, 'not JSON: Expecting property name enclosed in double quotes at column 2']
    """
    for row in line_rows(lines, columns):
        yield _record(row, _places(tuple(row.cells), columns), columns, path)


class _Seen:
    """What the rows of a file were like, to judge by it whether the file is the one that is meant."""

    def __init__(self, path: Path, columns: Columns, *, is_table: bool) -> None:
        self._path, self._columns, self._is_table = path, columns, is_table
        self._unseen = {columns.label, columns.id} - {DEFAULT_COLUMNS.label, DEFAULT_COLUMNS.id, None}
        self._last: Row | None = None
        self._first_bad: RecordError | None = None
        self._count = self._bad = 0

    def add(self, row: Row, places: "Places", record: Record) -> None:
        """Look at a row.

        Raises:
            RecordError: it lacks the column of texts, and so does every other one of the table.
        """
        self._last = row
        self._count += 1
        for wanted, found in ((self._columns.label, places.label), (self._columns.id, places.id)):
            if found is not None:
                self._unseen.discard(wanted)
        if record.problem:
            self._bad += 1
            error = RecordError(record.problem, path=self._path, line=row.line)
            self._first_bad = self._first_bad or error
            if self._is_table and places.problem and not row.problem:
                raise RecordError(places.problem, path=self._path)  # of no single row

    def check(self) -> None:
        """Judge at the end.

        Raises:
            RecordError: there was no row, none of use, or none with a column that was named.
        """
        if self._last is None:
            raise RecordError("holds no records", path=self._path)
        if self._first_bad and self._bad == self._count:
            raise none_left(self._first_bad, self._bad)
        for name in sorted(filter(None, self._unseen)):
            found = ", ".join(map(repr, self._last.cells))
            raise RecordError(f"no row that was read has a column {name!r}; found {found}", path=self._path)


def _rows(
    path: Path, form: Form, columns: Columns, intake: Intake | None, label_of: LabelOf | None
) -> Iterator[Row]:
    with opened(path) as file:
        if form.kind == "parquet":
            yield from parquet_rows(file, columns, path, intake, label_of)
        else:
            yield from _rows_of(file, form, columns, path, intake)


def _rows_of(
    file: IO[bytes], form: Form, columns: Columns, path: Path, intake: Intake | None
) -> Iterator[Row]:
    if form.kind == "xlsx":
        return sheet_rows(file, columns, path, intake)
    lines = Lines(parts(file, form.packing, path), path, columns.encoding)
    if lines.found and intake:
        intake.found(path, f"it is {lines.found.upper()}, by its byte-order mark")
    if form.kind in DELIMITERS:
        return delimited_rows(lines, form.kind, columns, path, intake)
    return json_rows(lines, form.kind, columns, path)


class Places(NamedTuple):
    """The names that a row has for what is read, and why there is none for the text."""

    text: str | None
    label: str | None
    id: str | None
    problem: str | None = None


@lru_cache(maxsize=1024)
def _places(names: tuple[str, ...], columns: Columns) -> Places:
    label, id_ = _found_or_none(columns.label, names), _found_or_none(columns.id, names)
    try:
        text = found_name(columns.text, names)
    except RecordError as error:
        return Places(None, label, id_, error.problem)
    missing = f"no column {columns.text!r}; found {', '.join(map(repr, names)) or 'none'}"
    return Places(text, label, id_, missing if text is None else None)


def _found_or_none(wanted: str | None, names: Iterable[str]) -> str | None:
    try:
        return None if wanted is None else found_name(wanted, names)
    except RecordError:
        return None


def _record(row: Row, places: Places, columns: Columns, path: Path) -> Record:
    """Make a record of a row. What is of no use of it is carried as any other column."""
    cells = dict(row.cells)
    problem = row.problem or places.problem or cell_problem(columns.text, cells.get(places.text or ""))
    text = "" if problem else cells.pop(places.text or "")
    if problem and places.text is not None:
        name = UNREAD if row.problem else columns.text  # by which what is written has it, too
        cells[name] = cells.pop(places.text)
    id_ = None if places.id is None else cells.pop(places.id)
    label = cells.get(places.label or "")
    if places.label is not None and not isinstance(label, (list, dict)):
        del cells[places.label]
    return Record(
        text=text,
        id=str(row.line) if id_ in (None, "") else _spelled(id_) or str(row.line),
        line=row.line,
        label=_spelled(_alone(label)) or None,
        extra=cells,
        path=path,
        problem=problem,
    )


def _alone(value: Any) -> Any:
    """Take one label out of a list of one, as tools for labelling write them; several stay several."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _spelled(value: Any) -> str:
    """Spell a label, or an id, which may be a number; what has parts is neither.

    >>> _spelled(3), _spelled("x"), _spelled(None), _spelled(["x"])
    ('3', 'x', '', '')
    """
    return "" if value is None or isinstance(value, (list, dict)) else str(value)


def cell_problem(column: str, text: Any) -> str | None:
    """Say why what stands in a column of texts cannot be classified, or None.

    >>> cell_problem("text", 7), cell_problem("text", " ")
    ("column 'text' is not text: 7", "column 'text' is blank")
    """
    if not isinstance(text, str) or isinstance(text, Carried):
        return f"column {column!r} is not text: {str(text)[:SHOWN]}"
    problem = text_problem(text)
    return problem and f"column {column!r} {problem}"


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
    if len(text) > MAX_CELL:
        return f"has {len(text):,} characters, more than {MAX_CELL:,}"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return f"holds a lone surrogate at position {error.start}"
    return None
