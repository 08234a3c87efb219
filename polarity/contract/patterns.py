"""One declared pattern -> every text that it stands for.

A contract that listed each sentence would be read by nobody. A pattern says many at once: what
stands in `[...]` may be left out, `(a|b)` is one of its parts, and both nest. It always stands for
a finite list of whole texts, so that two patterns can be checked for collisions.

`expand` gives that list, `regular_expression` the same as a pattern to match with, for when the
list would be long.
"""

import math
import re
from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

MOST = 20_000  # texts of one pattern; more is a mistake, not a rule
CLOSING = {"[": "]", "(": ")"}
TOKEN = re.compile(r"[\[\]()|]|\s+|[^\[\]()|\s]+")
AS_EXPRESSION = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|"}
BLANK = "(?:(?<=[^ ]) (?=[^ ])|(?<= )|^|$)"  # what is left out must not leave two


def expand(pattern: str) -> tuple[str, ...]:
    """Give the texts that a pattern stands for, in the order in which it names them, each once.

    Blanks that leaving something out would double are single.

    >>> expand("the [overall] (tone|mood) is")
    ('the tone is', 'the mood is', 'the overall tone is', 'the overall mood is')
    >>> expand("plain")
    ('plain',)

    Raises:
        ValueError: a bracket without its partner, or more than 20,000 texts.
    """
    texts, _ = _alternatives(pattern, 0, "")
    return tuple(dict.fromkeys(" ".join(text.split()) for text in texts))


def _alternatives(pattern: str, start: int, closing: str) -> tuple[list[str], int]:
    """Read alternatives up to `closing`, or to the end if that is empty; say where they end."""
    found: list[str] = []
    parts: list[list[str]] = []  # of the alternative that is being read; any choice of one text each
    at = literal = start
    while at < len(pattern) and pattern[at] not in "])":
        mark = pattern[at]
        if mark in CLOSING:
            inside, end = _alternatives(pattern, at + 1, CLOSING[mark])
            parts += [[pattern[literal:at]], inside if mark == "(" else ["", *inside]]
            at = literal = end + 1
        elif mark == "|" and closing:
            found += _products([*parts, [pattern[literal:at]]], pattern)
            parts, literal = [], at + 1
            at += 1
        else:
            at += 1
    if pattern[at : at + 1] != closing:
        raise ValueError(f"{pattern!r} has a bracket without its partner")
    return found + _products([*parts, [pattern[literal:at]]], pattern), at


def _products(parts: list[list[str]], pattern: str) -> list[str]:
    if math.prod(map(len, parts)) > MOST:
        raise ValueError(f"{pattern!r} stands for more than {MOST:,} texts")
    return list(map("".join, product(*parts)))


def regular_expression(pattern: str) -> str:
    """Write the regular expression that matches in full what the pattern stands for.

    >>> bool(re.fullmatch(regular_expression("the [overall] (tone|mood) is"), "the mood is"))
    True
    """
    return "".join(map(_expression, TOKEN.findall(pattern)))


def _expression(token: str) -> str:
    if token.isspace():
        return BLANK
    return AS_EXPRESSION.get(token) or re.escape(token)


class Group(NamedTuple):
    """One of several alternatives, or, if it may be left out, none of them."""

    alternatives: "list[Pieces]"
    optional: bool


Pieces = list[str | Group]


def parsed(pattern: str, parts: Mapping[str, Group] = MappingProxyType({})) -> Pieces:
    """Read a pattern as plain texts and groups, in order; `<name>` is the group of that name in `parts`.

    A word of which only a part stands in brackets is spelled out: no group ends inside of a word.

    >>> parsed("the tone[s]")
    ['the ', Group(alternatives=[['tone'], ['tones']], optional=False)]

    Raises:
        ValueError: a bracket without its partner, or a name that is none of the parts.
    """
    alternatives, _ = _parsed(pattern, 0, "", parts)
    return alternatives[0]


def _parsed(pattern: str, start: int, closing: str, parts: Mapping[str, Group]) -> tuple[list[Pieces], int]:
    """Read alternatives up to `closing`, or to the end if that is empty; say where they end."""
    found: list[Pieces] = [[]]
    at = literal = start
    while at < len(pattern) and pattern[at] not in "])":
        mark = pattern[at]
        if mark in CLOSING:
            inside, end = _parsed(pattern, at + 1, CLOSING[mark], parts)
            found[-1] += [pattern[literal:at], Group(inside, optional=mark == "[")]
            at = literal = end + 1
        elif mark == "<":
            end = pattern.find(">", at)
            name = pattern[at + 1 : end] if end > 0 else pattern[at:]
            if name not in parts:
                raise ValueError(f"{pattern!r} names <{name}>, and no part declared before it has that name")
            found[-1] += [pattern[literal:at], parts[name]]
            at = literal = end + 1
        elif mark == "|" and closing:
            found[-1].append(pattern[literal:at])
            found.append([])
            at = literal = at + 1
        else:
            at += 1
    if pattern[at : at + 1] != closing:
        raise ValueError(f"{pattern!r} has a bracket without its partner")
    found[-1].append(pattern[literal:at])
    return [_parted(pieces) for pieces in found], at


def _parted(pieces: Pieces) -> Pieces:
    """Join a group with the rest of the word that it stands in."""
    found: Pieces = []
    for piece in pieces:
        if not piece:
            continue
        before = found[-1] if found else ""
        if isinstance(before, str) and isinstance(piece, str):
            found.append(piece)
        elif _may_be_letter(before, -1) and _may_be_letter(piece, 0):
            found.pop()
            head, word = _at_last_blank(before)
            rest, tail = _at_first_blank(piece)
            spelled_out: list[Pieces] = [[a + b] for a in _texts(word) for b in _texts(rest)]
            found += [part for part in (head, Group(spelled_out, optional=False), tail) if part]
        else:
            found.append(piece)
    return found


def _may_be_letter(piece: str | Group, at: int) -> bool:
    """Say whether a piece may begin (0) or end (-1) with a letter or a digit."""
    if isinstance(piece, str):
        return piece[at : at + 1 or None].isalnum()
    return any(_may_be_letter(alternative[at], at) for alternative in piece.alternatives if alternative)


def _at_last_blank(piece: str | Group) -> tuple[str, str | Group]:
    if isinstance(piece, Group):
        return "", piece
    head, blank, word = piece.rpartition(" ")
    return head + blank, word


def _at_first_blank(piece: str | Group) -> tuple[str | Group, str]:
    if isinstance(piece, Group):
        return piece, ""
    word, blank, tail = piece.partition(" ")
    return word, blank + tail


def _texts(piece: str | Group) -> list[str]:
    """Give the texts of a piece, as they stand there."""
    if isinstance(piece, str):
        return [piece]
    found = [] if not piece.optional else [""]
    for alternative in piece.alternatives:
        found += map("".join, product(*map(_texts, alternative)))
    return found
