"""The language of a text, guessed by CLD2: offline, in some 70 microseconds, and silent where it is not sure.

How often it is right on labelled texts says `benchmarks/languages.py`.
"""

from typing import NamedTuple

import pycld2


class Guess(NamedTuple):
    """A language: CLD2's name for it, such as `German`, and its ISO 639-1 code where it has one."""

    name: str
    code: str


def guessed(text: str) -> Guess | None:
    """Guess the language of a text; None for most short ones, which leave it open.

    >>> guessed("Das Paket kam leider viel zu spaet an und war beschaedigt.")
    Guess(name='German', code='de')
    >>> guessed("ok")
    """
    try:
        is_reliable, _, guesses = pycld2.detect(text)
    except (pycld2.error, UnicodeEncodeError):  # control characters and half characters are no text to it
        return None
    name, code, *_ = guesses[0]
    return Guess(str(name).capitalize(), str(code)) if is_reliable else None
