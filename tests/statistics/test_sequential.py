"""Bounds that hold at every look."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray

from polarity.statistics.sequential import Bounds, bounds, log_evidence, lower, upper

ALPHA = 0.05
RUNS = 2_000
LOOKS = np.arange(10, 3_001, 10)  # observations at each look


def _cumulated(seen: NDArray[np.int64], values: int) -> NDArray[np.int64]:
    """Count (runs, observations) of values' indexes, cumulated, at each look: (runs, looks, values)."""
    between = seen.reshape(len(seen), len(LOOKS), -1)  # two looks
    counts = [np.count_nonzero(between == value, axis=2).cumsum(1) for value in range(values)]
    return np.stack(counts, axis=2, dtype=np.int64)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
@pytest.mark.slow
def test_a_share_is_outside_its_bounds_at_any_of_many_looks_no_more_often_than_declared(share: float) -> None:
    """Of 2,000 runs with 300 looks each, no more than alpha of them, and chance, ever exclude the truth."""
    rng = np.random.default_rng(7)
    counts = _cumulated((rng.random((RUNS, LOOKS[-1])) < share).astype(np.int64), 2)
    above = log_evidence([0, 1], counts, share, against="at_most").max(1) >= np.log(2 / ALPHA)
    below = log_evidence([0, 1], counts, share, against="at_least").max(1) >= np.log(2 / ALPHA)
    outside = int((above | below).sum())
    assert outside <= RUNS * ALPHA + 2 * np.sqrt(RUNS * ALPHA * (1 - ALPHA))


@pytest.mark.slow
def test_an_interval_for_one_look_is_not_for_many() -> None:
    """The same simulation finds a fault where there is one: intervals for one look fail far more often."""
    rng = np.random.default_rng(7)
    counts = _cumulated((rng.random((RUNS, LOOKS[-1])) < 0.3).astype(np.int64), 2)
    found, n = counts[..., 1], counts.sum(-1)
    z = np.abs(found - 0.3 * n) / np.sqrt(n * 0.3 * 0.7)
    assert (z.max(1) > 1.96).mean() > 4 * ALPHA


@pytest.mark.slow
def test_the_mean_of_more_than_two_values_keeps_its_level() -> None:
    """Confidences in steps of a tenth: of their mean, too, bounds fail no more often than declared."""
    rng = np.random.default_rng(3)
    values = np.linspace(0, 1, 11)
    shares = np.array([0, 0, 0, 0, 0.05, 0.05, 0.1, 0.1, 0.1, 0.2, 0.4])
    counts = _cumulated(rng.choice(11, (RUNS // 2, LOOKS[-1]), p=shares), 11)
    evidence = log_evidence(values, counts, float(values @ shares), against="at_most")
    assert (evidence.max(1) >= np.log(1 / ALPHA)).mean() <= ALPHA + 2 * np.sqrt(
        ALPHA * (1 - ALPHA) / (RUNS / 2)
    )


def test_bounds_narrow_with_the_number_of_observations() -> None:
    """A hundred times the observations: a tenth of the width, or a little more."""
    few, many = bounds([0, 1], [30, 70]), bounds([0, 1], [300_000, 700_000])
    assert few.low < many.low < 0.7 < many.high < few.high
    assert many.high - many.low < 0.004


def test_bounds_know_a_small_variance() -> None:
    """Of values that are nearly all alike, the mean is known better than a share of one half is."""
    alike, spread = bounds([0.5, 0.6], [500, 500]), bounds([0, 1], [500, 500])
    assert (alike.high - alike.low) * 4 < spread.high - spread.low


def test_upper_mirrors_lower() -> None:
    """What is true of ones from below is true of zeros from above."""
    assert round(1 - lower([0, 1], [300, 700]), 9) == round(upper([0, 1], [700, 300]), 9)


def test_a_range_is_a_matter_of_spelling() -> None:
    """Values in [-1, 1] have the bounds of the same values moved into [0, 1]."""
    moved = bounds([0, 0.5, 1], [20, 900, 80])
    found = bounds([-1, 0, 1], [20, 900, 80], within=Bounds(-1, 1))
    assert [round(2 * end - 1, 9) for end in moved] == [round(end, 9) for end in found]


def test_the_bounds_are_where_the_evidence_is_enough() -> None:
    """The evidence against a mean just outside is enough, against one just inside it is not."""
    low = lower([0, 1], [40, 60], 0.01)
    outside, inside = (
        log_evidence([0, 1], [40, 60], low + step, against="at_most") for step in (-1e-6, 1e-6)
    )
    assert outside >= np.log(100) > inside


@pytest.mark.parametrize(
    ("values", "counts", "alpha", "message"),
    [
        ([0, 1.5], [1, 1], 0.05, "values from 0 to 1.5 are not all within (0.0, 1.0)"),
        ([0, 1], [1, -1], 0.05, "a count of -1 is below 0"),
        ([0, 1], [1, 1], 1.0, "alpha 1.0 is not between 0 and 1"),
        ([0, 1], [1, 1], 0.0, "alpha 0.0 is not between 0 and 1"),
    ],
)
def test_what_makes_no_sense_is_an_error(
    values: list[float], counts: list[int], alpha: float, message: str
) -> None:
    """The error names the value."""
    with pytest.raises(ValueError, match=re.escape(message)):
        bounds(values, counts, alpha)
