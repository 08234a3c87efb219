"""Hugging Face's ClassLabel columns: whole numbers in the cells, and their names beside the schema."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from polarity.records.rows import Columns, LabelOf

KEY = b"huggingface"  # of the schema's metadata, where `datasets` writes its features
UNLABELLED = -1  # what `datasets` has for a row whose class is not known


def class_names(
    metadata: Mapping[bytes, bytes] | None, columns: Columns, label_of: LabelOf | None = None
) -> dict[str, list[str]]:
    """Give the names of each ClassLabel column, in the order of its numbers.

    A column whose names are all labels by `label_of` goes by them: `columns.labels` may be meant for another
    one. Of the rest, a column of which `columns.labels` says what a number is is read as it stands.

    >>> told = {"info": {"features": {"label": {"_type": "ClassLabel", "names": ["neg", "pos"]}}}}
    >>> class_names({KEY: json.dumps(told).encode()}, Columns())
    {'label': ['neg', 'pos']}
    >>> class_names({KEY: json.dumps(told).encode()}, Columns(labels=(("0", "BAD"), ("1", "GOOD"))))
    {}
    >>> known = {"neg": "BAD", "pos": "GOOD"}.get
    >>> class_names({KEY: json.dumps(told).encode()}, Columns(labels=(("1", "BAD"),)), known)
    {'label': ['neg', 'pos']}
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
    return {column: names for column, names in named.items() if _goes_by_names(names, columns, label_of)}


def _goes_by_names(names: Sequence[str], columns: Columns, label_of: LabelOf | None) -> bool:
    if label_of is not None and all(map(label_of, names)):
        return True
    said = {name.strip() for name, _ in columns.labels}
    return said.isdisjoint(map(str, range(len(names))))


def passed_over(
    classes: Mapping[str, Sequence[str]], columns: Columns, label_of: LabelOf | None
) -> Iterator[str]:
    """Say of which columns `columns.labels` is not read, since their own names say another thing.

    >>> said = Columns(labels=(("0", "GOOD"), ("1", "BAD")))
    >>> list(passed_over({"label": ["neg", "pos"]}, said, {"neg": "BAD", "pos": "GOOD"}.get))
    ["column 'label' goes by its own names, by which 0 is 'neg' and not GOOD"]
    """
    said = {name.strip(): label for name, label in columns.labels}
    for column, names in classes.items():
        for number, name in enumerate(names):
            label = said.get(str(number))
            if label_of and label and str(number) not in names and label_of(name) != label:
                here = f"column {column!r} goes by its own names"
                yield f"{here}, by which {number} is {name!r} and not {label}"
                break


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
