"""Calibration measures against what can be counted by hand, and against scikit-learn."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.metrics import brier_score_loss, log_loss

from polarity.statistics.calibration import (
    brier,
    expected_calibration_error,
    negative_log_likelihood,
    reliability,
    with_temperature,
)
from polarity.tuning.temperature_fit import fit_temperature


def _drawn(n: int, *, temperature: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw labels by honest probabilities, and give probabilities that are too sure by `temperature`."""
    random = np.random.default_rng(0)
    honest = softmax(random.normal(0, 2, (n, 3)), axis=1)
    gold = np.array([random.choice(3, p=row) for row in honest])
    return with_temperature(honest, 1 / temperature), gold


def test_the_bins_have_as_many_texts_each() -> None:
    """Thirty-two texts in fifteen bins: two or three in each, from the least confidence to the most."""
    shares, gold = _drawn(32, temperature=1.0)
    bins = reliability(shares, gold)

    assert [3] * 2 + [2] * 13 == [part.n for part in bins]
    assert sorted(part.confidence for part in bins) == [part.confidence for part in bins]


def test_texts_of_one_confidence_stay_together() -> None:
    """A hundred at 0.75 of which 75 are right are calibrated, however they are ordered."""
    shares, gold = [[0.75, 0.25]] * 100, [0] * 75 + [1] * 25

    assert [(0.75, 0.75, 100)] == reliability(shares, gold)
    assert 0.0 == expected_calibration_error(shares, gold)


def test_the_order_of_the_texts_does_not_matter() -> None:
    """Confidences of one digit, which tie everywhere: shuffled, they measure the same."""
    shares, gold = _drawn(300, temperature=1.0)
    coarse = np.round(shares, 1)
    order = np.random.default_rng(1).permutation(300)

    expected = expected_calibration_error(coarse, gold)
    assert pytest.approx(expected) == expected_calibration_error(coarse[order], gold[order])
    assert len(reliability(coarse, gold)) > 5


def test_fewer_texts_than_bins() -> None:
    """A bin without a text is not made up."""
    assert [1, 1] == [part.n for part in reliability([[0.6, 0.4], [0.9, 0.1]], [0, 1])]


def test_the_error_is_weighted_by_the_texts_of_a_bin() -> None:
    """Bins of 2 and 1 texts that are off by 0.1 and 0.7: (2 * 0.1 + 0.7) / 3."""
    error = expected_calibration_error([[0.6, 0.4], [0.6, 0.4], [0.7, 0.3]], [0, 1, 1], bins=2)

    assert pytest.approx((2 * 0.1 + 0.7) / 3) == error


def test_brier_and_likelihood_are_scikit_learns() -> None:
    """The formulas are the usual ones."""
    shares, gold = _drawn(500, temperature=2.0)

    assert pytest.approx(brier_score_loss(gold, shares, labels=[0, 1, 2], scale_by_half=False)) == brier(
        shares, gold
    )
    assert pytest.approx(log_loss(gold, shares)) == negative_log_likelihood(shares, gold)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_is_found(temperature: float) -> None:
    """Probabilities that were sharpened by a temperature are mended by it, up to what was drawn."""
    shares, gold = _drawn(4000, temperature=temperature)

    assert pytest.approx(temperature, rel=0.05) == fit_temperature(shares, gold)


@pytest.mark.parametrize(
    ("shares", "gold", "problem"),
    [
        ([[0.9, 0.1]] * 300, [0] * 300, "no text is wrong"),
        ([[0.9, 0.1]] * 300, [1] * 300, "every text is wrong"),
        ([[0.9, 0.1]] * 300, [0, 1, 1] * 100, r"the temperature runs out of 0\.05 to 20\.0"),
        ([[0.5, 0.5]] * 300, [0, 1, 1] * 100, r"the temperature runs out of 0\.05 to 20\.0"),
    ],
)
def test_what_fits_no_temperature_is_refused(
    shares: list[list[float]], gold: list[int], problem: str
) -> None:
    """Where the likelihood has no summit within the bounds, the place where the search stopped is none."""
    with pytest.raises(ValueError, match=problem):
        fit_temperature(shares, gold)


def test_calibrated_texts_have_little_error() -> None:
    """Honest probabilities measure close to 0, too sure ones far from it, and mending brings them back."""
    shares, gold = _drawn(4000, temperature=2.5)
    mended = with_temperature(shares, fit_temperature(shares, gold))

    assert expected_calibration_error(shares, gold) > 0.08
    assert expected_calibration_error(mended, gold) < 0.03


def test_no_label_changes() -> None:
    """A temperature makes a model more or less sure, and never of another mind."""
    shares, _ = _drawn(500, temperature=1.0)

    assert (shares.argmax(1) == with_temperature(shares, 3.0).argmax(1)).all()


def test_a_probability_of_zero_can_be_measured() -> None:
    """A softmax that underflowed is very wrong, not infinitely."""
    assert negative_log_likelihood([[1.0, 0.0]], [1]) < 30


def test_other_shapes_are_refused() -> None:
    """As many labels as rows, and at least one."""
    with pytest.raises(ValueError, match=r"\(2,\) for \(1, 2\)"):
        brier([[0.5, 0.5]], [0, 1])
    with pytest.raises(ValueError, match="one label a row"):
        brier(np.empty((0, 3)), [])
