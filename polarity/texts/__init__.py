"""What is read of a text without a model: visible characters, scripts, emoji, its language, a time."""

from polarity.texts.emoji import with_emoji_named
from polarity.texts.language import Guess, guessed
from polarity.texts.visible import has_visible, known_characters, scripts_of

__all__ = ["Guess", "guessed", "has_visible", "known_characters", "scripts_of", "with_emoji_named"]
