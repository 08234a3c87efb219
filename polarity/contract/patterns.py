"""One declared pattern -> every text that it stands for.

A contract that listed each sentence would be read by nobody. A pattern says many at once: what
stands in `[...]` may be left out, `(a|b)` is one of its parts, and both nest. It always stands for
a finite list of whole texts, so that two patterns can be checked for collisions.

`expand` gives that list, `regular_expression` the same as a pattern to match with, for when the
list would be long.
"""

import math
import re
from itertools import product

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
