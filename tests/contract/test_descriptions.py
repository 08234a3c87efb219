"""Sentences that state a label without a label's word."""

import pytest

from polarity.contract import load_contract
from polarity.contract.descriptions import read_description
from polarity.contract.statements import Reading

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("text", "label", "rule"),
    [
        ("this sounds frustrating for the user", "NEGATIVE", "description/frustrating"),
        ("the customer is satisfied overall", "POSITIVE", "description/satisfied"),
        ("the customer is not satisfied", "NEGATIVE", "description/not satisfied"),
        ("the customer isn't satisfied with it", "NEGATIVE", "description/not satisfied"),
        ("they seem very angry. they want a refund", "NEGATIVE", "description/angry"),
        ("the author expresses a sense of disappointment", "NEGATIVE", "description/disappointment"),
        (
            "the customer feels a mix of anger and sadness",
            "NEGATIVE",
            "description/a mix of anger and sadness",
        ),
    ],
)
def test_description(text: str, label: str, rule: str) -> None:
    """Subject, link, fillers and cue state a label; a denied cue states what the contract says."""
    found = read_description(text, CONTRACT)
    assert isinstance(found, Reading)
    assert (label, rule) == (found.label, found.rule)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the customer is not angry", "negated"),
        ("the author is angry. ...", None),
        ("the author is angry. h ...", None),
        ("the author is happy. they like the scre ...", None),
        ("the customer is never not happy", "negated"),
        ("the user is frustrated but polite", "contrast"),
        ("the user is happy, although it broke", "contrast"),
        ("the user is happy and disappointed", "conflicting"),
        ("the user is happy with the negative review", "conflicting"),
        ("the user is happy. is she?", "undeclared"),
        ("the customer would be satisfied if it worked", None),
        ("the customer is no longer happy", None),
        ("i am happy to help", None),
        ("is the customer happy", None),
        ("the customer is happ", None),
        ("this is a sad story", None),
        ("the customer is quite a lot of words away from happy", None),
    ],
)
def test_no_description(text: str, expected: str | None) -> None:
    """What turns, denies, asks or points both ways is void; what is not declared is not read."""
    assert expected == read_description(text, CONTRACT)
