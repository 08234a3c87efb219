"""What stands beside a label's word: taken off where it says nothing more, part of the answer elsewhere."""

import pytest

from polarity.contract import load_contract
from polarity.contract.adornments import without_adornments

from .review.successors import BASE, with_value

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("text", "expected", "kinds"),
    [
        ("(b) negative", "negative", ["letter"]),
        ("c. neutral", "neutral", ["letter"]),
        ("option b: negative", "negative", ["letter"]),
        ("the answer is b. negative", "the answer is negative", ["letter"]),
        ("negative (b)", "negative", ["letter"]),
        ("(a) positive (b) negative", "(a) positive (b) negative", []),
        ("(a) positive (b) n; non-negative", "(a) positive (b) n; non-negative", []),
        ("a) positive\nb) negati", "a) positive\nb) negati", []),
        ("option a: positive, option b: ne", "option a: positive, option b: ne", []),
        ("(a) positive (b", "(a) positive (b", []),
        ("(a) positive ( ...", "(a) positive ( ...", []),
        ("(b) negative (it leaks)", "negative (it leaks)", ["letter"]),
        ("(a) positive (b) negative\n(b) negative", "(a) positive (b) negative\n(b) negative", []),
        (
            "a) positive b) negative\nthe answer is b) negative",
            "a) positive b) negative\nthe answer is negative",
            ["letter"],
        ),
        ("a) negativ neutral\nc) positive", "negativ neutral\npositive", ["letter", "letter"]),
        ("not (b) negative", "not negative", ["letter"]),
        ("plan b: negative", "plan b: negative", []),
        ("(z) negative", "(z) negative", []),
        ("(b) it is negative", "(b) it is negative", []),
        ("positive. 😊", "positive", ["picture"]),
        ("😊 positive", "positive", ["picture"]),
        ("sentiment: 😠 negative\nwhy: it broke", "sentiment: negative\nwhy: it broke", ["picture"]),
        ("✅ positive", "positive", ["picture"]),
        ("classification: positive ✅", "classification: positive", ["picture"]),
        ("😡 positive", "😡 positive", []),
        ("positive 😡", "positive 😡", []),
        ("❌ positive", "❌ positive", []),
        ("positivo 😊", "positivo", ["picture"]),
        ("sentiment (positive, negative or neutral): neutral", "sentiment: neutral", ["choices"]),
        ("sentiment (positive/negative/neutral): neutral", "sentiment: neutral", ["choices"]),
        ("sentiment (positive or negative): neutral", "sentiment (positive or negative): neutral", []),
        ("positive (positive, negative, neutral)", "positive (positive, negative, neutral)", []),
        (
            "1. sentiment: negative\n2. reason: it broke",
            "sentiment: negative\n2. reason: it broke",
            ["list number"],
        ),
        ("1. positive", "1. positive", []),
    ],
)
def test_taken_off(text: str, expected: str, kinds: list[str]) -> None:
    """A letter, a picture of the same side, the choices, a list's number; each is kept as taken.

    Where choices are listed, also up to the mark of one that was cut, no letter is. A letter is no word of a
    language: "c" is French elsewhere.
    """
    taken: list[tuple[str, str]] = []
    assert expected == without_adornments(text, CONTRACT, taken)
    assert kinds == [kind for kind, _ in taken]


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [("(b) yes", "letter_forms", ["({letter}) {label}"]), ("✅ yes", "ornaments", ["✅"])],
)
def test_only_what_is_declared(text: str, key: str, value: list[str]) -> None:
    """By default a letter and a picture are part of the answer."""
    assert text == without_adornments(text, BASE, [])
    assert "yes" == without_adornments(text, with_value(f"rules.{key}", value), [])
