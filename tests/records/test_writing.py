"""Records out: whole files or none, and nothing lost on the way."""

import fcntl
import io
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from polarity.errors import RecordError
from polarity.records import MAX_CELL, defused, read, replacing, replacing_all, write, write_csv

ROWS = [{"text": 'é\u2028\n"b", c', "n": 1.5, "x": None}, {"text": "d", "n": 2, "x": True}]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "o.jsonl",
            ['{"text": "é\u2028\\n\\"b\\", c", "n": 1.5, "x": null}', '{"text": "d", "n": 2, "x": true}'],
        ),
        ("o.csv", ["text,n,x", '"é\u2028', '""b"", c",1.5,', "d,2,True"]),
        ("o.tsv", ["text\tn\tx", '"é\u2028', '""b"", c"\t1.5\t', "d\t2\tTrue"]),
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


@pytest.mark.parametrize("name", ["o.csv", "o.tsv"])
def test_csv_is_defused_also_in_its_header(tmp_path: Path, name: str) -> None:
    """Column names come from a person's file too."""
    write(tmp_path / name, [{"=a": "=b"}], spreadsheet_safe=True)
    assert "'=a\n'=b\n" == (tmp_path / name).read_text()


def test_csv_has_the_columns_of_all_rows(tmp_path: Path) -> None:
    """The header is the union in order of first appearance; a missing cell is empty."""
    write(tmp_path / "o.csv", [{"b": 1, "a": 2}, {"a": 3}, {"c": "x,\n", "b": 4}, {}])
    assert 'b,a,c\n1,2,\n,3,\n4,,"x,\n"\n,,\n' == (tmp_path / "o.csv").read_text()
    assert ["o.csv"] == [path.name for path in tmp_path.iterdir()]


def test_csv_of_one_column_keeps_empty_rows(tmp_path: Path) -> None:
    """A row whose only cell is empty is a row."""
    write(tmp_path / "o.csv", [{"a": 1}, {"a": None}, {"a": ""}])
    assert 'a\n1\n""\n""\n' == (tmp_path / "o.csv").read_text()


@pytest.mark.parametrize("name", ["o.csv", "o.jsonl"])
def test_no_rows_make_an_empty_file(tmp_path: Path, name: str) -> None:
    """Nothing in, nothing out."""
    write(tmp_path / name, [])
    assert b"" == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", ["o.csv", "o.tsv", "o.jsonl", "o.parquet"])
@pytest.mark.parametrize(
    "text", ["=1", "@shop", "a\tb", "a\rb", "a\r\nb", "a\nb\r", 'a"b', "a,b", "a\u2028b", "'", "a" * 200_000]
)
def test_what_is_written_can_be_read(tmp_path: Path, name: str, text: str) -> None:
    """A text comes back as it was, whatever ends of lines and quotes are in it."""
    write(tmp_path / name, [{"text": text, "x": 1}])
    assert [text] == [record.text for record in read(tmp_path / name)]


@pytest.mark.parametrize(
    ("name", "expected"), [("o.csv", "'=1"), ("o.tsv", "'=1"), ("o.jsonl", "=1"), ("o.parquet", "=1")]
)
def test_defusing_stays_in_the_file(tmp_path: Path, name: str, expected: str) -> None:
    """The apostrophe of a CSV cell is there for the next reader too; JSON Lines and Parquet need none."""
    write(tmp_path / name, [{"text": "=1"}], spreadsheet_safe=True)
    assert [expected] == [record.text for record in read(tmp_path / name)]


def test_a_cell_that_no_reader_takes_is_not_written(tmp_path: Path) -> None:
    """A cell above the limit of reading is refused, and no file appears."""
    with pytest.raises(RecordError, match="a cell of 16,777,217 characters is longer than 16,777,216"):
        write(tmp_path / "o.csv", [{"a": "a" * (MAX_CELL + 1)}])
    assert [] == list(tmp_path.iterdir())


def test_write_csv_ends_rows_in_a_line_feed() -> None:
    """Cells with either end of line in them are quoted."""
    file = io.StringIO()
    write_csv(file, [["a", 1], ["b\r", None], ["c\n", 2.5]])
    assert 'a,1\n"b\r",\n"c\n",2.5\n' == file.getvalue()


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
        ("a\0.csv", "cannot be written: embedded null byte"),
        ("o.txt", "unknown suffix '.txt'; written are: .csv, .jsonl, .ndjson, .parquet, .tsv"),
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


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let the kernel refuse every file that grows beyond `size`, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["o.jsonl", "o.csv", "o.parquet"])
@pytest.mark.parametrize("count", [20, 20_000])
def test_a_full_disk_is_a_record_error(tmp_path: Path, name: str, count: int) -> None:
    """Where the file cannot grow, in the middle or when it is closed, the target stays as it was."""
    path = tmp_path / name
    path.write_text("before")
    with pytest.raises(RecordError) as caught, file_size_limit(100):
        write(path, ({"text": "some words"} for _ in range(count)))
    assert f"{path}: cannot be written: File too large" == str(caught.value)
    assert [path] == list(tmp_path.iterdir())
    assert "before" == path.read_text()


def test_the_rows_error_wins_over_a_full_disk(tmp_path: Path) -> None:
    """What the rows raised comes through, also where the rest can no longer be flushed."""
    error = TimeoutError("the model")
    with pytest.raises(TimeoutError) as caught, file_size_limit(1):
        write(tmp_path / "o.jsonl", _rows_that_end_in(error))
    assert error is caught.value
    assert [] == list(tmp_path.iterdir())


def test_files_take_their_places_together(tmp_path: Path) -> None:
    """If one of them cannot be written, none is there, and what was there before stays."""
    (tmp_path / "b.txt").write_text("old")
    both = [tmp_path / "a.txt", tmp_path / "b.txt"]
    with suppress(ZeroDivisionError), replacing_all(both) as files:
        for file in files:
            file.write("new")
        _ = 1 / 0
    assert [("b.txt", "old")] == [(path.name, path.read_text()) for path in tmp_path.iterdir()]
    with replacing_all(both) as files:
        for file in files:
            file.write("new")
    assert {"a.txt": "new", "b.txt": "new"} == {path.name: path.read_text() for path in tmp_path.iterdir()}


KILLED = """
import os, signal, sys
from pathlib import Path
from polarity.records import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    """The next who writes the same file removes it; what is being written right now stays."""
    target = tmp_path / "[o].txt"
    subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    (left,) = tmp_path.iterdir()
    with replacing(tmp_path / "another.txt"):
        assert left.exists()
    busy = tmp_path / ".[o].txt.1.partial"
    with busy.open("w") as somebody:
        fcntl.flock(somebody, fcntl.LOCK_EX)
        with replacing(target) as file:
            file.write("whole")
            assert (False, True) == (left.exists(), busy.exists())
    assert {"[o].txt", "another.txt", busy.name} == {path.name for path in tmp_path.iterdir()}


def test_what_another_process_writes_is_not_swept(tmp_path: Path) -> None:
    """A live writer's file stays, and so does whatever is only named alike."""
    target = tmp_path / "o.txt"
    alike = [tmp_path / ".o.txt.backup.partial", tmp_path / ".o.txt.1.rows"]
    for path in alike:
        path.write_text("mine")
    writer = """
import sys
from pathlib import Path
from polarity.records import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write("theirs")
    print("open", flush=True)
    sys.stdin.read()
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", writer, str(target)], stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        assert b"open\n" == process.stdout.readline()
        with replacing(target) as file:
            file.write("ours")
        assert "ours" == target.read_text()
        process.stdin.close()
    assert ("theirs", 0) == (target.read_text(), process.returncode)
    assert ["mine", "mine"] == [path.read_text() for path in alike]
