"""The stars contract: digits and stars are label words there, and nothing near them is."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import polarity
from polarity.contract import load_contract, mapper
from polarity.contract.canonical import canonical
from polarity.types import Abstention, Completion, Outcome, Scores, Unmapped, Verdict
from tests.properties import examples

STARS = load_contract(Path(polarity.__file__).parent / "contracts" / "stars.v1.toml")
DECLARED = {text for text, stated in STARS.statements.items() if stated.label}


def mapped(text: str) -> Outcome:
    """Map a completion by the stars contract."""
    return mapper.map(Completion(text=text), STARS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "NEGATIVE"),
        (" 2\n", "NEGATIVE"),
        ("3.", "NEUTRAL"),
        ("**4**", "POSITIVE"),
        ('"5"', "POSITIVE"),
        ("(4)", "POSITIVE"),
        ("\uff14", "POSITIVE"),
        ("1 star", "NEGATIVE"),
        ("2 stars", "NEGATIVE"),
        ("five stars", "POSITIVE"),
        ("Three Stars!", "NEUTRAL"),
        ("a 5-star rating", "POSITIVE"),
        ("4/5", "POSITIVE"),
        ("4 / 5", "POSITIVE"),
        ("2/5 stars", "NEGATIVE"),
        ("3 out of 5", "NEUTRAL"),
        ("two out of five stars", "NEGATIVE"),
        ("★", "NEGATIVE"),
        ("★★★☆☆", "NEUTRAL"),
        ("★★★★☆", "POSITIVE"),
        ("⭐️⭐️⭐️⭐️⭐️", "POSITIVE"),
        ("Stars: 4", "POSITIVE"),
        ("Rating: 3/5", "NEUTRAL"),
        ("The rating is 4 stars.", "POSITIVE"),
        ("I would give it 2 stars", "NEGATIVE"),
        ("a solid 4", "POSITIVE"),
        ("Sure, 4 stars", "POSITIVE"),
        ("1 star because it broke twice", "NEGATIVE"),
        ('{"stars": "4"}', "POSITIVE"),
        ('{"rating": "3/5", "reason": "It is a lamp."}', "NEUTRAL"),
    ],
)
def test_a_rating_is_a_verdict(text: str, expected: str) -> None:
    """One and two stars are negative, three neutral, four and five positive, however they are written."""
    outcome = mapped(text)
    assert isinstance(outcome, Verdict)
    assert expected == outcome.label


@pytest.mark.parametrize(
    "text",
    [
        *(
            "0",
            "6",
            "10",
            "45",
            "4.5",
            "4,5",
            "-4",
            "+4",
            "4%",
            "10/10",
            "5/10",
            "4.5 stars",
            "6 stars",
            "zero stars",
        ),
        *(
            "3-4 stars",
            "3 - 4",
            "1-5",
            "4 or 5",
            "four or five",
            "1, 2, 3, 4, 5",
            "1\n2\n3",
            "1. 5",
            "4: 5",
            "4_5",
        ),
        *(
            "not 5 stars",
            "less than 3",
            "half a star",
            "un4",
            "5 but slow",
            "★★★★★★",
            "☆☆☆☆☆",
            "4\u00b2",
            "3\u00bd",
        ),
    ],
)
def test_near_a_rating_is_none(text: str) -> None:
    """Other numbers, ranges, lists, fractions and denials have no label."""
    assert isinstance(mapped(text), Unmapped)


@pytest.mark.parametrize("text", ["n/a", "no rating", "Cannot tell.", "mixed"])
def test_a_model_may_decline(text: str) -> None:
    """That is an abstention."""
    assert isinstance(mapped(text), Abstention)


@given(st.text("0123456789./-", min_size=1, max_size=8))
@example("45")
@example("4.5")
@example("5/5/5")
@examples(250)
def test_no_other_number_is_a_verdict(text: str) -> None:
    """A string of digits and marks is a verdict if its canonical form is declared, and only then."""
    assert (canonical(text) in DECLARED) == isinstance(mapped(text), Verdict)


def test_digits_that_the_prompt_does_not_teach_count_too() -> None:
    """Log-probabilities of 1 and 2, and of 4 and 5, are summed: each is one token."""
    raw = Scores(probabilities={" 5": 0.3, " 4": 0.3, " 3": 0.2, " 2": 0.1, "6": 0.1}, source="logprobs")
    outcome = mapper.map(raw, STARS)
    assert isinstance(outcome, Verdict)
    assert ("POSITIVE", pytest.approx(0.9)) == (outcome.label, outcome.coverage)
    assert {"NEGATIVE": "1", "NEUTRAL": "3", "POSITIVE": "5"} == STARS.file.answer_words
