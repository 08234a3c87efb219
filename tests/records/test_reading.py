"""Records in: every row comes through as it was, or its line is named."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from polarity.errors import RecordError
from polarity.records import MAX_CELL, Columns, Record, format_of, read, read_all, text_problem

KNOWN = ".csv, .json, .jsonl, .ndjson, .parquet, .tsv, .xlsx; of text also .gz and .zst"


def read_bytes(tmp_path: Path, name: str, content: str | bytes, **options: Any) -> list[Record]:
    """Write a file and read its records."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(path, **options))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"text": "a"}\n{"text": "b"}', [(1, "1", "a"), (2, "2", "b")]),
        ('\n{"text": "a"}\n  \n{"text": "b"}\r\n', [(2, "2", "a"), (4, "4", "b")]),
        ('\ufeff{"text": "a"}\n', [(1, "1", "a")]),
        ('{"text": "a\u2028b\x85c"}\n{"text": "d"}\n', [(1, "1", "a\u2028b\x85c"), (2, "2", "d")]),
        ('{"text": "a", "id": "x"}\n{"text": "b", "id": 0}', [(1, "x", "a"), (2, "0", "b")]),
        ('{"text": "a", "id": null}\n{"text": "b", "id": ""}', [(1, "1", "a"), (2, "2", "b")]),
        ('{"text": "\\ud83d\\ude00"}', [(1, "1", "😀")]),
    ],
)
def test_json_lines(tmp_path: Path, content: str, expected: list[tuple[int, str, str]]) -> None:
    """One object a line; blank lines count but hold nothing; an id defaults to its line."""
    assert expected == [(r.line, r.id, r.text) for r in read_bytes(tmp_path, "a.jsonl", content)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("text\na\nb\n", [(2, "2", "a"), (3, "3", "b")]),
        ("text\r\na\r\nb", [(2, "2", "a"), (3, "3", "b")]),
        ("\ufefftext\na\n", [(2, "2", "a")]),
        ('text,id\n"a\n\nb",\n"c\nd",x\ne,7\n', [(2, "2", "a\n\nb"), (5, "x", "c\nd"), (7, "7", "e")]),
        ('text\n"a\r\nb"\nc\n', [(2, "2", "a\r\nb"), (4, "4", "c")]),
        ('text\n"say ""a"", b"\n', [(2, "2", 'say "a", b')]),
        ("\n\ntext\n\na\u2028b\n", [(5, "5", "a\u2028b")]),
    ],
)
def test_csv(tmp_path: Path, content: str, expected: list[tuple[int, str, str]]) -> None:
    """A row is named by the line it begins on, also after cells with line feeds in them."""
    assert expected == [(r.line, r.id, r.text) for r in read_bytes(tmp_path, "a.csv", content)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("text\tid\na, b\tx\n", [(2, "x", "a, b")]),
        ('text\tid\r\n"a\n""c"""\tx\r\nd\t\r\n', [(2, "x", 'a\n"c"'), (4, "4", "d")]),
    ],
)
def test_tsv(tmp_path: Path, content: str, expected: list[tuple[int, str, str]]) -> None:
    """As CSV, with tabs between the cells: a comma is text, and quotes may hold a tab."""
    assert expected == [(r.line, r.id, r.text) for r in read_bytes(tmp_path, "a.TSV", content)]


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("body\tlabel\na\tb\n", None, "no column 'text'; found 'body', 'label'"),
        ("text\tid\na\n", 2, "1 cell where the header has 2"),
        ("text\ttext\na\tb\n", 1, "column 'text' stands twice in the header"),
    ],
)
def test_bad_tsv(tmp_path: Path, content: str, line: int | None, problem: str) -> None:
    """A row that cannot be used names file, line and reason, and calls the format by its name."""
    with pytest.raises(RecordError) as caught:
        read_bytes(tmp_path, "a.tsv", content)
    place = f"{tmp_path / 'a.tsv'}" if line is None else f"{tmp_path / 'a.tsv'}:{line}"
    assert f"{place}: {problem}" == str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ndjson", '{"body": "fine", "gold": "X", "no": 5, "text": "t", "n": [1, {"k": null}]}'),
        ("a.CSV", "no,body,gold,text,n\n5,fine,X,t,=1\n"),
    ],
)
def test_columns_are_named_and_others_carried(tmp_path: Path, name: str, content: str) -> None:
    """The three columns can have any name; every other column comes through as it is."""
    (record,) = read_bytes(tmp_path, name, content, columns=Columns(text="body", label="gold", id="no"))
    extra = {"text": "t", "n": [1, {"k": None}] if name == "a.ndjson" else "=1"}
    assert Record(text="fine", id="5", line=1 if name == "a.ndjson" else 2, label="X", extra=extra) == record


@pytest.mark.parametrize(
    ("name", "content"), [("a.jsonl", '{"text": "a", "label": ""}'), ("a.csv", "text,label\na,\n")]
)
def test_empty_label_is_no_label(tmp_path: Path, name: str, content: str) -> None:
    """An empty gold label is not known."""
    assert None is read_bytes(tmp_path, name, content)[0].label


@pytest.mark.parametrize("label", [1, None, "X", [2]])
def test_without_a_label_column_labels_are_carried(tmp_path: Path, label: Any) -> None:
    """Who names no label column gets what the file has there as any other column, whatever it is."""
    row = json.dumps({"text": "a", "label": label})
    (record,) = read_bytes(tmp_path, "a.jsonl", row, columns=Columns(label=None))
    assert (None, {"label": label}) == (record.label, record.extra)


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("", None, "holds no records"),
        ("\n \n", None, "holds no records"),
        ('{"text": "a"}\n{"text": ', 2, "not JSON: Expecting value at column 10"),
        ("[" * 100_000, 1, "not JSON that can be kept: maximum recursion depth"),
        ('\n["a"]', 2, "not a JSON object: '[\"a\"]'"),
        ("{}", 1, "no column 'text'; found"),
        ('{"txt": "a"}', 1, "no column 'text'; found 'txt'"),
        ('{"text": 3}', 1, "column 'text' is not text: 3"),
        ('{"text": null}', 1, "column 'text' is not text: None"),
        ('{"text": "\\n\\t"}', 1, "column 'text' is blank"),
        ('{"text": "a\\u0000"}', 1, "column 'text' holds a NUL character at position 1"),
        ('{"text": "\\ud800"}', 1, "column 'text' holds a lone surrogate at position 0"),
        ('{"text": "a", "text": "b"}', 1, "'text' stands twice in one object"),
        (b'{"text": "a"}\n{"text": "\xff"}', 2, "not UTF-8: byte b'\\xff' at column 11"),
        ('{"text": "a"}'.encode("utf-16-le"), None, "it looks like UTF-16 without its mark"),
    ],
)
def test_bad_json_lines(tmp_path: Path, content: str | bytes, line: int | None, problem: str) -> None:
    """A row that cannot be used names file, line and reason."""
    with pytest.raises(RecordError) as caught:
        read_bytes(tmp_path, "a.jsonl", content)
    assert (tmp_path / "a.jsonl", line) == (caught.value.path, caught.value.line)
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("", None, "holds no records"),
        ("text,label\n", None, "holds no records"),
        ("txt\na\n", None, "no column 'text'; found 'txt'"),
        ("text,label,text\na,b,c\n", 1, "column 'text' stands twice in the header"),
        ('text,id\n"a\nb",1\nc\n', 4, "1 cell where the header has 2"),
        ("text,id\na,1,2\n", 2, "3 cells where the header has 2"),
        ("text,id\n,1\n", 2, "column 'text' is blank"),
        ('text\n"a\nb"\n" "\n', 4, "column 'text' is blank"),
        ("text\na\x00\n", 2, "column 'text' holds a NUL character at position 1"),
        ('text\nfine\n"a\nb', 3, "not CSV: unexpected end of data"),
        ('text\n"a"b\n', 2, "not CSV: ',' expected after '\"'"),
        ("text\na\rb\n", 2, "not CSV: new-line character"),
        ("text\n" + "a" * (MAX_CELL + 1), 2, "not CSV: field larger than field limit"),
        (b"text\n\xe9\n", 2, "not UTF-8: byte b'\\xe9' at column 1"),
    ],
)
def test_bad_csv(tmp_path: Path, content: str | bytes, line: int | None, problem: str) -> None:
    """A row that cannot be used names file, reason and the line that the row begins on."""
    with pytest.raises(RecordError) as caught:
        read_bytes(tmp_path, "a.csv", content)
    assert (tmp_path / "a.csv", line) == (caught.value.path, caught.value.line)
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("absent.jsonl", "no such file"),
        ("folder.jsonl", "is a folder, not a file"),
        ("file.csv/a.jsonl", "cannot be read: Not a directory"),
        ("a" * 300 + ".jsonl", "cannot be read: File name too long"),
        ("a\0.jsonl", "cannot be read: embedded null byte"),
        ("a.ods", f"unknown suffix '.ods'; known: {KNOWN}"),
        ("a", f"unknown suffix ''; known: {KNOWN}"),
    ],
)
def test_unreadable_file(tmp_path: Path, name: str, problem: str) -> None:
    """A file that cannot be opened is a RecordError that names it."""
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "file.csv").touch()
    with pytest.raises(RecordError) as caught:
        list(read(tmp_path / name))
    assert f"{tmp_path / name}: {problem}" == str(caught.value)


@pytest.mark.parametrize(("limit", "expected"), [(0, ""), (1, "a"), (2, "ab")])
def test_limit_reads_no_further(tmp_path: Path, limit: int, expected: str) -> None:
    """A limit takes the first records and does not look at the rows behind them."""
    lines = '{"text": "a"}\n{"text": "b"}\nbroken'
    found = read_bytes(tmp_path, "a.jsonl", lines, columns=Columns(limit=limit))
    assert expected == "".join(record.text for record in found)


def test_a_limit_is_not_negative(tmp_path: Path) -> None:
    """A limit below zero is a mistake of the caller, not of the file."""
    with pytest.raises(ValueError, match="a limit is not negative: -1"):
        read_bytes(tmp_path, "a.jsonl", '{"text": "a"}', columns=Columns(limit=-1))


def test_ids_are_carried_as_they_are(tmp_path: Path) -> None:
    """Two rows may share an id, and a line number may be an id that another row has."""
    content = '{"text": "a", "id": 3}\n{"text": "b", "id": 3}\n{"text": "c"}'
    assert ["3", "3", "3"] == [record.id for record in read_bytes(tmp_path, "a.jsonl", content)]


@pytest.mark.parametrize(
    ("name", "head", "tail"), [("a.csv", "text\n", "\n"), ("a.jsonl", '{"text": "', '"}')]
)
def test_a_long_text_is_read_from_both_formats(tmp_path: Path, name: str, head: str, tail: str) -> None:
    """A megabyte in one cell is as good as a megabyte in one JSON string."""
    (record,) = read_bytes(tmp_path, name, head + "a" * 1_000_000 + tail)
    assert 1_000_000 == len(record.text)


def test_records_stream(tmp_path: Path) -> None:
    """Records come before the whole file was read."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\nbroken')
    assert "a" == next(read(path)).text


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash reads JSON Lines on standard input, and leaves it open."""
    stdin = io.TextIOWrapper(io.BytesIO(b'{"text": "a"}\n'))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert ["a"] == [record.text for record in read(Path("-"))]
    assert not stdin.closed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fine", None),
        (" \u2003\n", "is blank"),
        ("", "is blank"),
        ("ab\x00", "holds a NUL character at position 2"),
        ("a\ud800", "holds a lone surrogate at position 1"),
        ("\u200b", "holds no character that can be seen"),
        ("\u200bא", None),
    ],
)
def test_text_problem(text: str, expected: str | None) -> None:
    """What cannot be classified is said in a few words."""
    assert expected == text_problem(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.JSONL", "jsonl"),
        ("a.b.ndjson", "jsonl"),
        ("a.csv", "csv"),
        ("a.Tsv", "tsv"),
        ("a.parquet", "parquet"),
    ],
)
def test_format_of(name: str, expected: str) -> None:
    """The suffix names the format, in any case."""
    assert expected == format_of(Path(name))


def test_a_blank_text_stands_under_the_name_that_is_read(tmp_path: Path) -> None:
    """Not beside it under the header's own spelling: what is written would have two columns of texts."""
    (tmp_path / "a.csv").write_text("Text ,note\n,x\nfine,y\n", "utf-8")
    blank, fine = read_all(tmp_path / "a.csv")
    assert ({"note": "x", "text": ""}, {"note": "y"}) == (blank.extra, fine.extra)
