"""Slips of a hand: each takes one word of a text and spells it wrongly.

The word has five letters or more, since a slip in a short one easily makes another word of it. Its
first letter stays.
"""

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Literal

Typo = Literal["swapped", "dropped", "doubled", "neighbouring"]

WORD = re.compile(r"[A-Za-z]{5,}")
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = {key: row[at - 1] if at else row[1] for row in ROWS for at, key in enumerate(row)}


def misspelt(text: str, typo: Typo, rng: Random) -> str:
    """Spell one word of five letters or more wrongly; a text without one stays as it is.

    >>> misspelt("The parcel is late.", "swapped", Random(1))
    'The parcle is late.'

    Of the generator only `random()` is used, which alone is promised to stay the same in later Pythons.
    """
    words = [found for found in WORD.finditer(text) if _places(found.group(), typo)]
    if not words:
        return text
    found = words[int(rng.random() * len(words))]
    places = _places(found.group(), typo)
    slip = SLIPS[typo](found.group(), places[int(rng.random() * len(places))])
    return text[: found.start()] + slip + text[found.end() :]


def _places(word: str, typo: Typo) -> list[int]:
    """List where a slip changes the word: not where two equal letters would change places."""
    return [at for at in range(1, len(word) - 1) if typo != "swapped" or word[at] != word[at + 1]]


def swapped(word: str, at: int) -> str:
    """Let two letters change places.

    >>> swapped("parcel", 2)
    'pacrel'
    """
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def dropped(word: str, at: int) -> str:
    """Leave a letter out.

    >>> dropped("parcel", 2)
    'pacel'
    """
    return word[:at] + word[at + 1 :]


def doubled(word: str, at: int) -> str:
    """Strike a key twice.

    >>> doubled("parcel", 2)
    'parrcel'
    """
    return word[: at + 1] + word[at:]


def neighbouring(word: str, at: int) -> str:
    """Strike the key beside the right one.

    >>> neighbouring("parcel", 2)
    'paecel'
    """
    return word[:at] + NEIGHBOURS.get(word[at], "x") + word[at + 1 :]


SLIPS: Mapping[Typo, Callable[[str, int], str]] = {
    "swapped": swapped,
    "dropped": dropped,
    "doubled": doubled,
    "neighbouring": neighbouring,
}
