"""Hugging Face's ClassLabel columns: whole numbers in the cells, and their names beside the schema."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from polarity.records.rows import Columns

KEY = b"huggingface"  # of the schema's metadata, where `datasets` writes its features
UNLABELLED = -1  # what `datasets` has for a row whose class is not known


def class_names(metadata: Mapping[bytes, bytes] | None, columns: Columns) -> dict[str, list[str]]:
    """Give the names of each ClassLabel column, in the order of its numbers.

    Where `columns.labels` says what some of a column's numbers are, they are read as they stand.

    >>> told = {"info": {"features": {"label": {"_type": "ClassLabel", "names": ["neg", "pos"]}}}}
    >>> class_names({KEY: json.dumps(told).encode()}, Columns())
    {'label': ['neg', 'pos']}
    >>> class_names({KEY: json.dumps(told).encode()}, Columns(labels=(("0", "BAD"), ("1", "GOOD"))))
    {}
    """
    try:
        features = json.loads((metadata or {})[KEY])["info"]["features"]
        named = {
            column: [str(name) for name in feature["names"]]
            for column, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # what is no such description
        return {}
    said = {name.strip() for name, _ in columns.labels}
    return {column: names for column, names in named.items() if said.isdisjoint(map(str, range(len(names))))}


def named_class(value: Any, names: Sequence[str]) -> Any:
    """Give a number its name. A row without a class has none; what has no name stays what it is.

    >>> [named_class(value, ["neg", "pos"]) for value in (1, -1, 2, None)]
    ['pos', None, 2, None]
    """
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    if value == UNLABELLED:
        return None
    return names[value] if 0 <= value < len(names) else value
