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
EMOJI_PARTS = regex.compile(
    r"(?<=\p{Extended_Pictographic})[\ufe0f\u200d]+"
)  # invisible, but part of a picture
WORD = regex.compile(r"[\p{L}\p{M}]+")
NOT_LATIN = regex.compile(r"[^\p{Latin}\p{Common}\p{Inherited}]")
LATIN = regex.compile(r"\p{Latin}")
EMPHASIS = regex.compile(r"(?<![*_`])[*_`]++")  # not "~": struck through is taken back
FENCE = regex.compile(r"```\w*\n(?P<inside>.*?)\n?```", flags=regex.DOTALL)
REASONING = regex.compile(
    r"<(?P<tag>think|thinking|reasoning)>(?P<thought>.*?)(?:</(?P=tag)>|$)",
    flags=regex.DOTALL | regex.IGNORECASE,
)
BLANKS = regex.compile(r"[^\S\n]+")
LINE_ENDS = regex.compile(r"\s*\n\s*")
SEPARATORS = regex.compile(r"\s?([:=])\s?")
LIST_MARK = regex.compile(r"(?:#{1,6}|[-•]) ")
BRACKETS = (("(", ")"), ("[", "]"))
QUOTES = "\"'«»„“”‘’‚‹›"
START = " \n" + QUOTES  # not "!": in code, "!positive" denies
END = START + "!"
SPELLINGS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"'})


class Refused(Exception):
    """The text has no canonical form; `reason` says why."""

    def __init__(self, reason: UnmappedReason) -> None:
        self.reason = reason
        super().__init__(reason)


def canonical(text: str) -> str:
    r"""Spell a text the one way that rules are compared with.

    NFKC, case folded, white space collapsed to single blanks and line feeds, ":" and "=" followed
    by one blank; a list or heading mark, one pair of brackets, quotes, Markdown emphasis, a full
    stop and exclamation marks stripped from the edges. An ellipsis stays: it leaves something
    unsaid. Canonical text is its own canonical text.

    >>> canonical(' **PositIVE**.\n')
    'positive'
    >>> canonical("“Ｎｏｔ   great!”")
    'not great'
    >>> canonical("**Sentiment:**\n\n- Positive")
    'sentiment: - positive'
    """
    previous = ""
    while text != previous:
        previous = text
        text = unicodedata.normalize("NFKC", "".join(map(_folded, text))).translate(SPELLINGS)
        text = LINE_ENDS.sub("\n", BLANKS.sub(" ", EMPHASIS.sub(_unless_inside_a_word, text)))
        text = _without_edges(SEPARATORS.sub(r"\1 ", text))
    return text


def _folded(character: str) -> str:
    """Fold case one character for one: "İ" would become two, with a mark, and stays as it is."""
    folded = character.casefold()
    return folded if len(folded) == 1 else character


def _unless_inside_a_word(mark: regex.Match[str]) -> str:
    before, after = mark.string[: mark.start()][-1:], mark.string[mark.end() :][:1]
    return str(mark.group()) if before.isalnum() and after.isalnum() else ""


def _without_edges(text: str) -> str:
    previous = ""
    while text != previous:
        previous = text
        text = text.lstrip(START).rstrip(END)
        if text.endswith(".") and not text.endswith(".."):
            text = text[:-1]
        if mark := LIST_MARK.match(text):
            text = text[mark.end() :]
        if (text[:1], text[-1:]) in BRACKETS:
            text = text[1:-1]
    return text


def unwrap(text: str, label_keys: Collection[str], side_keys: Collection[str] = ()) -> str:
    """Open what answers are wrapped in and return the canonical text of the answer itself.

    In this order: a byte-order mark, one closed reasoning block at the start, one code fence
    around everything, one JSON object. The object holds the answer under one of `label_keys`, or
    the same answer under several, and nothing else but `side_keys`.

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
        text = _from_json(text, label_keys, side_keys)
        _refuse_disguise(text)  # a JSON escape may have hidden one until now
    return str(EMOJI_PARTS.sub("", canonical(text)))


def _refuse_disguise(text: str) -> None:
    if INVISIBLE.search(EMOJI_PARTS.sub("", text)):
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


def _from_json(text: str, label_keys: Collection[str], side_keys: Collection[str]) -> str:
    try:
        found = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise Refused("malformed_json") from None
    stated = [value for key, value in found.items() if canonical(key) in label_keys]
    if not stated or any(canonical(key) not in {*label_keys, *side_keys} for key in found):
        raise Refused("undeclared")
    answers = [_answer(value) for value in stated]
    if len({canonical(answer) for answer in answers}) > 1:
        raise Refused("conflicting")
    return answers[0]


def _answer(value: object) -> str:
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
