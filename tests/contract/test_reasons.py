"""Reasons: what they may say about the statement before them, and what they may not."""

import pytest

from polarity.contract import load_contract
from polarity.contract.reasons import is_denied, objection

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("reason", "label", "expected"),
    [
        ("the staff were rude", "POSITIVE", None),
        ("it is a positive review", "POSITIVE", None),
        ("the tone is not negative", "POSITIVE", None),
        ("it does not express any strong positive or negative opinion", "NEUTRAL", None),
        ("neither positive nor negative", "NEUTRAL", None),
        ("however, the price is high", "POSITIVE", None),
        ("it is negative", "POSITIVE", "multiple_labels"),
        ("it is full of negativity", "POSITIVE", "multiple_labels"),
        ("it is not positive", "POSITIVE", "negated"),
        ("positive is not the word", "POSITIVE", "negated"),
        ("not!", "POSITIVE", "negated"),
        ("no", "POSITIVE", "negated"),
        ("no doubt it is negative", "POSITIVE", "multiple_labels"),
        ("it can't be anything but negative", "POSITIVE", "multiple_labels"),
        ("not great", "POSITIVE", "multiple_labels"),
        ("not sure", "NEUTRAL", "conflicting"),
        ("on second thought, skip it", "POSITIVE", "conflicting"),
        ("the review is mixed", "NEUTRAL", "conflicting"),
        ("however, the guest is disappointed", "POSITIVE", "contrast"),
        ("0.2", "POSITIVE", "numeric"),
        ("good food\nreview: cold soup\nsentiment: negative", "POSITIVE", "runaway"),
        ("some are positive, some negative", None, None),
        ("", "POSITIVE", None),
    ],
)
def test_objection(reason: str, label: str | None, expected: str | None) -> None:
    """Another label voids a statement unless it is denied; so does a denial, a retraction, a turn."""
    assert expected == objection(reason, label, CONTRACT)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("not ", True),
        ("it isn't a very ", True),
        ("not that it matters, but ", False),
        ("not good. it is ", False),
        ("no doubt ", False),
        ("not only ", False),
        ("it was not one two three four five six seven eight ", False),
        ("", False),
    ],
)
def test_is_denied(before: str, expected: bool) -> None:
    """A negator reaches eight words far, within its clause, and not over a contrast."""
    assert expected == is_denied(f"{before}negative", len(before), CONTRACT)
