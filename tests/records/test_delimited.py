"""CSV and TSV as spreadsheets, exports and hands write them."""

from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.records import Columns, Record, read, read_all

from .hearing import Heard


def _read(tmp_path: Path, name: str, content: str, columns: Columns | None = None) -> list[Record]:
    path = tmp_path / name
    path.write_text(content, "utf-8", newline="")
    return list(read_all(path, columns or Columns()))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_what_separates_cells_is_found(tmp_path: Path, name: str, mark: str) -> None:
    """By the header, whatever stands in the texts; where it is not the suffix's own, it is said."""
    path, heard = tmp_path / name, Heard()
    others = "".join({",", ";", "|"} - {mark})
    path.write_text(f"id{mark}text\n1{mark}fine {others} really\n", "utf-8")
    assert [f"fine {others} really"] == [record.text for record in read(path, intake=heard)]
    own = {"a.csv": ",", "a.tsv": "\t"}[name]
    assert (mark != own) == bool(heard.told)


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "\nsep=;"])
def test_a_line_that_names_the_separator(tmp_path: Path, first: str) -> None:
    """Excel's own is no header."""
    (record,) = _read(tmp_path, "a.csv", f"{first}\r\nid;text\r\n1;a, b\r\n")
    assert ("a, b", "1") == (record.text, record.id)


def test_a_header_in_any_case_with_blanks(tmp_path: Path) -> None:
    """`ID, Text ,LABEL` holds id, text and label; the very name is preferred."""
    (record,) = _read(tmp_path, "a.csv", "ID, Text ,LABEL\n7,fine,X\n")
    assert ("7", "fine", "X", {}) == (record.id, record.text, record.label, record.extra)
    (record,) = _read(tmp_path, "a.csv", "Text,text\nno,yes\n")
    assert ("yes", {"Text": "no"}) == (record.text, record.extra)


def test_an_ambiguous_header(tmp_path: Path) -> None:
    """Two columns that may be meant are named."""
    with pytest.raises(RecordError, match="column 'text' may be 'Text' or 'TEXT': name the one"):
        _read(tmp_path, "a.csv", "Text,TEXT\na,b\n")


def test_columns_without_a_name(tmp_path: Path) -> None:
    """What a spreadsheet leaves behind the table is nothing, unless something stands in it."""
    rows = _read(tmp_path, "a.csv", "id,text,,\n1,a,,\n2,b,,x\n3,c,,,,\n4,d, ,\n")
    assert [{}, {"column 4": "x"}, {}, {}] == [record.extra for record in rows]
    assert [None] * 4 == [record.problem for record in rows]


def test_a_column_twice(tmp_path: Path) -> None:
    """Both come through where nobody reads them; of the text nobody knows which is meant."""
    (record,) = _read(tmp_path, "a.csv", "text,note,note\na,b,c\n")
    assert {"note": "b", "note (2)": "c"} == record.extra
    with pytest.raises(RecordError, match="column 'text' stands twice in the header"):
        _read(tmp_path, "a.csv", "text,text\na,b\n")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('1,"open and\n2,b\n3,c\n', [("1", True), ("2", False), ("3", False)]),
        ('1,"a"b\n2,b\n', [("1", True), ("2", False)]),
        ('1,"two\nlines"\n2,a,b\n3\n4,"x, ""y"""\n', [("1", False), ("2", True), ("3", True), ("4", False)]),
    ],
)
def test_a_quote_that_goes_wrong_costs_one_row(
    tmp_path: Path, content: str, expected: list[tuple[str, bool]]
) -> None:
    """Rows with too many or too few cells, or wrong quotes, stand in their place; all others are read."""
    rows = _read(tmp_path, "a.csv", f"id,text\n{content}")
    assert expected == [(record.id, record.problem is not None) for record in rows]


def test_quotes_can_be_text(tmp_path: Path) -> None:
    """Without quoting a line is a row."""
    columns = Columns(quoting=False)
    rows = _read(tmp_path, "a.csv", 'id,text\n1,"Great phone\n2,say "no"\n', columns)
    assert ['"Great phone', 'say "no"'] == [record.text for record in rows]


@pytest.mark.parametrize(
    "texts",
    [
        ['"Great phone', "meh", 'Bad" indeed"'],
        ['"Great', "meh", 'Bad"'],
        ['"', '""', '"a" b'],
        ['"open', "fine", "fine"],
    ],
)
@pytest.mark.parametrize("is_last", [True, False])
def test_tsv_never_swallows_lines(tmp_path: Path, texts: list[str], is_last: bool) -> None:
    """Three lines with as many cells as the header are three rows, whatever quotation marks are in them."""
    cells = [(str(at), text) if is_last else (text, str(at)) for at, text in enumerate(texts)]
    header = "id\ttext" if is_last else "text\tid"
    content = "".join("\t".join(row) + "\n" for row in cells)
    rows = _read(tmp_path, "a.tsv", f"{header}\n{content}")
    whole = [text if text != '""' else "" for text in texts]
    assert whole == [str(record.extra.get("text", record.text)) for record in rows]


def test_tsv_of_a_spreadsheet(tmp_path: Path) -> None:
    """Cells in quotes hold tabs, quotes and line breaks, also in the last column."""
    content = '1\t"two\nlines, ""so"""\tX\n2\t"one"\tY\n3\t"ta\tb"\tZ\n'
    assert ['two\nlines, "so"', "one", "ta\tb"] == [
        record.text for record in _read(tmp_path, "a.tsv", f"id\ttext\tlabel\n{content}")
    ]
    rows = _read(tmp_path, "a.tsv", 'text\tid\n"first\ncol\numn"\t1\nx\t2\n')
    assert ["first\ncol\numn", "x"] == [record.text for record in rows]
    rows = _read(tmp_path, "a.tsv", 'id\ttext\n1\t"last\ncol\numn"\n2\tx\n')
    assert ["last\ncol\numn", "x"] == [record.text for record in rows]


def test_old_macs_ends_of_lines(tmp_path: Path) -> None:
    """Carriage returns alone end rows."""
    assert ["a", "b"] == [record.text for record in _read(tmp_path, "a.csv", "id,text\r1,a\r2,b\r")]


def test_half_a_row_is_no_text(tmp_path: Path) -> None:
    """What stands where the text should is kept apart: who reads the file again must not take it for one."""
    (bad, _) = _read(tmp_path, "a.csv", "id,text\n1,fine, really\n2,fine\n")
    assert ("", {"unread": "fine", "column 3": " really"}) == (bad.text, bad.extra)
