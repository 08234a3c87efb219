"""Excel workbooks -> rows.

python-calamine is imported where such a file is met, and nowhere else.
"""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from polarity.errors import RecordError
from polarity.records.delimited import named_columns, unnamed
from polarity.records.naming import near_names, read_names
from polarity.records.opening import check_growth
from polarity.records.plain import duration
from polarity.records.rows import Columns, Intake, Row


def sheet_rows(file: IO[bytes], columns: Columns, path: Path, intake: Intake | None) -> Iterator[Row]:
    """Stream the rows of the first sheet that has the column of texts, or of the first one.

    The first row that is not empty is the header; empty rows are none. A number is spelled as a text where
    a text, label or id is read; a date as ISO 8601 has it.

    Raises:
        RecordError: it is no workbook, would be blown up beyond bounds, or has no sheet.
    """
    _check_size(file, path)
    name, cells, others = _sheet(file, columns, path)
    if others and intake:
        intake.found(path, f"sheet {name!r} is read, of {others + 1}")
    numbered = ((line, row) for line, row in enumerate(cells, start=1) if any(cell != "" for cell in row))
    top = next(numbered, None)
    if top is None:
        return
    line, header = top
    names = named_columns([_text(cell) for cell in header], columns, path, line)
    for line, row in numbered:
        yield Row(line, dict(_named(names, row, columns)))


def _check_size(file: IO[bytes], path: Path) -> None:
    try:
        with ZipFile(file) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
    except (BadZipFile, OSError, ValueError) as error:
        raise RecordError(f"not an Excel workbook: {error}", path=path) from None
    check_growth(file.seek(0, 2), unpacked, path)
    file.seek(0)


def _sheet(file: IO[bytes], columns: Columns, path: Path) -> tuple[str, list[list[Any]], int]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(file)
        names = book.sheet_names
        sheets = ((name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names)
        fitting = next((sheet for sheet in sheets if _has_texts(sheet[1], columns)), None)
        name, rows = fitting or (names[0], book.get_sheet_by_name(names[0]).to_python(skip_empty_area=False))
    except (CalamineError, IndexError) as error:
        raise RecordError(f"not an Excel workbook: {error or 'no sheet'}", path=path) from None
    return name, rows, len(names) - 1


def _has_texts(rows: Sequence[Sequence[Any]], columns: Columns) -> bool:
    header = next((row for row in rows if any(cell != "" for cell in row)), ())
    return bool(near_names(columns.text, map(_text, header)))


def _named(names: Sequence[str], row: Sequence[Any], columns: Columns) -> Iterator[tuple[str, Any]]:
    read = read_names(columns, names)
    for place, (name, cell) in enumerate(zip(names, row, strict=False), start=1):
        if cell != "" or name != unnamed(place):
            yield name, _text(cell) if name in read else _value(cell)


def _value(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)  # a sheet has no whole numbers
    if isinstance(cell, timedelta):
        return duration(cell)
    return cell.isoformat() if isinstance(cell, (date, time)) else cell


def _text(cell: Any) -> str:
    return str(_value(cell))
