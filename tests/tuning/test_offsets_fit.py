"""Offsets and a temperature that are known, found again from what they gave."""

import numpy as np
import pytest

from polarity.statistics.label_offsets import LabelOffsets
from polarity.tuning.offsets_fit import fit_offsets

LABELS = ("A", "B", "C")
TRUE = LabelOffsets(1.6, {"A": -0.9, "B": 0.2, "C": 0.7})


@pytest.mark.slow
def test_what_is_known_is_recovered() -> None:
    """Gold is drawn from the distributions that the true offsets make of the model's."""
    dice = np.random.default_rng(1)
    shares = dice.dirichlet([1.0, 1.0, 1.0], 8000)
    said = [dict(zip(LABELS, row, strict=True)) for row in shares.tolist()]
    gold = [str(dice.choice(LABELS, p=list(TRUE.applied(scores).values()))) for scores in said]

    found = fit_offsets(said, gold)

    assert TRUE.temperature == pytest.approx(found.temperature, abs=0.1)
    assert TRUE.offsets == pytest.approx(found.offsets, abs=0.08)
    assert 0.0 == pytest.approx(sum(found.offsets.values()), abs=1e-3)


@pytest.mark.parametrize(
    ("said", "gold", "problem"),
    [
        ([], [], "there is no text"),
        ([{"A": 0.9, "B": 0.1}] * 2, ["A", "A"], "no text is labelled B"),
        ([{"A": 0.9, "B": 0.1}, {"A": 0.2, "B": 0.8}], ["A", "B"], "tell every text's label, or none"),
        ([{"A": 0.5, "B": 0.5}, {"A": 0.9, "B": 0.1}], ["A", "B"], "tell every text's label, or none"),
    ],
)
def test_without_a_best_fit_there_is_none(
    said: list[dict[str, float]], gold: list[str], problem: str
) -> None:
    """Said, and not a number from the edge of what was searched."""
    with pytest.raises(ValueError, match=problem):
        fit_offsets(said, gold)
