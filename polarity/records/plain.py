"""Values of any type -> the form that JSON has for them."""

import math
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal  # noqa: F401 - the example's
from typing import Any


class Carried(str):
    """A number that is carried as text, since JSON has no form for it: nobody's words."""

    __slots__ = ()


def plain(value: Any) -> Any:
    r"""Give a value the form that JSON has for it, or the nearest.

    A date or a time becomes text as ISO 8601 spells it, as does a duration; a decimal its digits; bytes
    the text that they are in UTF-8, or null; NaN is null, infinity text, and whatever else there is, what it
    calls itself.

    >>> plain({"on": date(2024, 2, 29), "paid": Decimal("1.50"), "tags": ("a", None), "x": math.nan})
    {'on': '2024-02-29', 'paid': '1.50', 'tags': ['a', None], 'x': None}
    >>> plain([timedelta(hours=1.5), b"caf\xc3\xa9", b"\xff\xd8", -math.inf])
    ['PT5400S', 'café', None, '-Infinity']
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    return next((spelled(value) for kind, spelled in SPELLED if isinstance(value, kind)), None)


def duration(value: timedelta) -> str:
    """Spell a duration as ISO 8601 does, in seconds.

    >>> duration(timedelta(days=-1, microseconds=5))
    '-PT86399.999995S'
    """
    micros = value // timedelta(microseconds=1)
    seconds, rest = divmod(abs(micros), 1_000_000)
    return f"{'-' if micros < 0 else ''}PT{seconds}{f'.{rest:06}' if rest else ''}S"


def _iso(value: date | time) -> str:
    return value.isoformat()


def _number(value: float) -> float | Carried | None:
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else Carried("Infinity" if value > 0 else "-Infinity")


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


SPELLED: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (float, _number),
    (date, _iso),
    (time, _iso),
    (timedelta, duration),
    (bytes, _decoded),
    (object, str),
)
