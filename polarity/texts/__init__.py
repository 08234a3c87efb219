"""What of a text a classifier can see: visible characters, scripts, emoji, its language."""

from polarity.texts.emoji import with_emoji_named
from polarity.texts.language import Guess, guessed
from polarity.texts.visible import has_visible, known_characters, scripts_of

__all__ = ["Guess", "guessed", "has_visible", "known_characters", "scripts_of", "with_emoji_named"]
