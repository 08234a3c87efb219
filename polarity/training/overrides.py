"""`KEY=VALUE`, as typed beside a recipe: it changes what the recipe says, key by key."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from polarity.errors import SettingsError

SET = "--set"


class Override(NamedTuple):
    """The way to a key, table by table, and what stands there from now on."""

    keys: tuple[str, ...]
    value: Any


def read_override(text: str) -> Override:
    """Read `KEY=VALUE`: a dotted key, and a TOML value or else a plain word.

    >>> read_override("options.epochs=2")
    Override(keys=('options', 'epochs'), value=2)
    >>> read_override("base=runs/large").value, read_override('base="2"').value
    ('runs/large', '2')

    Raises:
        SettingsError: it has no key, or no value.
    """
    key, _, value = text.partition("=")
    keys = tuple(part.strip() for part in key.split("."))
    if not all(keys) or not value.strip():
        raise SettingsError(f"{SET}: {text!r} is not KEY=VALUE")
    return Override(keys, _value(value.strip()))


def _value(text: str) -> Any:
    try:
        found = tomllib.loads(f"value = {text}")
    except ValueError:
        return text
    return found["value"] if len(found) == 1 else text  # a second line would be a second key


def overridden(found: Mapping[str, Any], overrides: Sequence[Override]) -> dict[str, Any]:
    """Give what a recipe says, changed; a table that is not there is made, an entry of a list is not.

    >>> overridden({"data": [{"file": "a.csv"}]}, [read_override("data.0.weight=0.5")])
    {'data': [{'file': 'a.csv', 'weight': 0.5}]}

    Raises:
        SettingsError: a key leads to an entry that a list does not have, or into what is no table.
    """
    changed: Any = dict(found)
    for override in overrides:
        changed = _changed(changed, override.keys, override)
    return dict(changed)


def _changed(there: Any, left: tuple[str, ...], override: Override) -> Any:
    """Give `there`, a part of a recipe, with the value at the end of the keys that are `left`."""
    if not left:
        return override.value
    key, *rest = left
    if isinstance(there, dict):
        return {**there, key: _changed(there.get(key, {}), tuple(rest), override)}
    named = f"{SET}: {'.'.join(override.keys)}"
    if not isinstance(there, list):
        raise SettingsError(f"{named}: there is no such key: {there!r} is no table")
    if not (key.isascii() and key.isdecimal() and int(key) < len(there)):
        raise SettingsError(f"{named}: there is no entry {key}: {len(there)} are there, counted from 0")
    at = int(key)
    return [*there[:at], _changed(there[at], tuple(rest), override), *there[at + 1 :]]
