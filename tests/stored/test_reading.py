"""Files that hold one JSON object."""

from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.stored import read_object


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\n "])
def test_one_object_is_read(tmp_path: Path, start: bytes) -> None:
    """A byte-order mark and white space do no harm; numbers are exact."""
    path = tmp_path / "a.json"
    path.write_bytes(start + b'{"a": 0.1, "b": 5e-324}')
    assert {"a": 0.1, "b": 5e-324} == read_object(path)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (b"", ":1: not JSON: Expecting value at column 1"),
        (b'{"a": 1,\n2}', ":2: not JSON: "),
        (b'{"a": 1}\n{"a": 2}', ":2: not JSON: Extra data at column 1"),
        (b'{"a": "\x01"}', ":1: not JSON: Invalid control character at column 8"),
        (b"[1]", ": not a JSON object: [1]"),
        (b'{"a": NaN}', ": not JSON that can be read: NaN is not a finite number"),
        (b'{"a": 1e999}', ": not JSON that can be read: 1e999 is not a finite number"),
        (b'{"a": "\xff"}', ": not JSON that can be read: 'utf-8' codec"),
        (b'{"a": ' + b"[" * 100_000, ": not JSON that can be read: "),
    ],
)
def test_anything_else_is_an_error(tmp_path: Path, source: bytes, problem: str) -> None:
    """The file, where there is one the line, and what is wrong are named."""
    path = tmp_path / "a.json"
    path.write_bytes(source)
    with pytest.raises(RecordError) as found:
        read_object(path)
    assert str(found.value).startswith(f"{path}{problem}")


@pytest.mark.parametrize(("name", "problem"), [("none.json", "No such file"), ("", "Is a directory")])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, problem: str) -> None:
    """The system's own word is passed on."""
    with pytest.raises(RecordError, match=f"cannot be read: {problem}"):
        read_object(tmp_path / name)
