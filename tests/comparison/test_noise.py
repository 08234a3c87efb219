"""The noise floor: one side against itself."""

import math

from polarity.comparison import Noise, Pair, summarise
from polarity.types import Answer, Completion, ContractRef, Decision, Failure, Verdict

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
    assert math.isclose(1 / 3, found.excess.value)


def test_the_excess_is_paired() -> None:
    """Where one text is as noisy as it is apart, over many texts, the excess is sure to be nothing."""
    found = noise(*[pair("A", "A", "B")] * 30, *[pair("A", "A", "A")] * 30)

    assert found is not None
    assert (0.5, 0.25, -0.25) == (found.itself.value, found.between.value, found.excess.value)
    assert found.itself.low < 0.5 < found.itself.high


def test_failures_are_no_answers() -> None:
    """A text that was answered once says nothing of noise; one late answer of three leaves two."""
    found = noise(pair("A", "A", "late"), pair("A", "A", "late", "B"), pair("late", "A", "B"))

    assert found is not None
    assert (1, 1.0, 0.5) == (found.n, found.itself.value, found.between.value)


def test_nothing_without_repeats() -> None:
    """Asked once, there is no noise to speak of."""
    assert noise(pair("A", "A"), pair("A", "late", "A")) is None
