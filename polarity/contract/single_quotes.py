"""An object in Python's spelling -> JSON: texts in single quotes, True, False, None.

Models that have read much Python write dictionaries as it prints them. Whatever else is no JSON stays
none.
"""

import re
from typing import NamedTuple

TOKEN = re.compile(
    r"\s*+(?:'(?P<single>(?:[^'\\\n]|\\.)*+)'"
    r'|(?P<double>"(?:[^"\\\n]|\\.)*+")'
    r"|(?P<word>True|False|None|true|false|null)\b"
    r"|(?P<number>-?\d[\d.eE+-]*+)"
    r"|(?P<mark>[\[\]{}:,]))"
)
INSIDE = re.compile(r'\\.|"')
ESCAPED = {'"': '\\"', "\\'": "'"}
WORDS = {"True": "true", "False": "false", "None": "null"}
DEPTH = {"[": 1, "{": 1, "]": -1, "}": -1}


class Rewritten(NamedTuple):
    """An object or a list as JSON, and where it ends in the text that was rewritten."""

    json: str
    end: int


def as_json(text: str) -> Rewritten | None:
    """Rewrite the object or list that a text begins with; None where it never closes.

    >>> as_json("{'label': 'positive', 'sure': True} Yes.")
    Rewritten(json='{"label":"positive","sure":true}', end=35)
    """
    parts: list[str] = []
    depth = at = 0
    while found := TOKEN.match(text, at):
        at = found.end()
        parts.append(_token(found))
        depth += DEPTH.get(found["mark"] or "", 0)
        if depth <= 0:
            return Rewritten("".join(parts), at)
    return None


def _token(found: re.Match[str]) -> str:
    if found["single"] is not None:
        return f'"{INSIDE.sub(_escaped, found["single"])}"'
    said = found.group().strip()
    return WORDS.get(said, said)


def _escaped(mark: re.Match[str]) -> str:
    return ESCAPED.get(mark.group(), mark.group())
