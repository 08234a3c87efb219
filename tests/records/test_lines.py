"""Bytes -> lines: the encodings people have, and what is said of the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.records.lines import LONGEST, Lines, looks_like

PATH = Path("a.csv")


def _lines(raw: bytes, encoding: str | None = None) -> list[tuple[str, str | None]]:
    return [(line.text, line.problem) for line in Lines(iter([raw]), PATH, encoding)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_and_without_a_mark(encoding: str) -> None:
    """What begins with a byte-order mark is read by it; UTF-8 needs none."""
    assert [("naïve\r\n", None), ("\u2028x", None)] == _lines("naïve\r\n\u2028x".encode(encoding))


@pytest.mark.parametrize(
    "encoding", ["cp1252", "latin-1", "mac-roman", "utf-16-le", "utf-16-be", "UTF_8_SIG", "utf-32"]
)
def test_a_named_encoding(encoding: str) -> None:
    """Any encoding of Python's is read where it is named."""
    assert [("café\n", None), ("b", None)] == _lines("café\nb".encode(encoding), encoding)


def test_a_mark_wins_over_a_name() -> None:
    """A file says itself what it is."""
    assert [("é", None)] == _lines("é".encode("utf-16"), "cp1252")


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_parts_may_end_anywhere(encoding: str, size: int) -> None:
    """A character or a line that is cut between two parts is whole."""
    raw = "né\n\n😀 b\n".encode(encoding)
    parts = iter([raw[at : at + size] for at in range(0, len(raw), size)])
    assert ["né\n", "\n", "😀 b\n"] == [line.text for line in Lines(parts, PATH)]


@pytest.mark.parametrize("name", ["cp1525", "hex", "rot13"])
def test_an_encoding_that_there_is_not(name: str) -> None:
    """The name is shown."""
    with pytest.raises(RecordError, match=f"there is no encoding '{name}'"):
        Lines(iter([b"a"]), PATH, name)


def test_a_stray_byte_costs_its_line() -> None:
    """In a file that is UTF-8 otherwise, one line has a problem, which says where and what it looks like."""
    found = _lines("naïve\n".encode() * 3 + b"caf\xe9\n" + b"fine\n")
    problem = "not UTF-8: byte b'\\xe9' at column 4; it looks like cp1252: --encoding cp1252"
    assert [None, None, None, problem, None] == [problem for _, problem in found]


def test_a_file_of_another_encoding_is_refused() -> None:
    """Where hardly a line beyond ASCII can be decoded, the file is not what it is read as."""
    with pytest.raises(RecordError, match=r"a\.csv:1: not UTF-8: .* it looks like cp1252: --encoding cp1252"):
        _lines("déçu\ngénial\n".encode("cp1252"))


def test_utf_16_without_a_mark_is_refused() -> None:
    """Zeros between the letters are no text: the encoding is named."""
    with pytest.raises(RecordError, match="it looks like UTF-16 without its mark: --encoding utf-16-be"):
        _lines("text\nfine\n".encode("utf-16-be"))


def test_broken_utf_16_is_refused() -> None:
    """Half a character at the end."""
    with pytest.raises(RecordError, match="not utf-16: "):
        _lines("text".encode("utf-16") + b"\x00")


def test_carriage_returns_end_lines_where_nothing_else_does() -> None:
    """As old Macs wrote them; beside line feeds they are characters."""
    assert ["a\r", "b"] == [text for text, _ in _lines(b"a\rb")]
    assert ["a\rb\n", "c"] == [text for text, _ in _lines(b"a\rb\nc")]


def test_a_line_without_end_is_not_held() -> None:
    """It has a problem, and the next line is there."""
    part = b"a" * 2**20
    parts = iter([b"x\n", *[part] * (LONGEST // len(part) + 1), b"\ny"])
    problem = f"a line longer than {LONGEST:,} bytes"
    assert [None, problem, None] == [one.problem for one in Lines(parts, PATH)]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Très déçu, à éviter", "cp1252"),
        ("It\u2019s \u201cfine\u201d \u2013 really", "cp1252"),
        ("Das Gerät ist schön und heiß", "cp1252"),
        ("とても良い製品です。配送が遅い", "cp932"),
        ("非常好的产品我很喜欢物流太慢了", "gb18030"),
        ("Очень плохой товар, не покупайте", "koi8_r"),
        ("fine, really", "utf-16-le"),
    ],
)
def test_what_it_looks_like(text: str, encoding: str) -> None:
    """Where little can be mistaken, the guess is right."""
    assert encoding == looks_like(text.encode(encoding))


def test_what_is_typed_comes_line_by_line() -> None:
    """A line is there before the next part is asked for."""

    def parts() -> Iterator[bytes]:
        yield b"first\n"
        raise AssertionError("asked for too early")

    assert "first\n" == next(iter(Lines(parts(), PATH))).text
