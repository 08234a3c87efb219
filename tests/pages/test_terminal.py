"""What a terminal is shown of what others wrote."""

import pytest

from polarity.pages.terminal import SHOWN, harmless, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07Fine", r"\x1b]0;owned\x07Fine"),
        ("\x9b31mred\x7f\x00", r"\x9b31mred\x7f\x00"),
        ("abc\u202edef\u2066", r"abc\u202edef\u2066"),
        ("two\r\nlines\tand\u2028more", "two  lines and more"),
        ("Größe 好 👩‍💻 می‌خواهم עברית", "Größe 好 👩‍💻 می‌خواهم עברית"),
    ],
)
def test_a_text_does_not_steer_the_terminal(text: str, shown: str) -> None:
    """Control characters and what turns a line around are spelled; white space is a blank; the rest stays."""
    assert shown == harmless(text) == shortened(text)


def test_a_long_text_is_cut_as_it_is_shown() -> None:
    """To so many characters on the terminal, however long their spelling is."""
    assert "a" * SHOWN == shortened("a" * SHOWN)
    assert f"{'a' * SHOWN}..." == shortened("a" * (SHOWN + 1))
    assert SHOWN + 3 == len(shortened("\x1b" * SHOWN))
