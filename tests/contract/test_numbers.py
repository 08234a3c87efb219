"""Numbers beside a label's word: what is taken off, what stays, and what contradicts."""

import pytest

from polarity.contract import load_contract
from polarity.contract.canonical import Refused
from polarity.contract.numbers import Numbers, numbers

from .review.successors import BASE, with_value


def default() -> Numbers:
    """Give the default contract's."""
    found = load_contract().wrappings.numbers
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("positive+0.8", "positive"),
        ("positive 0.8", "positive"),
        ("positive 0,8", "positive"),
        ("positive .8", "positive"),
        ("positive 80%", "positive"),
        ("positive 80.5 %", "positive"),
        ("positive: 0.8", "positive"),
        ("positive, 0.8. it works", "positive. it works"),
        ("positive (0.8) it works", "positive\nit works"),
        ("positive (0.8) - it works", "positive - it works"),
        ("positive, confidence: 90", "positive"),
        ("positive, confidence: 1", "positive"),
        ("sentiment: positive 0.8\nreason: it works", "sentiment: positive\nreason: it works"),
        ("2 - positive", "positive"),
        ("2 (positive) it works", "positive\nit works"),
        ("label: 2 - positive", "label: positive"),
        ("positive (2)", "positive"),
        ("1: neutral; it lists", "neutral; it lists"),
        ("positive 0.8, negative 0.7", "positive, negative"),
    ],
)
def test_taken_off(text: str, expected: str) -> None:
    """A declared form leaves its label, parted from what follows."""
    taken: list[tuple[str, str]] = []
    assert expected == default().taken_off(text, taken)
    assert {"number"} == {what for what, _ in taken}


@pytest.mark.parametrize(
    "text",
    [
        "positive 0.2",
        "positive 120%",
        "positive 8",
        "positive, confidence: 4",
        "positive 0.8 of the time",
        "positive 80% of the time",
        "positive 0.8?",
        "positive 0.8.1",
        "positive 0.8/1",
        "positive -0.8",
        "unpositive 0.8",
        "non-label 0.8",
        "0.8 positive",
        "12 - positively charged",
        "rated 2 - positive",
        "2 - positive thing",
        "2. positive",
        "0 positive 1 negative",
        "positive",
        "",
    ],
)
def test_what_no_form_accounts_for_stays(text: str) -> None:
    """A small number, a count, or one that goes on says something else."""
    taken: list[tuple[str, str]] = []
    assert text == default().taken_off(text, taken)
    assert [] == taken


@pytest.mark.parametrize(
    "text",
    [
        "0 - positive",
        "1 (positive)",
        "positive (0)",
        "positive - 1. it works",
        "positive (7)",
        "-2: positive",
    ],
)
def test_a_code_of_another_label_contradicts(text: str) -> None:
    """A class code beside a label's word is that label's, or nobody knows which was meant."""
    with pytest.raises(Refused, match="conflicting"):
        default().taken_off(text, [])


def test_codes_may_be_negative_and_words_several() -> None:
    """Each word of a label goes with its code."""
    rules = BASE.rules.model_copy(
        update={"codes": {"NO": -1, "EVEN": 0, "YES": 1}, "code_forms": ("{code} - {label}",)}
    )
    found = numbers(rules)
    assert found
    assert ["no", "nay"] == [found.taken_off(f"-1 - {word}", []) for word in ("no", "nay")]


def test_no_forms_no_numbers() -> None:
    """A contract that declares no form takes no number off."""
    assert None is numbers(BASE.rules)
    assert with_value("rules.scores", ["{label}+{number}"]).wrappings.numbers


@pytest.mark.parametrize(("floor", "expected"), [(0.5, "yes+0.4"), (0.4, "yes"), (0.0, "yes")])
def test_the_floor_is_the_contracts(floor: float, expected: str) -> None:
    """A number at the floor counts, one below does not."""
    found = numbers(BASE.rules.model_copy(update={"scores": ("{label}+{number}",), "score_floor": floor}))
    assert found
    assert expected == found.taken_off("yes+0.4", [])
