"""Records in and out: every row comes through as it was, or its line is named."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polarity.errors import RecordError
from polarity.records import Columns, Record, defused, format_of, read, replacing, text_problem, write


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
        ('{"text": "\\ud800"}', 1, "it holds the lone surrogate '\\ud800'"),
        ('{"text": "a", "x": ["\\uDFFF"]}', 1, "it holds the lone surrogate '\\udfff'"),
        ('{"text": "a", "\\ud800": 1}', 1, "it holds the lone surrogate '\\ud800'"),
        ('{"text": "a", "x": NaN}', 1, "NaN is not a finite number"),
        ('{"text": "a", "x": -Infinity}', 1, "-Infinity is not a finite number"),
        ('{"text": "a", "x": 1e999}', 1, "1e999 is not a finite number"),
        ('{"text": "a", "x": ' + "9" * 5000 + "}", 1, "not JSON that can be kept: Exceeds the limit"),
        ('{"text": "a", "text": "b"}', 1, "'text' stands twice in one object"),
        ('{"text": "a", "label": 1}', 1, "column 'label' is not text: 1"),
        ('{"text": "a", "id": [1]}', 1, "column 'id' is neither text nor a number: [1]"),
        ('{"text": "a", "id": true}', 1, "column 'id' is neither text nor a number: True"),
        (b'{"text": "a"}\n{"text": "\xff"}', 2, "not UTF-8: byte b'\\xff' at column 11"),
        ('{"text": "a"}'.encode("utf-16"), 1, "not UTF-8: byte b'\\xff' at column 1"),
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
        ("txt\na\n", 2, "no column 'text'; found 'txt'"),
        ("text;label\na;b\n", 2, "no column 'text'; found 'text;label'"),
        ("text,label,text\na,b,c\n", 1, "column 'text' stands twice in the header"),
        ("\n\nx,x\n", 3, "column 'x' stands twice in the header"),
        ('text,id\n"a\nb",1\nc\n', 4, "1 cells where the header has 2"),
        ("text,id\na,1,2\n", 2, "3 cells where the header has 2"),
        ("text,id\n,1\n", 2, "column 'text' is blank"),
        ('text\n"a\nb"\n" "\n', 4, "column 'text' is blank"),
        ("text\na\x00\n", 2, "column 'text' holds a NUL character at position 1"),
        ('text\nfine\n"a\nb', 3, "not CSV: unexpected end of data"),
        ('text\n"a"b\n', 2, "not CSV: ',' expected after '\"'"),
        ("text\na\rb\n", 2, "not CSV: new-line character"),
        ("text\n" + "a" * 200_000, 2, "not CSV: field larger than field limit"),
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
        ("a.xlsx", "unknown suffix '.xlsx'; known: .csv, .jsonl, .ndjson"),
        ("a", "unknown suffix ''; known: .csv, .jsonl, .ndjson"),
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
    found = read_bytes(tmp_path, "a.jsonl", '{"text": "a"}\n{"text": "b"}\nbroken', limit=limit)
    assert expected == "".join(record.text for record in found)


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
        ("\u200b", None),
    ],
)
def test_text_problem(text: str, expected: str | None) -> None:
    """What cannot be classified is said in a few words."""
    assert expected == text_problem(text)


ROWS = [{"text": 'é\u2028\n"b", c', "n": 1.5, "x": None}, {"text": "d", "n": 2, "x": True}]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "o.jsonl",
            ['{"text": "é\u2028\\n\\"b\\", c", "n": 1.5, "x": null}', '{"text": "d", "n": 2, "x": true}'],
        ),
        ("o.csv", ["text,n,x", '"é\u2028', '""b"", c",1.5,', "d,2,True"]),
    ],
)
def test_write(tmp_path: Path, name: str, lines: list[str]) -> None:
    """Rows are written as UTF-8 with line feeds, whatever is in them."""
    write(tmp_path / name, ROWS)
    assert "".join(f"{line}\n" for line in lines).encode() == (tmp_path / name).read_bytes()
    assert ['é\u2028\n"b", c', "d"] == [record.text for record in read(tmp_path / name)]
    assert [name] == [path.name for path in tmp_path.iterdir()]


def test_csv_cells_of_lists_are_json(tmp_path: Path) -> None:
    """A list or a mapping in a cell is JSON, which the next reader can read."""
    write(tmp_path / "o.csv", [{"text": "a", "x": [1, "é", None], "y": {"k": True}, "z": ()}])
    (record,) = read(tmp_path / "o.csv")
    assert {"x": [1, "é", None], "y": {"k": True}, "z": []} == {
        name: json.loads(cell) for name, cell in record.extra.items()
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+1-1", "'+1-1"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1", "'\uff1d1"),
        ("-3", "-3"),
        ("+0.25", "+0.25"),
        ("-3\n", "'-3\n"),
        ("fine", "fine"),
        ("", ""),
        (-3, -3),
        (None, None),
    ],
)
def test_defused(value: Any, expected: Any) -> None:
    """What a spreadsheet would run gets an apostrophe; a number is none of it."""
    assert expected == defused(value)


def test_csv_is_defused_also_in_its_header(tmp_path: Path) -> None:
    """Column names come from a person's file too."""
    write(tmp_path / "o.csv", [{"=a": "=b"}])
    assert "'=a\n'=b\n" == (tmp_path / "o.csv").read_text()


def test_csv_columns_are_those_of_the_first_row(tmp_path: Path) -> None:
    """A missing cell is empty; a new column is an error, since it would be lost."""
    write(tmp_path / "o.csv", [{"a": 1, "b": 2}, {"b": 3}])
    assert "a,b\n1,2\n,3\n" == (tmp_path / "o.csv").read_text()
    with pytest.raises(RecordError, match="row 2 has a column 'c' that the first row has not"):
        write(tmp_path / "p.csv", [{"a": 1}, {"a": 2, "c": 3}])
    assert not (tmp_path / "p.csv").exists()


@pytest.mark.parametrize(
    ("value", "problem"),
    [(float("nan"), "Out of range float values"), (object(), "not JSON serializable")],
)
def test_unwritable_value(tmp_path: Path, value: Any, problem: str) -> None:
    """A value that JSON cannot hold is a RecordError, and no file appears."""
    with pytest.raises(RecordError, match=problem):
        write(tmp_path / "o.jsonl", [{"a": 1}, {"a": value}])
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "expected"), [("o.jsonl", '{"a": "\\ud800é"}\n'), ("o.csv", "a\n\\ud800é\n")]
)
def test_lone_surrogate_is_escaped(tmp_path: Path, name: str, expected: str) -> None:
    """A model's odd answer does not cost the file: what UTF-8 cannot hold is escaped."""
    write(tmp_path / name, [{"a": "\ud800é"}])
    assert expected == (tmp_path / name).read_text("utf-8")


def _rows_that_end_in(error: Exception) -> Iterator[dict[str, Any]]:
    yield {"a": "new"}
    raise error


@pytest.mark.parametrize("name", ["o.jsonl", "o.csv"])
@pytest.mark.parametrize(
    "error", [RuntimeError("midway"), FileNotFoundError(2, "another file"), KeyboardInterrupt()]
)
@pytest.mark.parametrize("before", [None, "before"])
def test_whole_or_not_at_all(tmp_path: Path, name: str, error: Exception, before: str | None) -> None:
    """Where the rows break off, their own error comes through and the target is as it was."""
    path = tmp_path / name
    if before:
        path.write_text(before)
    with pytest.raises(type(error)) as caught:
        write(path, _rows_that_end_in(error))
    assert error is caught.value
    assert ([path] if before else []) == list(tmp_path.iterdir())
    assert before is None or before == path.read_text()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("absent/o.csv", "cannot be written: No such file or directory"),
        ("file/o.csv", "cannot be written: Not a directory"),
        ("folder.csv", "cannot be written: Is a directory"),
        ("o.txt", "unknown suffix '.txt'; known: .csv, .jsonl, .ndjson"),
    ],
)
def test_unwritable_file(tmp_path: Path, name: str, problem: str) -> None:
    """A target that cannot be written is a RecordError that names it, and nothing is left behind."""
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(RecordError) as caught:
        write(tmp_path / name, [{"a": 1}])
    assert f"{tmp_path / name}: {problem}" == str(caught.value)
    assert ["file", "folder.csv"] == sorted(path.name for path in tmp_path.iterdir())


def test_replacing_shows_nothing_before_the_end(tmp_path: Path) -> None:
    """While it is written, a file does not have its name yet."""
    path = tmp_path / "o.md"
    with replacing(path) as file:
        file.write("new")
        file.flush()
        assert not path.exists()
    assert "new" == path.read_text()


@pytest.mark.parametrize(
    ("name", "expected"), [("a.JSONL", "jsonl"), ("a.b.ndjson", "jsonl"), ("a.csv", "csv")]
)
def test_format_of(name: str, expected: str) -> None:
    """The suffix names the format, in any case."""
    assert expected == format_of(Path(name))
