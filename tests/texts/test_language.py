"""The language of a text."""

import pytest

from polarity.texts import Guess, guessed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Das Paket kam viel zu spät an und war kaputt", Guess("German", "de")),
        ("The parcel came far too late and it was broken", Guess("English", "en")),
        ("Великолепный сервис, спасибо большое", Guess("Russian", "ru")),
        ("ok", None),
        ("❤️", None),
        ("", None),
        ("half \ud800 a character", None),
        ("bell \x07 bell", None),
    ],
)
def test_guesses(text: str, expected: Guess | None) -> None:
    """A language is named where the guess is reliable; what is no text to the guesser has none."""
    assert guessed(text) == expected
