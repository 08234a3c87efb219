"""TSV -> cells, where a quotation mark is mostly a character like any other.

TSV as it was registered (IANA, text/tab-separated-values) knows no quotes; spreadsheets and csv modules write
them around cells with line breaks all the same. Both are read: a line that has as many cells as the header
is a row, and a quote in it opens nothing. Only lines that are no rows by themselves can be inside a cell.
"""

import csv
from collections.abc import Iterator

from polarity.records.lines import Ahead, Line
from polarity.records.rows import Cut

TAB = "\t"
MOST_LINES = 1000  # of one cell: beyond it a quote was not meant to open one


def tabbed_cells(ahead: Ahead, width: int) -> Iterator[Cut]:
    """Cut lines into rows of cells, of which there should be `width`."""
    while line := ahead.next():
        text = line.text.rstrip("\r\n")
        if not text:
            continue
        cells = text.split(TAB)
        may_go_on = '"' in text and (len(cells) != width or _is_open(cells[-1]))
        whole = _whole(ahead, line, width) if may_go_on and not line.problem else None
        yield line.number, whole or [_unquoted(cell) for cell in cells], line.problem


def _whole(ahead: Ahead, line: Line, width: int) -> list[str] | None:
    """Read a row with tabs or line breaks inside quotes; where it is none, its further lines stay."""
    taken, is_row = [line], line.text.count(TAB) + 1 == width
    quotes = line.text.count('"')
    while quotes % 2 and len(taken) < MOST_LINES and (following := ahead.next()):
        taken.append(following)
        quotes += following.text.count('"')
        may_close = quotes % 2 == 0 and not is_row  # a cell at the row's beginning, and all others behind it
        if following.problem or (following.text.count(TAB) + 1 == width and not may_close):
            break
    else:
        if len(cells := _read([one.text for one in taken])) == width:
            return cells
    ahead.give_back(taken[1:])
    return None


def _read(lines: list[str]) -> list[str]:
    """Give the cells of one row with quotes; none where they are wrong."""
    try:
        rows = list(csv.reader(lines, delimiter=TAB, strict=True))
    except csv.Error:
        return []
    return rows[0] if len(rows) == 1 else []


def _is_open(cell: str) -> bool:
    return cell.startswith('"') and _unquoted(cell) == cell


def _unquoted(cell: str) -> str:
    """Take the quotes off a cell that is quoted, whole and by the rules; another one stays as it is.

    >>> _unquoted('"say it"'), _unquoted('"Great" phone')
    ('say it', '"Great" phone')
    """
    inner = cell[1:-1]
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if is_quoted else cell
