"""Reasons: what they may say about the statement before them, and what they may not."""

import pytest

from polarity.contract import load_contract
from polarity.contract.negation import is_denied
from polarity.contract.reasons import (
    declines,
    objection,
    objection_of_explanation,
    objection_of_lead,
)

from .review.successors import BASE

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
        ("it is not", "POSITIVE", "negated"),
        ("this isn't. it works", "POSITIVE", "negated"),
        ("the lamp is not as shown", "POSITIVE", None),
        ("the best product of 2020 is not", "POSITIVE", None),
        ("it is difficult to determine the sentiment", "NEGATIVE", "conflicting"),
        ("it says nothing about it, therefore i cannot answer the question", "POSITIVE", "conflicting"),
        ("the sentiment is unclear", "NEUTRAL", "conflicting"),
        ("the answer is mixed", "NEUTRAL", "conflicting"),
        ("sorry, i can't do that", "NEGATIVE", "conflicting"),
        ("sorry to hear that", "NEGATIVE", None),
        ("the text says that it is difficult to find a plumber", "NEUTRAL", None),
        ("the staff could not answer my question", "NEGATIVE", None),
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


@pytest.mark.parametrize(
    ("reason", "label", "expected"),
    [
        ("one positive aspect is named, but the fault outweighs it", "NEGATIVE", None),
        ("both positive and negative aspects are named", "NEUTRAL", None),
        ("there are no positive words in it", "NEGATIVE", None),
        ("it is good, but they are disappointed", "POSITIVE", None),
        ("it is positive", "NEGATIVE", "multiple_labels"),
        ("on second thought it is positive", "NEGATIVE", "multiple_labels"),
        ("positive", "NEGATIVE", "multiple_labels"),
        ("one positive aspect makes it positive", "NEGATIVE", "multiple_labels"),
        ("it is not negative", "NEGATIVE", "negated"),
        ("not negative aspects", "NEGATIVE", None),
        ("no", "NEGATIVE", "negated"),
        ("i take that back", "NEGATIVE", "conflicting"),
        ("the sentiment is impossible to determine", "NEGATIVE", "conflicting"),
        ("the customer is happy", "NEGATIVE", "multiple_labels"),
        ("not sure", None, None),
        ("it is negative", None, None),
        ("negative", None, "conflicting"),
    ],
)
def test_a_reason_in_json_may_mention_and_may_not_state(
    reason: str, label: str | None, expected: str | None
) -> None:
    """It may weigh both sides; what states another label, denies its own or takes it back, voids."""
    assert expected == objection_of_explanation(reason, label, CONTRACT)


def test_without_such_phrases_a_reason_in_json_is_read_as_any_other() -> None:
    """A contract that declares nothing that only mentions a label keeps its reading."""
    assert "multiple_labels" == objection_of_explanation("a no thing", "YES", BASE)


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        ("the pool is praised.", None),
        ("the pool is praised, but the bed is hard.", None),
        ("is this right?", "undeclared"),
        ("review: it leaks.", "runaway"),
        ("it is negative.", "multiple_labels"),
        ("it is not positive.", "negated"),
        ("i cannot judge this.", "conflicting"),
        ("the output format is as follows.", "conflicting"),
    ],
)
def test_what_stands_before_a_closing_object(lead: str, expected: str | None) -> None:
    """It is held to what a reason is, and may neither ask nor hold an input of the model's own."""
    assert expected == objection_of_lead(lead, "POSITIVE", CONTRACT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i cannot determine the overall sentiment", True),
        ("it isn't possible to classify this", True),
        ("there is not enough information to say", True),
        ("the tone cannot be judged", True),
        ("as an ai, i do not have feelings", True),
        ("they like it. the sentiment is mixed", True),
        ("the author asks how to determine the owner of a bike", False),
        ("the author cannot find the door", False),
        ("they say 'i can't wait'", False),
        ("i'm sorry for your loss", False),
        ("i can't wait to go back", False),
        ("", False),
    ],
)
def test_declines(text: str, expected: bool) -> None:
    """Only who says that the sentiment cannot be told declines, not who cannot do something else."""
    assert expected is declines(text, CONTRACT)
