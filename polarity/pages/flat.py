"""Nested values as lines: what stands where."""

from collections.abc import Iterator, Mapping
from typing import Any


def flattened(values: Mapping[str, Any], below: str = "") -> Iterator[tuple[str, Any]]:
    """Name each value by its keys, with dots between them.

    >>> list(flattened({"backend": "llm", "llm": {"gguf": "small", "threads": 1}}))
    [('backend', 'llm'), ('llm.gguf', 'small'), ('llm.threads', 1)]
    """
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{below}{key}.")
        else:
            yield f"{below}{key}", value
