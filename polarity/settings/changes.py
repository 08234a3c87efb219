"""What two readings of the settings differ in: by name only, since a value may be a secret."""

from collections.abc import Iterator, Mapping
from typing import Any

from polarity.settings.schema import Settings


def changed_keys(old: Settings, new: Settings) -> list[str]:
    """Name the keys whose values differ, in the settings' order.

    >>> changed_keys(Settings(), Settings(backend="both", bert={"threads": 2}))
    ['backend', 'bert.threads']
    """
    return list(_differing("", old.model_dump(), new.model_dump()))


def _differing(name: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _differing(f"{name}.{key}" if name else key, old.get(key), new.get(key))
    elif old != new:
        yield name
