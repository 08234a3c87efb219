"""Characters that can be seen, and the scripts that they are of."""

import pytest

from polarity.texts import has_visible, known_characters, scripts_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        (" \t\r\n\u00a0\u3000", False),
        ("\u200b\u200c\u2060\ufeff", False),
        ("\u3164\u115f\uffa0\u2800", False),
        ("\U000e0041\U000e007f\ufe0f", False),
        ("\u202e\u2066\u00ad\u034f", False),
        ("\x07\x1b", False),
        (".", True),
        ("😡", True),
        ("\u200bא", True),
        ("\x00", True),
        ("\ud800", True),
    ],
)
def test_whether_anything_can_be_seen(text: str, expected: bool) -> None:
    """White space, controls and what Unicode leaves out of a line are nothing; a fault is something."""
    assert has_visible(text) == expected


@pytest.mark.parametrize(
    ("text", "scripts", "expected"),
    [
        ("Très déçu", ["Latin"], 1.0),
        ("e\u0301te\u0301", ["Latin"], 1.0),
        ("Очень плохо", ["Latin"], 0.0),
        ("ひどい", ["Latin"], 0.0),
        ("good хорошо", ["Latin"], 0.4),
        ("good хорошо", ["Latin", "Cyrillic"], 1.0),
        ("4/5 😡 !!!", ["Latin"], 1.0),
        ("", ["Latin"], 1.0),
    ],
)
def test_the_share_of_known_scripts(text: str, scripts: list[str], expected: float) -> None:
    """Letters count, with the marks on them; digits, punctuation and pictures belong to every script."""
    assert known_characters(text, scripts) == expected


def test_a_script_that_is_none() -> None:
    """A name that Unicode does not have is refused."""
    with pytest.raises(ValueError, match="no script"):
        known_characters("a", ["Klingon"])


def test_the_scripts_of_texts() -> None:
    """A script counts from its share of all letters on; texts without letters have none."""
    assert scripts_of(["good", "плохо", "good"], 0.3) == ("Latin", "Cyrillic")
    assert scripts_of(["good" * 100, "ф"], 0.01) == ("Latin",)
    assert scripts_of(["123", "😡"], 0.01) == ()
