"""CSV and TSV -> rows: what separates the cells is found, and a quote that goes wrong costs one row."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from polarity.errors import RecordError
from polarity.records.formats import DELIMITERS, MAX_CELL
from polarity.records.lines import Ahead, Line
from polarity.records.naming import near_names
from polarity.records.rows import Columns, Cut, Intake, Row
from polarity.records.tabbed import tabbed_cells
from polarity.statistics.counted import counted

csv.field_size_limit(MAX_CELL)  # the module's own is 128 KiB, and it has one for the whole process

ORDER = (",", ";", "\t", "|")
SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
DECLARED = "sep="  # Excel's own first line
UNQUOTED = "; if its quotes are no CSV quotes: --no-quoting"


def delimited_rows(
    lines: Iterable[Line], kind: str, columns: Columns, path: Path, intake: Intake | None
) -> Iterator[Row]:
    """Stream rows, cells by the names in the header. Blank lines are no rows.

    The cells are separated by what a line `sep=;` before the header says, or by the first of comma,
    semicolon, tab and vertical bar with which the header holds the column of texts; the suffix's own is
    tried before them. A row with too many or too few cells, or whose quotes are wrong, has a problem.

    Raises:
        RecordError: the header cannot be read, or names the text, the label or the id twice.
    """
    ahead = Ahead(lines)
    first = _first_line(ahead)
    if first is None:
        return
    delimiter = _declared(first.text)
    if delimiter is None:
        ahead.give_back([first])
        delimiter = _delimiter(first.text, DELIMITERS[kind], columns)
    if delimiter != DELIMITERS[kind] and intake:
        intake.found(path, f"its cells are separated by {SPOKEN.get(delimiter, repr(delimiter))}")
    top = next(_cut(ahead, delimiter, columns, kind), None)
    if top is None:
        return
    header = _header(top, columns, path)
    for start, cells, problem in _cut(ahead, delimiter, columns, kind, header):
        yield _row(start, cells, problem, header)


def _first_line(ahead: Ahead) -> Line | None:
    while (line := ahead.next()) and not line.text.strip():
        pass
    return line


def _declared(text: str) -> str | None:
    r"""Read Excel's line that names the separator.

    >>> _declared("sep=;\r\n"), _declared("text;label"), _declared('"sep=,"')
    (';', None, ',')
    """
    said = text.strip("\r\n").strip('"')
    is_said = said[: len(DECLARED)].lower() == DECLARED and len(said) == len(DECLARED) + 1
    return said[-1] if is_said else None


def _delimiter(header: str, own: str, columns: Columns) -> str:
    """Find what separates a header's cells; without a column of texts, what gives most of them.

    >>> _delimiter("id;text", ",", Columns()), _delimiter("id,text; and more", ",", Columns())
    (';', ',')
    """
    cut = {mark: _cells_of(header, mark, columns) for mark in dict.fromkeys((own, *ORDER))}
    named = (mark for mark, cells in cut.items() if near_names(columns.text, cells))
    return next(named, None) or max(cut, key=lambda mark: len(cut[mark]))


def _cells_of(line: str, delimiter: str, columns: Columns) -> list[str]:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if columns.quoting else csv.QUOTE_NONE
    return next(csv.reader([line[:MAX_CELL]], delimiter=delimiter, quoting=quoting), [])


def _cut(
    ahead: Ahead, delimiter: str, columns: Columns, kind: str, header: Sequence[str] = ()
) -> Iterator[Cut]:
    """Cut lines into rows of cells, by the header once that is known."""
    if not columns.quoting:
        return _plain(ahead, delimiter)
    if delimiter == "\t" and header:
        return tabbed_cells(ahead, len(header))
    return _quoted(ahead, delimiter, kind, blanks=_has_blanks(header))


def _has_blanks(header: Sequence[str]) -> bool:
    """Whether a blank follows each delimiter, as in `id, text`: then quotes stand behind it.

    >>> _has_blanks(["id", " text"]), _has_blanks(["ID", " Text ", "LABEL"]), _has_blanks(["text"])
    (True, False, False)
    """
    return len(header) > 1 and all(name.startswith(" ") for name in header[1:])


def _plain(ahead: Ahead, delimiter: str) -> Iterator[Cut]:
    while line := ahead.next():
        if text := line.text.rstrip("\r\n"):
            yield line.number, text.split(delimiter), line.problem


class _Taken:
    """What csv.reader takes from; knows the lines of the row that is being read."""

    def __init__(self, ahead: Ahead) -> None:
        self._ahead = ahead
        self.lines: list[Line] = []

    def __iter__(self) -> "_Taken":
        return self

    def __next__(self) -> str:
        line = self._ahead.next()
        if line is None:
            raise StopIteration
        self.lines.append(line)
        return line.text


def _quoted(ahead: Ahead, delimiter: str, kind: str, *, blanks: bool) -> Iterator[Cut]:
    """Let a row end where its quotes do. If they go wrong, its first line is lost, and no other one."""
    taken = _Taken(ahead)
    reader = csv.reader(taken, delimiter=delimiter, strict=True, skipinitialspace=blanks)
    while True:
        taken.lines = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            first, *others = taken.lines
            ahead.give_back(others)
            hint = UNQUOTED if '"' in first.text else ""
            wrong = first.problem or f"not {kind.upper()}: {error}{hint}"
            yield first.number, first.text.rstrip("\r\n").split(delimiter), wrong
        else:
            problem = next((line.problem for line in taken.lines if line.problem), None)
            if cells:
                yield taken.lines[0].number, cells, problem


def _header(top: Cut, columns: Columns, path: Path) -> list[str]:
    line, cells, problem = top
    if problem:
        raise RecordError(problem, path=path, line=line)
    return named_columns(cells, columns, path, line)


def named_columns(cells: Sequence[str], columns: Columns, path: Path, line: int) -> list[str]:
    """Name columns by a header: one without a name by its place, one that stands there again by its number.

    >>> named_columns(["text", "", "note", "note"], Columns(), Path("a.csv"), 1)
    ['text', 'column 2', 'note', 'note (2)']

    Raises:
        RecordError: it is the text, the label or the id that stands there twice.
    """
    times: Counter[str] = Counter()
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = cell if cell.strip() else unnamed(place)
        times[name] += 1
        if times[name] > 1 and name in (columns.text, columns.label, columns.id):
            raise RecordError(f"column {name!r} stands twice in the header", path=path, line=line)
        names.append(f"{name} ({times[name]})" if times[name] > 1 else name)
    return names


def unnamed(place: int) -> str:
    """Name the column at a place, from 1, that has no name."""
    return f"column {place}"


def _row(start: int, cells: list[str], problem: str | None, header: list[str]) -> Row:
    """Put cells under their names. Beyond the header, empty ones are nothing; nor are they without a name."""
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    named = {
        name: cell
        for place, (name, cell) in enumerate(zip(header, cells, strict=False), start=1)
        if cell.strip() or name != unnamed(place)
    }
    if problem is None and len(cells) != len(header):
        problem = f"{counted(len(cells), 'cells')} where the header has {len(header)}"
        named |= {unnamed(place): cell for place, cell in enumerate(cells, start=1) if place > len(header)}
    return Row(start, named, problem)
