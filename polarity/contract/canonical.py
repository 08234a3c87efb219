"""Raw text -> canonical text: the one spelling that rules are compared with.

Repairs what is only dress (width, case, white space, quotes, Markdown, one code fence, one closed
reasoning block, one JSON object) and refuses what could disguise one word as another.
"""

import json
import unicodedata
from collections.abc import Collection
from typing import Any

import regex

from polarity.types import UnmappedReason

BYTE_ORDER_MARK = "\ufeff"
INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}\p{Co}]|(?![\n\t\r\f\v])\p{Cc}")
WORD = regex.compile(r"[\p{L}\p{M}]+")
NOT_LATIN = regex.compile(r"[^\p{Latin}\p{Common}\p{Inherited}]")
LATIN = regex.compile(r"\p{Latin}")
EMPHASIS = regex.compile(r"(?<!\w)[*_`]+|[*_`]+(?!\w)")  # not "~": struck through is taken back
FENCE = regex.compile(r"```\w*\n(?P<inside>.*?)\n?```", flags=regex.DOTALL)
REASONING = regex.compile(
    r"<(?P<tag>think|thinking|reasoning)>(?P<thought>.*?)(?:</(?P=tag)>|$)",
    flags=regex.DOTALL | regex.IGNORECASE,
)
BLANKS = regex.compile(r"[^\S\n]+")
LINE_ENDS = regex.compile(r"\s*\n\s*")
QUOTES = "\"'«»„“”‘’‚‹›"
START = " \n." + QUOTES  # not "!": in code, "!positive" denies
END = START + "!"
APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


class Refused(Exception):
    """The text has no canonical form; `reason` says why."""

    def __init__(self, reason: UnmappedReason) -> None:
        self.reason = reason
        super().__init__(reason)


def canonical(text: str) -> str:
    r"""Spell a text the one way that rules are compared with.

    NFKC, case folded, white space collapsed to single blanks and line feeds, quotes, Markdown
    emphasis and full stops stripped from the edges, exclamation marks from the end. Canonical
    text is its own canonical text.

    >>> canonical(' **PositIVE**.\n')
    'positive'
    >>> canonical("“Ｎｏｔ   great!”")
    'not great'
    """
    previous = ""
    while text != previous:
        previous = text
        text = unicodedata.normalize("NFKC", "".join(map(_folded, text))).translate(APOSTROPHES)
        text = EMPHASIS.sub("", text.replace("“", '"').replace("”", '"'))
        text = LINE_ENDS.sub("\n", BLANKS.sub(" ", text)).lstrip(START).rstrip(END)
    return text


def _folded(character: str) -> str:
    """Fold case one character for one: "İ" would become two, with a mark, and stays as it is."""
    folded = character.casefold()
    return folded if len(folded) == 1 else character


def unwrap(text: str, label_keys: Collection[str]) -> str:
    """Open what answers are wrapped in and return the canonical text of the answer itself.

    In this order: a byte-order mark, one closed reasoning block at the start, one code fence
    around everything, one JSON object with exactly one of `label_keys`.

    >>> unwrap('<think>They are angry.</think>{"label": "Negative"}', {"label"})
    'negative'

    Raises:
        Refused: invisible or confusable characters, an unclosed reasoning block, broken JSON.
    """
    text = text.removeprefix(BYTE_ORDER_MARK).strip()
    _refuse_disguise(text)
    text = _after_reasoning(text).strip()
    if fenced := FENCE.fullmatch(text):
        text = fenced["inside"].strip()
    if text.startswith("{"):
        text = _from_json(text, label_keys)
        _refuse_disguise(text)  # a JSON escape may have hidden one until now
    return canonical(text)


def _refuse_disguise(text: str) -> None:
    if INVISIBLE.search(text):
        raise Refused("invisible")
    if any(_mixes_scripts(word.group()) for word in WORD.finditer(unicodedata.normalize("NFKC", text))):
        raise Refused("confusable")


def _mixes_scripts(word: str) -> bool:
    return bool(NOT_LATIN.search(word) and LATIN.search(word))


def _after_reasoning(text: str) -> str:
    block = REASONING.match(text)
    if block is None:
        return text
    if block.end() == len(text) and not text.lower().endswith(f"</{block['tag'].lower()}>"):
        raise Refused("truncated")
    return text[block.end() :]


def _from_json(text: str, label_keys: Collection[str]) -> str:
    try:
        found = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise Refused("malformed_json") from None
    stated = [value for key, value in found.items() if canonical(key) in label_keys]
    if len(stated) != 1:
        raise Refused("conflicting" if stated else "undeclared")
    (value,) = stated
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    raise Refused("numeric" if type(value) in (int, float) else "undeclared")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found
