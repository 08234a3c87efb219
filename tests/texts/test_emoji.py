"""Emoji by name."""

import pytest

from polarity.texts import with_emoji_named


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No emoji  here,\n4 stars", "No emoji  here,\n4 stars"),
        ("😡", "enraged face"),
        ("😡😡😡", "enraged face"),
        ("late😡again", "late enraged face again"),
        ("👎🏽 and 👎🏿", "thumbs down and thumbs down"),
        ("I ❤️ it", "I love it"),
        ("🤬💩", "cursing with anger crap"),
        ("👨‍👩‍👧 pass", "family man woman girl pass"),
        ("🇩🇪", "Germany"),
        ("© 2024 and #1", "© 2024 and #1"),
    ],
)
def test_names(text: str, expected: str) -> None:
    """A run of one emoji is named once, without its colour of skin; what is no emoji stays."""
    assert with_emoji_named(text) == expected
