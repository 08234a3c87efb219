"""The language of a text, guessed by CLD2: offline, in some 70 microseconds, and silent where it is not sure.

How often it is right on labelled texts says `benchmarks/languages.py`.
"""

from typing import NamedTuple

import pycld2

SCRIPT = "xx-"  # a writing without a language: pictures, and scripts that CLD2 has no words of
SHORT = 60  # characters


class Guess(NamedTuple):
    """A language: CLD2's name for it, such as `German`, and its ISO 639-1 code where it has one."""

    name: str
    code: str


def guessed(text: str, expected: str | None = None) -> Guess | None:
    """Guess the language of a text; None for most short ones, which leave it open.

    `expected` is the code of the language that a short text is in, unless much speaks for another.

    >>> guessed("Das Paket kam leider viel zu spaet an und war beschaedigt.")
    Guess(name='German', code='de')
    >>> guessed("american beauty reeks").name, guessed("american beauty reeks", "en")
    ('Afrikaans', None)
    """
    try:
        is_reliable, _, guesses = pycld2.detect(text, hintLanguage=expected if len(text) < SHORT else None)
    except (pycld2.error, UnicodeEncodeError):  # control characters and half characters are no text to it
        return None
    name, code, *_ = guesses[0]
    if not is_reliable or code.startswith(SCRIPT):
        return None
    return Guess(str(name).capitalize(), str(code))
