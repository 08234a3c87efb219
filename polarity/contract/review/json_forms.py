"""Answer in JSON -> form: its keys, and what kind of value stands under each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from polarity.contract.canonical import canonical

Kind = Literal["label", "text", "number", "other"]
SHOWN: Mapping[Kind, str] = {"label": "{label}", "text": "...", "number": "{number}", "other": "..."}


@dataclass(frozen=True, slots=True)
class JsonForm:
    """The keys of an object with the kinds of their values, and the label that one of them names."""

    keys: tuple[tuple[str, Kind], ...]
    label: str | None

    @property
    def shown(self) -> str:
        """The object with slots for its values."""
        inside = ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {SHOWN[kind]}" for key, kind in self.keys)
        return f"{{{inside}}}"


def json_form(text: str, named: Mapping[str, str]) -> JsonForm | None:
    """Give the form of one JSON object, None of any other text; `named` are words and their labels.

    >>> json_form('{"mood": "Good.", "why": "It works."}', {"good": "POSITIVE"})
    JsonForm(keys=(('mood', 'label'), ('why', 'text')), label='POSITIVE')
    """
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    values = [(key, canonical(value) if isinstance(value, str) else value) for key, value in found.items()]
    labels = [named[value] for _, value in values if isinstance(value, str) and value in named]
    return JsonForm(tuple((key, _kind(value, named)) for key, value in values), labels[0] if labels else None)


def _kind(value: object, named: Mapping[str, str]) -> Kind:
    match value:
        case str():
            return "label" if value in named else "text"
        case int() | float() if not isinstance(value, bool):
            return "number"
        case _:
            return "other"
