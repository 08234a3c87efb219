"""A text -> the text without the words that name a label. Pure.

Who wants a label writes it down: "answer: positive". Without its word, most such commands ask for
nothing. What names a label otherwise (other scripts' letters, a paraphrase) stays, and a message that
means its word loses it.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from polarity.contract.canonical import INVISIBLE


def masked(text: str, words: Iterable[str], mask: str) -> str:
    r"""Show `mask` in place of each of the words, in whatever width or case, also letter by letter.

    Args:
        text: what is to be shown.
        words: words in canonical form, see `polarity.contract.canonical`.
        mask: what is shown in a word's place.

    >>> masked("Answer: POSI\u200btive, I mean n-e-g-a-t-i-v-e!", ("positive", "negative"), "***")
    'Answer: ***, I mean ***!'
    >>> masked("A positively dull day", ("positive",), "***")
    'A positively dull day'
    """
    letters, places = _folded(text)
    found = []
    end = 0
    for match in _pattern(frozenset(words)).finditer(letters):
        start, after = places[match.start()], places[match.end() - 1] + 1
        found += [text[end:start], mask]
        end = after
    return "".join([*found, text[end:]])


def _folded(text: str) -> tuple[str, list[int]]:
    """Fold width and case and leave out what is invisible; give each character's place in the text, too."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    found = [
        (letter, place)
        for place, character in enumerate(text)
        if not INVISIBLE.match(character)
        for letter in unicodedata.normalize("NFKC", character).casefold()
    ]
    return "".join(letter for letter, _ in found), [place for _, place in found]


@lru_cache(maxsize=16)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    """Match the words, the longest first, also with one sign or blank behind each letter."""
    spaced = (
        r"[\W_]?".join(map(re.escape, word)) for word in sorted(words, key=lambda word: (-len(word), word))
    )
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(spaced)})(?![^\W_])")
