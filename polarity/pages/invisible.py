"""What others wrote, with the characters spelled out that nobody can see, or that turn a line around."""

from re import Match

import regex

from polarity.contract.canonical import INVISIBLE

# An emoji's own invisible parts, its colour form and what joins several to one picture, are none of it.
EMOJI_PART = r"(?<=\p{Emoji})\ufe0f|(?<=[\p{ExtPict}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{ExtPict})"
INVISIBLE_IN_MESSAGE = regex.compile(rf"(?:{EMOJI_PART})(*SKIP)(*FAIL)|{INVISIBLE.pattern}")


def visible(text: str) -> str:
    r"""Spell out the characters that nobody can see: they may be why an answer was not mapped.

    >>> visible("posi\u200btive")
    'posi⟨U+200B⟩tive'
    """
    return str(INVISIBLE.sub(_spelled, text))


def message_text(text: str) -> str:
    r"""Spell out what cannot be seen in a message, or turns it around, as in an answer; emoji stay whole.

    >>> message_text("Fine \u2764\ufe0f \u202eenif") == "Fine \u2764\ufe0f ⟨U+202E⟩enif"
    True
    """
    return str(INVISIBLE_IN_MESSAGE.sub(_spelled, text))


def _spelled(found: Match[str]) -> str:
    return f"⟨U+{ord(found.group()):04X}⟩"
