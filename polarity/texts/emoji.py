"""Emoji by name: a tokenizer that has no token for 😡 reads "enraged face", and a classifier what that feels.

The names are Unicode's own short ones (CLDR), but for pictures whose name says what is drawn and not what
people mean by it: nobody steams from the nose. A run of one emoji is named once.

A checkpoint says in its `input.json` by which version of this it was trained or is served.
"""

from collections.abc import Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Any

import regex

VERSION = 1
PICTURE = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}")
SIGNS = "©®™"  # pictures to Unicode, and letters to whoever writes them
TONE = regex.compile(r" (?:light|medium-light|medium|medium-dark|dark) skin tone\b")

# By CLDR's name, in words that people write for the same.
MEANT: Mapping[str, str] = MappingProxyType(
    {
        "face with symbols on mouth": "cursing with anger",
        "face with steam from nose": "frustrated",
        "face with rolling eyes": "annoyed",
        "face with raised eyebrow": "doubtful",
        "unamused face": "unhappy face",
        "persevering face": "struggling",
        "weary face": "tired and upset",
        "crying face": "sad, crying",
        "loudly crying face": "very sad, crying",
        "face vomiting": "disgusting",
        "nauseated face": "disgusting",
        "pile of poo": "crap",
        "person facepalming": "what a failure",
        "man facepalming": "what a failure",
        "woman facepalming": "what a failure",
        "middle finger": "hate you",
        "clapping hands": "well done",
        "raising hands": "hooray",
        "party popper": "hooray",
        "partying face": "happy, hooray",
        "hundred points": "perfect",
        "OK hand": "perfect",
        "folded hands": "thank you",
        "red heart": "love",
        "two hearts": "love",
        "sparkling heart": "love",
        "growing heart": "love",
        "heart suit": "love",
        "face savoring food": "delicious",
    }
)


def with_emoji_named(text: str) -> str:
    """Put names in the place of emoji; a text without them is given back as it is.

    >>> with_emoji_named("Your bot 😡😡 👎🏽"), with_emoji_named("4 stars")
    ('Your bot enraged face thumbs down', '4 stars')
    """
    if not PICTURE.search(text):
        return text
    import emoji

    parts = [_part(token) for token in emoji.analyze(text, non_emoji=True)]
    pieces: list[str] = []
    for is_named, run in groupby(parts, key=lambda part: part[1]):
        words = [word for word, _ in run]
        if is_named:
            once = " ".join(word for word, _ in groupby(words))
            pieces.append(f" {once} ")
        else:
            pieces.append("".join(words))
    return " ".join("".join(pieces).split())


def _part(token: Any) -> tuple[str, bool]:
    """Give a character, or an emoji's name, and whether it is the latter."""
    if isinstance(token.value, str) or token.chars[0] in SIGNS:
        return token.chars, False
    name = TONE.sub("", token.value.data["en"].strip(":").replace("_", " "))
    return MEANT.get(name, name), True
