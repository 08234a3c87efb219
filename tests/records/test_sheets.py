"""Excel workbooks."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from polarity.errors import RecordError
from polarity.records import Record, read, read_all

from .hearing import Heard


def _book(path: Path, **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    book.remove(book.active)  # a new book has one
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_rows_of_a_sheet(tmp_path: Path) -> None:
    """The header in any case; empty rows are none; numbers that are read are spelled, others carried."""
    rows: list[list[Any]] = [
        [],
        ["Id", " Text", "Label", None, "n"],
        [1, "fine", "X", None, 2.5],
        [],
        [2, 12345, 1, None, 3],
    ]
    records = list(read(_book(tmp_path / "a.xlsx", Sheet=rows)))
    assert [
        Record(text="fine", id="1", line=3, label="X", extra={"n": 2.5}),
        Record(text="12345", id="2", line=5, label="1", extra={"n": 3}),
    ] == records


def test_dates_and_line_breaks(tmp_path: Path) -> None:
    """Dates as ISO 8601 has them; a text keeps its lines."""
    rows: list[list[Any]] = [
        ["text", "on", "at"],
        ["two\nlines", date(2024, 2, 29), datetime(2024, 2, 29, 12, 30)],  # noqa: DTZ001 - a sheet knows no zones
    ]
    (record,) = read(_book(tmp_path / "a.xlsx", Sheet=rows))
    assert "two\nlines" == record.text
    assert ("2024-02-29", "2024-02-29T12:30:00") == (record.extra["on"], record.extra["at"])


def test_a_blank_cell_is_a_bad_row(tmp_path: Path) -> None:
    """In its place, with the reason."""
    path = _book(tmp_path / "a.xlsx", Sheet=[["id", "text"], [1, None], [2, "fine"]])
    assert ["column 'text' is blank", None] == [record.problem for record in read_all(path)]


def test_the_sheet_with_texts_is_read(tmp_path: Path) -> None:
    """Of several, the first that has the column; which one is said."""
    heard = Heard()
    path = _book(tmp_path / "a.xlsx", Notes=[["about"], ["x"]], Data=[["text"], ["fine"]])
    assert ["fine"] == [record.text for record in read(path, intake=heard)]
    assert ["sheet 'Data' is read, of 2"] == heard.told


@pytest.mark.parametrize("content", [b"", b"PK", b"text\nfine\n"])
def test_no_workbook(tmp_path: Path, content: bytes) -> None:
    """What is none is said to be none."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(RecordError, match="not an Excel workbook"):
        list(read(path))


def test_an_empty_workbook(tmp_path: Path) -> None:
    """It holds no records."""
    with pytest.raises(RecordError, match="holds no records"):
        list(read(_book(tmp_path / "a.xlsx", Sheet=[])))
