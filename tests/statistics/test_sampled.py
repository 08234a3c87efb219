"""Shares of all rows from a sample of known probabilities: whether they, and their intervals, hit."""

import numpy as np
import pytest
from numpy.typing import NDArray

from polarity.statistics.intervals import wilson
from polarity.statistics.sampled import priority_probabilities, sampled_difference, sampled_share

ROWS, RUNS, SMALLEST_COVERAGE = 4_000, 1_000, 0.93


def test_rows_drawn_alike_give_wilsons_interval() -> None:
    """With one probability for all, and a small one, the interval is the one that is known."""
    found, known = sampled_share([1] * 8 + [0] * 2, [1e-6] * 10), wilson(8, 10)
    assert (known.low, known.high) == pytest.approx((found.low, found.high), abs=1e-5)


def test_a_row_stands_for_as_many_as_it_was_drawn_of() -> None:
    """One wrong row, drawn for certain, weighs a tenth of a right one that was drawn one time of ten."""
    assert 40 / 41 == pytest.approx(sampled_share([1, 1, 1, 1, 0], [0.1] * 4 + [1.0]).value)


def test_where_all_rows_were_read_nothing_is_left_open() -> None:
    """The interval is of the rows that there are: it has no width once they all are known."""
    found = sampled_share([1, 0, 1, 1], [1.0] * 4)
    assert (0.75, 0.75, 0.75) == (found.low, found.value, found.high)
    gap = sampled_difference([1, 0, -1, 1], [1.0] * 4)
    assert (0.25, 0.25, 0.25) == (gap.low, gap.value, gap.high)


def test_a_rare_kind_that_was_right_each_time_keeps_its_doubt() -> None:
    """Fifty audited rows without an error say little of ten thousand: some percent may be wrong."""
    found = sampled_share([1] * 50 + [0] * 80 + [1] * 120, [0.005] * 50 + [1.0] * 200)
    assert found.value > 0.99
    assert found.low < 0.96


@pytest.mark.parametrize("judge", [sampled_share, sampled_difference])
@pytest.mark.parametrize(("values", "chances"), [([], []), ([1], [0.0]), ([1], [1.5])])
def test_what_was_not_drawn_says_nothing(judge: object, values: list[float], chances: list[float]) -> None:
    """No row, or one that could not have been drawn, is refused."""
    assert callable(judge)
    with pytest.raises(ValueError, match="drawn"):
        judge(values, chances)


def _population(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Weights, and whether two sides are right: a tenth differs and is drawn often, the rest is audited."""
    random = np.random.default_rng(seed)
    differs = random.random(ROWS) < 0.1
    weights = np.where(differs, random.uniform(0.3, 1.0, ROWS), 0.02)
    left = np.where(differs, random.random(ROWS) < 0.45, random.random(ROWS) < 0.95)
    right = np.where(differs, ~left & (random.random(ROWS) < 0.8), left)
    return weights, left.astype(float), right.astype(float)


def _read(
    weights: NDArray[np.float64], random: np.random.Generator, n: int
) -> tuple[NDArray[np.int64], float]:
    """The first `n` rows of the queue, and the priority of the next one."""
    priorities = weights / (1 - random.random(len(weights)))
    order = np.argsort(-priorities)
    return order[:n], float(priorities[order[n]])


@pytest.mark.slow
@pytest.mark.parametrize("n", [40, 150, 400])
def test_wherever_readers_stop_the_estimates_are_right_and_the_intervals_cover(n: int) -> None:
    """In 1,000 queues of 4,000 rows, read up to the n-th: the mean is the truth's, the interval holds it.

    The plain share of those that were read, which the queue's own order puts off, is wrong by far.
    """
    weights, left, right = _population(seed=1)
    random = np.random.default_rng(2)
    hits, gaps, values, plain = 0, 0, [], []
    for _ in range(RUNS):
        read, threshold = _read(weights, random, n)
        chances = priority_probabilities(weights[read], threshold)
        share = sampled_share(left[read], chances)
        gap = sampled_difference(right[read] - left[read], chances)
        hits += share.low <= left.mean() <= share.high
        gaps += gap.low <= (right - left).mean() <= gap.high
        values.append(share.value)
        plain.append(left[read].mean())
    assert left.mean() == pytest.approx(np.mean(values), abs=0.01)
    assert abs(left.mean() - np.mean(plain)) > 0.1
    assert min(hits, gaps) / RUNS >= SMALLEST_COVERAGE, (hits, gaps)


def test_priorities_above_the_threshold_were_drawn_for_certain() -> None:
    """A row whose weight alone is over the threshold is drawn whatever u is."""
    assert [1.0, 0.25] == priority_probabilities([3.0, 0.5], 2.0).tolist()
