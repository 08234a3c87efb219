"""Parts of sentences: declared once under a name, and put wherever a pattern names them as `<name>`.

A part may name only parts that are declared above it, so that nothing can be made of itself.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from polarity.contract.canonical import spelled
from polarity.contract.patterns import Group, Pieces, parsed

NAME = re.compile(r"[^\W\d_][^\W\d_ ]*(?: [^\W\d_]+)*")
REFERENCE = re.compile(r"<([^<>]*)>")

Parts = Mapping[str, tuple[str, ...]]


def groups(parts: Parts) -> Mapping[str, Group]:
    """Read parts as groups of alternatives, spelled canonically, in the order of declaration.

    >>> groups({"noun": ("Tone", "mood")})["noun"].alternatives
    [['tone'], ['mood']]

    Raises:
        ValueError: no pattern, no name, or a part that names one that is not declared above it.
    """
    return _groups(tuple(parts.items()))


@lru_cache(maxsize=32)  # a contract's checks and its look-ups ask for the same parts in turn
def _groups(parts: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, Group]:
    found: dict[str, Group] = {}
    for name, patterns in parts:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a part: letters and blanks")
        found[name] = Group([read_sentence_pattern(pattern, found) for pattern in patterns], optional=False)
    return MappingProxyType(found)


def inlined(pattern: str, parts: Parts) -> str:
    """Put into a pattern what the parts that it names stand for, as `groups` reads them.

    >>> inlined("the <noun> is {label}", {"noun": ("tone", "mood")})
    'the (tone|mood) is {label}'
    """
    return REFERENCE.sub(
        lambda found: f"({'|'.join(inlined(one, parts) for one in parts[found[1]])})", pattern
    )


def read_sentence_pattern(pattern: str, parts: Mapping[str, Group]) -> Pieces:
    """Read a pattern that may name parts, spelled canonically.

    Raises:
        ValueError: it is no pattern, or names what is no part.
    """
    return parsed(_spelled(pattern), parts)


def _spelled(pattern: str) -> str:
    return spelled(pattern.translate(HIDDEN)).translate(SHOWN)


HIDDEN, SHOWN = str.maketrans("<>", "\x02\x03"), str.maketrans("\x02\x03", "<>")  # names look like tags
