"""Characters that can be seen, and the scripts that they are of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import regex

# All but what Unicode itself leaves out of a line of text (soft hyphens, joiners, fillers, tags), white
# space, controls, and the letter of Braille that is blank. NUL and half characters are faults, not blanks.
SEEN = regex.compile(r"[^\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cf}\x01-\x1f\x7f-\x9f\u2800]")
SCRIPTS = (
    *("Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Han", "Hiragana", "Katakana", "Hangul", "Thai"),
    *("Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"),
    *("Armenian", "Georgian", "Ethiopic", "Khmer", "Lao", "Myanmar", "Tibetan", "Mongolian"),
)
LETTER = regex.compile(r"[\p{L}\p{M}--\p{Default_Ignorable_Code_Point}]", regex.V1)


def has_visible(text: str) -> bool:
    r"""Say whether anything of a text can be seen.

    >>> has_visible("fine"), has_visible("\u200b\u3164 \U000e0041\n"), has_visible("\u2764\ufe0f")
    (True, False, True)
    """
    return SEEN.search(text) is not None


def known_characters(text: str, scripts: Sequence[str]) -> float:
    """Give the share of a text's letters that are of some scripts, by the names that Unicode has for them.

    Digits, punctuation and emoji are of no script: a text without letters has all of them.

    >>> known_characters("Good", ["Latin"]), known_characters("Плохо: bad", ["Latin"])
    (1.0, 0.375)
    """
    letters = LETTER.findall(text)
    return sum(map(len, _of(tuple(scripts)).findall(text))) / len(letters) if letters else 1.0


def scripts_of(texts: Iterable[str], least: float) -> tuple[str, ...]:
    """Name the living scripts that have at least this share of some texts' letters.

    >>> scripts_of(["Good", "Плохо", "Good and cheap"], 0.3)
    ('Latin',)
    """
    counts, letters = Counter[str](), 0
    for text in texts:
        found = LETTER.findall(text)
        letters += len(found)
        counts.update(
            {script: sum(map(len, _only(script).findall(text))) for script in SCRIPTS} if found else {}
        )
    return tuple(script for script in SCRIPTS if letters and counts[script] >= least * letters)


@cache
def _only(script: str) -> Any:
    return regex.compile(rf"\p{{Script={script}}}+")


@cache
def _of(scripts: Sequence[str]) -> Any:
    """Compile what finds letters of some scripts, and marks, which are of the letter's before them.

    Raises:
        ValueError: Unicode has no script of that name.
    """
    names = "".join(rf"\p{{Script={script}}}\p{{Script=Inherited}}\p{{Script=Common}}" for script in scripts)
    try:
        return regex.compile(rf"[{LETTER.pattern}&&[{names}]]+", regex.V1)
    except regex.error as error:
        raise ValueError(f"no script of Unicode's: {error.msg}") from None
