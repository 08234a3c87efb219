"""JSON -> rows: an object a line, or an array of them."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

from polarity.errors import RecordError
from polarity.records.lines import Line
from polarity.records.plain import Carried
from polarity.records.rows import UNREAD, Columns, Row
from polarity.stored import reason_of

LARGEST = 2**31  # characters of an array, which is held: lines are not
MARKS = "\ufeff\x1e"  # before a line, where files were put one behind the other, or records are marked
SHOWN = 60  # characters of it in a message
DIGITS = 4300  # of a whole number that Python reads


def json_rows(lines: Iterable[Line], kind: str, columns: Columns, path: Path) -> Iterator[Row]:
    """Stream the objects of JSON Lines, or of an array, wherever its first line begins one.

    What JSON does not have is carried as what it is nearest to: NaN as null, infinity as text (`Carried`). Of
    a name that stands twice the last counts, unless it is read: then nobody knows which is meant.

    Raises:
        RecordError: an array is broken, which cannot be read any further.
    """
    remaining = iter(lines)
    first = next((line for line in remaining if line.text.strip()), None)
    if first is None:
        return
    whole = chain([first], remaining)
    yield from _array_rows(whole, columns, path) if _opens_array(first, kind) else line_rows(whole, columns)


def _opens_array(line: Line, kind: str) -> bool:
    start = line.text.strip()
    return start.startswith("[") and (kind == "json" or start == "[" or start[1:].lstrip().startswith("{"))


def line_rows(lines: Iterable[Line], columns: Columns) -> Iterator[Row]:
    """Stream the objects of JSON Lines; a line that holds none has a problem, a blank one is no row."""
    for line in lines:
        if line.problem:
            yield Row(line.number, _unread(line), line.problem)
        elif line.text.strip():
            yield _line_row(line, columns)


def _line_row(line: Line, columns: Columns) -> Row:
    found: list[str] = []
    try:
        value = _decoded(line.text.lstrip(MARKS), found)
    except json.JSONDecodeError as error:
        return Row(line.number, _unread(line), f"not JSON: {reason_of(error)} at column {error.colno}")
    except (ValueError, RecursionError) as error:
        return Row(line.number, _unread(line), f"not JSON that can be kept: {error}")
    return _row(line.number, value, found, columns)


def _unread(line: Line) -> dict[str, str]:
    """Keep a line that is no JSON, so that it can be mended from what is written."""
    return {UNREAD: line.text.rstrip("\r\n")}


def _row(number: int, value: Any, repeated: Iterable[str], columns: Columns) -> Row:
    if not isinstance(value, dict):
        spelled = json.dumps(value, ensure_ascii=False)
        return Row(number, {UNREAD: spelled}, f"not a JSON object: {spelled[:SHOWN]!r}")
    unclear = {*repeated} & {columns.text, columns.label, columns.id}
    problem = f"{min(map(str, unclear))!r} stands twice in one object" if unclear else None
    return Row(number, value, problem)


def _array_rows(lines: Iterable[Line], columns: Columns, path: Path) -> Iterator[Row]:
    """Take one element after the other: by the line it begins on, or its place where all stand on one."""
    text = _whole(lines, path)
    is_one_line = "\n" not in text.strip()
    at, number, begun = text.index("[") + 1, 1, 0
    for place in count(1):
        at = _skipped(text, at, " \t\r\n,")
        number, begun = number + text.count("\n", begun, at), at
        if text[at : at + 1] == "]":
            break
        repeated: list[str] = []
        try:
            value, at = _decoded_from(text, at, repeated)
        except (ValueError, RecursionError) as error:
            reason = reason_of(error) if isinstance(error, json.JSONDecodeError) else error
            raise RecordError(f"not a JSON array: {reason}", path=path, line=number) from None
        yield _row(place if is_one_line else number, value, repeated, columns)
    if text[at + 1 :].strip():
        raise RecordError("something stands behind the JSON array", path=path, line=number)


def _whole(lines: Iterable[Line], path: Path) -> str:
    """Hold an array's text; blank lines before it count as lines."""
    held: list[str] = []
    size = 0
    for line in lines:
        if line.problem:
            raise RecordError(line.problem, path=path, line=line.number)
        if not held:
            held.append("\n" * (line.number - 1))
        held.append(line.text)
        size += len(line.text)
        if size > LARGEST:
            raise RecordError("an array of this size is read as JSON Lines only", path=path)
    return "".join(held)


def _skipped(text: str, at: int, blanks: str) -> int:
    while text[at : at + 1] and text[at] in blanks:
        at += 1
    return at


def _decoded(text: str, repeated: list[str]) -> Any:
    try:
        return STRICT.decode(text)  # in C for the most part; few need the other one
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _decoder(repeated).decode(text)


def _decoded_from(text: str, at: int, repeated: list[str]) -> tuple[Any, int]:
    try:
        return STRICT.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _decoder(repeated).raw_decode(text, at)


def _decoder(repeated: list[str]) -> json.JSONDecoder:
    """Make a decoder that refuses nothing that can be carried; `repeated` gets names that stand twice."""

    def gathered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend(name for name in found if names.count(name) > 1)
        return found

    return json.JSONDecoder(
        object_pairs_hook=gathered, parse_constant=_constant, parse_float=_number, parse_int=_whole_number
    )


def _constant(name: str) -> Carried | None:
    return None if name == "NaN" else Carried(name)


def _number(digits: str) -> float | Carried:
    return float(digits) if math.isfinite(float(digits)) else Carried(digits)


def _whole_number(digits: str) -> int | Carried:
    return int(digits) if len(digits) <= DIGITS else Carried(digits)


def json_value(text: str) -> Any:
    """Read one JSON value that can be written again as it was: no NaN, no lone surrogate, no key twice.

    Raises:
        ValueError: it is not such a value.
        RecursionError: it nests too deep.
    """
    value = STRICT.decode(text)
    if "\\u" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            surrogate = error.object[error.start]
            raise ValueError(f"it holds the lone surrogate {surrogate!r}") from None
    return value


def _finite(number: str) -> float:
    if not math.isfinite(float(number)):
        raise ValueError(f"{number[:20]} is not a finite number")
    return float(number)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} stands twice in one object")
        found[name] = value
    return found


STRICT = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_finite, parse_float=_finite)
