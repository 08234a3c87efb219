"""Where two nested values differ."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Difference(NamedTuple):
    """One place, as in "bert.precision", and what stands there; a missing value is None."""

    key: str
    old: Any
    new: Any


def differences(old: Any, new: Any, key: str = "") -> Iterator[Difference]:
    """Walk two values side by side, down to the places where they differ, in the order of their keys.

    Mappings are entered, and so are lists as long as each other. `key` is where the two values stand.

    >>> [tuple(found) for found in differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}})]
    [('a.c', 2, 3)]
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            yield from differences(old.get(name), new.get(name), _below(key, name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from differences(was, now, _below(key, at))
    elif old != new:
        yield Difference(key, old, new)


def _below(key: str, part: object) -> str:
    return f"{key}.{part}" if key else str(part)
