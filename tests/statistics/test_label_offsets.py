"""What a model says of any text, taken out again, where it is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.statistics.label_offsets import LabelOffsets, against, prior

LABELS = ("A", "B", "C")
LEAN = {"A": 0.7, "B": 0.2, "C": 0.1}


def _leaning(truth: dict[str, float], lean: dict[str, float]) -> dict[str, float]:
    masses = {label: p * lean[label] for label, p in truth.items()}
    return {label: mass / sum(masses.values()) for label, mass in masses.items()}


@given(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3))
def test_a_known_prior_is_recovered(weights: list[float]) -> None:
    """A text without content says the prior itself: divided by it, a distribution is what it was."""
    truth = dict(zip(LABELS, (weight / sum(weights) for weight in weights), strict=True))
    found = against(prior([LEAN, LEAN])).applied(_leaning(truth, LEAN))
    assert truth == pytest.approx(found)


def test_a_batch_mends_what_it_was_not_told_of() -> None:
    """Of as many texts of each label a leaning model calls two thirds A; divided by its mean, far fewer.

    Nearly all of the accuracy that the leaning cost is won back.
    """
    dice = np.random.default_rng(0)
    gold = dice.integers(0, 3, 6000)
    logits = dice.normal(0, 1, (6000, 3))
    logits[np.arange(6000), gold] += 1.5
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truths = [dict(zip(LABELS, row, strict=True)) for row in shares.tolist()]
    leaning = [_leaning(truth, LEAN) for truth in truths]

    offsets = against(prior(leaning[:3000]))
    mended = [offsets.applied(scores) for scores in leaning[3000:]]

    def called(distributions: list[dict[str, float]]) -> list[str]:
        return [max(scores, key=scores.__getitem__) for scores in distributions]

    def accuracy(distributions: list[dict[str, float]]) -> float:
        labels = called(distributions)
        return float(np.mean([label == LABELS[at] for label, at in zip(labels, gold[3000:], strict=True)]))

    assert called(leaning[3000:]).count("A") / 3000 > 0.6
    assert called(mended).count("A") / 3000 < 0.45
    assert accuracy(leaning[3000:]) < accuracy(truths[3000:]) - 0.1
    assert accuracy(truths[3000:]) == pytest.approx(accuracy(mended), abs=0.04)


def test_a_temperature_sharpens_or_flattens() -> None:
    """At 0.5 the odds are squared; a label with no probability keeps next to none."""
    sharper = LabelOffsets(0.5, dict.fromkeys(LABELS, 0.0))
    assert {"A": 0.9, "B": 0.1, "C": 0.0} == pytest.approx(
        sharper.applied({"A": 0.75, "B": 0.25, "C": 0.0}), abs=1e-9
    )
