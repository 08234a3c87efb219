"""Contradictions: feelings of another label, judgements of a second thing, and doubt."""

import pytest

from polarity.contract import load_contract
from polarity.contract.contradictions import (
    agrees,
    is_doubted,
    is_less,
    judges_a_second_otherwise,
    share_of,
    shows_another_feeling,
    weighs,
)

from .review.successors import BASE

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("they are furious", "POSITIVE", True),
        ("they are thrilled", "NEGATIVE", True),
        ("they are not furious", "POSITIVE", False),
        ("they are furious", "NEGATIVE", False),
        ("they are furious", "NEUTRAL", False),
        ("the soup was bad", "POSITIVE", False),
        ("they are furious", None, False),
    ],
)
def test_another_feeling(text: str, label: str | None, expected: bool) -> None:
    """A strong feeling of another label counts unless it is denied, beside a label that has its own."""
    assert expected == shows_another_feeling(text, label, CONTRACT)


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("i hate it", "NEGATIVE", True),
        ("i hate it", "POSITIVE", False),
        ("i hate it", None, False),
        ("i do not hate it", "NEGATIVE", False),
        ("it is blue", "NEUTRAL", False),
        ("i hate it, though it works", "NEGATIVE", False),
        ("i hate it, my mistake", "NEGATIVE", False),
        ("i hate it and love you", "NEGATIVE", False),
        ("i hate it, it is positive", "NEGATIVE", False),
    ],
)
def test_agreeing(text: str, label: str | None, expected: bool) -> None:
    """The label's own feeling is shown, and nothing of another label; nothing turns or is taken back."""
    assert expected == agrees(text, label, CONTRACT)


def test_without_declared_feelings_nothing_is_felt() -> None:
    """A contract that declares none finds none."""
    assert not shows_another_feeling("furious", "YES", BASE)
    assert not is_doubted("confidence: 0", BASE)


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        (" for the food and bad for the service", True),
        (" for the food, awful for the service", True),
        (" towards the bad and ugly", True),
        (" for the bad food", False),
        (" for the food and the service", False),
        (" for the food and not bad for the service", False),
    ],
)
def test_a_second_thing_judged_otherwise(behind: str, expected: bool) -> None:
    """What the label is said of first may be anything; a second thing may not be judged otherwise."""
    assert expected == judges_a_second_otherwise(behind, "POSITIVE", CONTRACT)


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        ("they are furious.", False),
        ("they were furious, but got a refund.", True),
        ("they were furious. now they are happy.", True),
        ("they were furious and not happy.", False),
        ("they were furious about the positive review.", True),
    ],
)
def test_reasons_that_weigh(lead: str, expected: bool) -> None:
    """Reasons weigh by a turn, by the label's own feeling, or by its name."""
    assert expected == weighs(lead, "POSITIVE", CONTRACT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("confidence: 0%", True),
        ("confidence: 0.1", True),
        ("the confidence is 10 %", True),
        ("confidence: 1/10", True),
        ("with 3% confidence", True),
        ("i am only 10% sure", True),
        ("confidence: 0.5", False),
        ("confidence: 9", False),
        ("confidence: 90", False),
        ("confidence: high", False),
        ("10% off", False),
        ("i am confident. 0.1 is a low rating", False),
        ("уверенность: 0.1", True),
        ("confianza: 0,2", True),
    ],
)
def test_doubt(text: str, expected: bool) -> None:
    """A number below the floor beside a word for certainty is doubt, in every language; no other is."""
    assert expected == is_doubted(text, CONTRACT)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0.25", 0.25),
        ("25%", 0.25),
        ("25", 0.25),
        ("1/4", 0.25),
        ("4", None),
        ("1", 1.0),
        ("a", None),
        ("1/0", None),
    ],
)
def test_a_number_as_a_share(number: str, expected: float | None) -> None:
    """A fraction, a share of a hundred or of another number; what two to ten are of nobody knows."""
    assert expected == share_of(number)
    assert is_less(number, CONTRACT) is (expected is not None and expected < CONTRACT.rules.score_floor)
