"""Bytes -> numbered lines of text, and what a file that is not UTF-8 looks like."""

import codecs
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from polarity.errors import RecordError

LONGEST = 2**26  # bytes of one line: four times the largest cell
HEAD = 2**16  # bytes that a guess rests on
STRAY = 0.05  # of the lines: up to here they are bad rows, beyond it the file is of another encoding
MARKS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœŸ‘’“”‚„–—…•€£°§«»¡¿´· ®©™")
ELSEWHERE = (  # what else is met most; of these the package chooses
    *("cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "mac_roman"),
    *("cp932", "gb18030", "big5", "euc_kr", "euc_jp"),
)


class Line(NamedTuple):
    """A line with its end, its number, and why it is not what stands in the file."""

    number: int
    text: str
    problem: str | None = None


class Ahead:
    """Lines that can be given back."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines, self._back = iter(lines), deque[Line]()

    def next(self) -> Line | None:
        """Take a line; None at the end."""
        return self._back.popleft() if self._back else next(self._lines, None)

    def give_back(self, lines: Sequence[Line]) -> None:
        """Let lines be taken once more."""
        self._back.extendleft(reversed(lines))


class Lines:
    """The lines of a file, to be taken once.

    Only a line feed ends a line, so that U+2028 inside a text stays inside it. In a file of carriage returns
    without a line feed, as old Macs wrote them, these do.
    """

    def __init__(self, parts: Iterator[bytes], path: Path, encoding: str | None = None) -> None:
        self._head, self._path, self._is_told = _head(parts), path, encoding is not None
        self._mark = next((name for mark, name in MARKS if self._head.startswith(mark)), None)
        self.encoding = self._mark or _known(encoding, path) or "utf-8"
        if self.encoding == "utf-8" and not self._is_told and _is_wide(self._head):
            guess = looks_like(self._head)
            raise RecordError(f"it looks like UTF-16 without its mark: --encoding {guess}", path=path)
        self._parts = chain([self._head], parts)
        self._sound = self._bad = self._count = 0  # lines beyond ASCII that could be decoded, or not; all
        self._first: RecordError | None = None

    @property
    def found(self) -> str | None:
        """The encoding, where the file's own mark says that it is another one than UTF-8."""
        return None if self._mark == "utf-8" else self._mark

    def __iter__(self) -> Iterator[Line]:
        """Give line by line; one that cannot be decoded or is too long has a problem.

        Raises:
            RecordError: of the lines beyond ASCII hardly one can be decoded: that is another encoding.
        """
        is_wide = "\n".encode(self.encoding) != b"\n"  # a line feed has several bytes
        encoding = "utf-8" if is_wide else self.encoding
        whole = self._as_utf8() if is_wide else self._parts
        for raw in _split(whole, b"\n" if is_wide else _end(self._head)):
            self._count += 1
            yield self._line(raw, encoding)
        if self._first and self._bad > 1 and self._bad > max(self._sound, self._count * STRAY):
            raise self._first

    def _line(self, raw: bytes | None, encoding: str) -> Line:
        if raw is None:
            return Line(self._count, "", f"a line longer than {LONGEST:,} bytes")
        try:
            text = raw.decode("utf-8-sig" if self._count == 1 and encoding == "utf-8" else encoding)
        except UnicodeDecodeError as error:
            problem = self._undecodable(raw, error)
            self._bad += 1
            self._first = self._first or RecordError(problem, path=self._path, line=self._count)
            return Line(self._count, raw.decode("ascii", "backslashreplace"), problem)
        self._sound += not text.isascii()
        return Line(self._count, text)

    def _undecodable(self, raw: bytes, error: UnicodeDecodeError) -> str:
        name = "UTF-8" if self.encoding == "utf-8" else self.encoding
        where = f"byte {raw[error.start : error.start + 1]!r} at column {error.start + 1}"
        guess = None if self._is_told else looks_like(raw)
        return f"not {name}: {where}{f'; it looks like {guess}: --encoding {guess}' if guess else ''}"

    def _as_utf8(self) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        try:
            for part in self._parts:
                yield decoder.decode(part).encode("utf-8", "surrogatepass")
            yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
        except UnicodeError as error:
            raise RecordError(f"not {self.encoding}: {error}", path=self._path) from None


def _head(parts: Iterator[bytes]) -> bytes:
    """Take what a byte-order mark and a first line need; what is typed comes line by line."""
    head = b""
    while len(head) < HEAD and b"\n" not in head and (part := next(parts, None)):
        head += part
    return head


def _known(encoding: str | None, path: Path) -> str | None:
    if encoding is None:
        return None
    try:
        "".encode(encoding)  # hex and such are no encodings of text
        return codecs.lookup(encoding).name.removesuffix("-sig")
    except LookupError:
        raise RecordError(f"there is no encoding {encoding!r}", path=path) from None


def _end(head: bytes) -> bytes:
    return b"\r" if b"\r" in head[:-1] and b"\n" not in head else b"\n"


def _split(parts: Iterator[bytes], end: bytes) -> Iterator[bytes | None]:
    """Cut bytes into lines, each with its end; None stands for one that is too long, which is not held."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        first, *rest = part.split(end)
        if size <= LONGEST:
            held.append(first)
        size += len(first)
        for piece in rest:
            yield b"".join(held) + end if size <= LONGEST else None
            held, size = [piece], len(piece)
    if size:
        yield b"".join(held) if size <= LONGEST else None


def looks_like(raw: bytes) -> str | None:
    """Guess the encoding of bytes that are not UTF-8; None where nothing is near.

    >>> looks_like("Très déçu, à éviter".encode("cp1252")), looks_like("fine, really".encode("utf-16-le"))
    ('cp1252', 'utf-16-le')
    """
    sample = raw[:HEAD]
    if _is_wide(sample):
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    if _is_western(sample):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(ELSEWHERE)).best()
    return best.encoding if best else None


def _is_wide(sample: bytes) -> bool:
    """Whether every other byte is 0, as in plain text in UTF-16."""
    return sample.count(0) * 3 > len(sample) > 1


def _is_western(sample: bytes) -> bool:
    """Whether cp1252 makes sense of it: accents and quotation marks among as many plain letters."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    others = [letter for letter in text if not letter.isascii()]
    plain = sum(letter.isascii() and letter.isalpha() for letter in text)
    return set(others) <= WESTERN and len(others) <= plain
