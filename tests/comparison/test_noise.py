"""The noise floor: one side against itself."""

import math
import random
from dataclasses import replace

import pytest

from polarity.comparison import Noise, Pair, summarise
from polarity.types import Answer, Completion, ContractRef, Decision, Failure, Unmapped, Verdict

REF = ContractRef("polarity", "1.0.0", "0" * 64)


def said(label: str) -> Answer:
    """An answer that states a label, or none in time."""
    if label == "late":
        return Answer(Failure(reason="timeout"), Failure(reason="timeout"))
    return Answer(Completion(text=label), Verdict(label=label, rule="r", contract=REF))


def pair(left: str, *right: str) -> Pair:
    """A pair whose right side was asked as often as it has answers."""
    first, *others = map(said, right)
    result = Decision(label="A", decided_by="bert")
    return Pair(id="1", text="x", left=said(left), right=first, result=result, repeats=tuple(others))


def noise(*pairs: Pair) -> Noise | None:
    """The noise of some pairs."""
    return summarise(pairs, ["A", "B"]).noise


def test_by_hand() -> None:
    """Of A A B, two of three comparisons differ, and one of three answers from A; B B B always from A."""
    found = noise(pair("A", "A", "A", "B"), pair("A", "B", "B", "B"))

    assert found is not None
    assert (2, 3) == (found.n, found.askings)
    assert math.isclose((2 / 3 + 0) / 2, found.itself.value)
    assert math.isclose((1 / 3 + 1) / 2, found.between.value)
    assert math.isclose(2 / 3 - 1 / 6, found.excess.value)


def test_noise_alone_is_no_excess() -> None:
    """Where the left says what the right says on most of its days, nothing is left over, and that is sure."""
    found = noise(*[pair("A", "A", "B", "A")] * 30, *[pair("A", "A", "A", "A")] * 30)

    assert found is not None
    assert math.isclose(1 / 3, found.itself.value)
    assert math.isclose(1 / 6, found.between.value)
    assert (0.0, 0.0, 0.0) == pytest.approx((found.excess.value, found.excess.low, found.excess.high))
    assert found.itself.low < 1 / 3 < found.itself.high


@pytest.mark.slow
def test_what_is_more_than_noise_is_found() -> None:
    """Simulated: the right flips one answer of five, and on 12 % of the texts means another label."""
    dice = random.Random(0)
    pairs = []
    for at in range(3000):
        meant, other = ("B", "A") if at % 100 < 12 else ("A", "B")
        pairs.append(pair("A", *(other if dice.random() < 0.2 else meant for _ in range(5))))
    found = noise(*pairs)

    assert found is not None
    truth = 0.88 * 0.2 + 0.12 * 0.8 - 0.2 * 0.8  # between, less half of 2 * 0.2 * 0.8
    assert found.excess.low < truth < found.excess.high
    assert found.excess.low > 0.09


def test_gibberish_is_steady_and_still_no_agreement() -> None:
    """A side that is never understood does not differ from itself, and agrees with nobody."""
    unmapped = Answer(Completion(text="hm"), Unmapped(reason="undeclared", contract=REF))
    found = noise(replace(pair("A", "A"), left=unmapped, right=unmapped, repeats=(unmapped,)))

    assert found is not None
    assert (0.0, 1.0, 1.0) == (found.itself.value, found.between.value, found.excess.value)


def test_failures_are_no_answers() -> None:
    """A text that was answered once says nothing of noise; one late answer of three leaves two."""
    found = noise(pair("A", "A", "late"), pair("A", "A", "late", "B"), pair("late", "A", "B"))

    assert found is not None
    assert (1, 1.0, 0.5) == (found.n, found.itself.value, found.between.value)


def test_nothing_without_repeats() -> None:
    """Asked once, there is no noise to speak of."""
    assert noise(pair("A", "A"), pair("A", "late", "A")) is None
