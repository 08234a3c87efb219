"""JSON files -> plain values -> models: every problem with its file and its place."""

import json
import math
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import TypeAdapter, ValidationError

from polarity.errors import RecordError
from polarity.places import file_bytes
from polarity.validation import said_of

LONGEST_VALUE = 80  # characters of a bad value that an error repeats
Shape = TypeVar("Shape")


def reason_of(error: json.JSONDecodeError) -> str:
    """Say what is wrong without the "at" of the place, by which some of json's own sentences end.

    >>> reason_of(json.JSONDecodeError("Invalid control character at", '{"text": "', 9))
    'Invalid control character'
    """
    return error.msg.removesuffix(" at")


def read_object(path: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    Raises:
        RecordError: the file is missing, or not one JSON object in UTF-8, or holds a number that is none.
    """
    try:
        value = json.loads(file_bytes(path).decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise RecordError(
            f"not JSON: {reason_of(error)} at column {error.colno}", path=path, line=error.lineno
        ) from None
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}", path=path) from None
    except (ValueError, RecursionError) as error:  # not UTF-8, NaN, nesting without end, a NUL in the path
        raise RecordError(f"not JSON that can be read: {error}", path=path) from None
    if not isinstance(value, dict):
        raise RecordError(f"not a JSON object: {_shown(value)}", path=path)
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a finite number")


def _finite(number: str) -> float:
    return float(number) if math.isfinite(float(number)) else _refuse(number[:20])


def shaped(shape: TypeAdapter[Shape], value: object, *, where: str = "", path: Path | None = None) -> Shape:
    """Read a plain value as what it should be. `where` is its place in the file, for errors to name.

    Raises:
        RecordError: it is not. Names the first place where it is not, what is wrong there, and the value.
    """
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in (where, *first["loc"]) if part != "")
        raise RecordError(f"{place}: {said_of(first)}, found {_shown(first['input'])}", path=path) from None


def _shown(value: object) -> str:
    whole = ascii(value)
    return whole if len(whole) <= LONGEST_VALUE else f"{whole[:LONGEST_VALUE]}..."
