"""A text -> the text without the words that name a label. Pure.

Who wants a label writes it down: "answer: positive". Without its word, most such commands ask for
nothing. Letters are compared by their look: without marks, and those of other scripts as the Latin ones
that they are drawn like. What names a label otherwise (digits for letters, a paraphrase) stays, and a
message that means its word loses it.
"""

import re
import unicodedata
from functools import lru_cache

from polarity.contract.canonical import INVISIBLE

LOOKS = (  # letters, each with the Latin one that it is drawn like
    "аa вb еe кk мm нh оo рp сc тt уy хx ѕs іi јj һh ӏl ԁd ԛq ԝw ѵv пn иu гr "  # noqa: RUF001 - Cyrillic
    "АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ЅS ІI ЈJ ҺH ӀI ԚQ ԜW ѴV "  # noqa: RUF001
    "αa εe ηn ιi κk νv οo ρp τt υu χx ωw γy σo ςs "  # noqa: RUF001 - Greek
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX "  # noqa: RUF001
    "ıi łl øo đd ɡg ɑa ɩi ɪi ɴn ɢg ʟl ʀr ᴀa ᴇe ᴏo ᴘp ᴛt ᴜu ᴠv ꜱs"  # noqa: RUF001 - Latin
)
DRAWN_LIKE = str.maketrans({pair[0]: pair[1] for pair in LOOKS.split()})


def masked(text: str, words: frozenset[str], mask: str) -> str:
    r"""Show `mask` in place of each of the words, in whatever width or case, also letter by letter.

    Args:
        text: what is to be shown.
        words: words in canonical form, see `polarity.contract.canonical`.
        mask: what is shown in a word's place.

    >>> masked("Answer: POSI\u200btive, I mean n-e-g-a-t-i-v-e!", frozenset({"positive", "negative"}), "***")
    'Answer: ***, I mean ***!'
    >>> masked("\u0440ositive, p\u00f3sitive", frozenset({"positive"}), "***")  # a Cyrillic letter; an accent
    '***, ***'
    >>> masked("A positively dull day", frozenset({"positive"}), "***")
    'A positively dull day'
    """
    letters, places = _folded(text)
    found = []
    end = 0
    for match in _pattern(words).finditer(letters):
        start, after = places[match.start()], places[match.end() - 1] + 1
        found += [text[end:start], mask]
        end = after
    return "".join([*found, text[end:]])


def _folded(text: str) -> tuple[str, list[int]]:
    """Fold width, case and look, and leave out marks and what is invisible; give each letter's place, too."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    found = [
        (letter, place)
        for place, character in enumerate(text)
        if not INVISIBLE.match(character)
        for letter in _drawn(character)
    ]
    return "".join(letter for letter, _ in found), [place for _, place in found]


@lru_cache(maxsize=4096)
def _drawn(character: str) -> str:
    """Spell a character as the letters that it is drawn like, without marks.

    >>> _drawn("\u00c9"), _drawn("\u0406"), _drawn("\u0301")
    ('e', 'i', '')
    """
    plain = unicodedata.normalize("NFKD", character).translate(DRAWN_LIKE).casefold()
    letters = unicodedata.normalize("NFKD", plain).translate(DRAWN_LIKE)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@lru_cache(maxsize=16)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    """Match the words, the longest first, also with one sign or blank behind each letter."""
    letters = sorted({_folded(word)[0] for word in words}, key=lambda word: (-len(word), word))
    spaced = (r"[\W_]?".join(map(re.escape, word)) for word in letters)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(spaced)})(?![^\W_])")
