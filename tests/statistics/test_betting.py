"""Bets on bounded means: their level under daily looks, their power, and what they say of too little."""

import math

import numpy as np
import pytest

from polarity.statistics.betting import (
    Sample,
    evidence,
    f1_interval,
    interval,
    lowest,
    more_needed,
    sample_of,
)
from polarity.statistics.intervals import Z

STREAMS, DAYS, A_DAY = 200, 40, 50


def _ever(mean: float, seed: int) -> tuple[float, float]:
    """Look after every day at streams whose mean is `mean`: how often was it ever said to be above?

    By the bet, and by an interval that was made for one look.
    """
    numbers = np.random.default_rng(seed)
    by_bet = by_normal = 0
    for _ in range(STREAMS):
        hits = numbers.binomial(A_DAY, mean, DAYS).cumsum()
        seen = [(int(hit), A_DAY * (day + 1)) for day, hit in enumerate(hits)]
        by_bet += any(_rejects(hit, n, mean) for hit, n in seen)
        spread = Z * math.sqrt(mean * (1 - mean))
        by_normal += any(hit / n - spread / math.sqrt(n) > mean for hit, n in seen)
    return by_bet / STREAMS, by_normal / STREAMS


def _rejects(hits: int, n: int, mean: float) -> bool:
    seen = Sample(np.array([1.0, 0.0]), np.array([hits, n - hits], float), np.ones(2))
    return evidence(seen, mean) >= math.log(20)


@pytest.mark.slow
@pytest.mark.parametrize("mean", [0.5, 0.9, 0.02])
def test_looking_every_day_keeps_the_level(mean: float) -> None:
    """Of streams that are exactly at the bound, one in twenty is ever said to be above, looking for 40 days.

    An interval that was made for one look says so of far more: that is the cheating.
    """
    by_bet, by_normal = _ever(mean, seed=11)

    assert by_bet <= 0.05
    assert by_normal > 2 * 0.05


@pytest.mark.slow
def test_unequal_chances_to_be_drawn_keep_the_level() -> None:
    """Wrong rows are drawn ten times as often; by their weights the bet is still one on all rows."""
    numbers = np.random.default_rng(5)
    wrongly = unweighted = 0
    for _ in range(STREAMS):
        right = numbers.random(4000) < 0.8
        drawn = numbers.random(4000) < np.where(right, 0.05, 0.5)
        weights = np.where(right[drawn], 1.0, 0.1)
        for end in range(50, int(drawn.sum()), 100):
            shown = sample_of(right[drawn][:end], weights[:end])
            if evidence(shown, 0.8) >= math.log(20):
                wrongly += 1
                break
        unweighted += evidence(sample_of(~right[drawn]), 0.2) >= math.log(20)

    assert wrongly / STREAMS <= 0.05
    assert unweighted == STREAMS


@pytest.mark.slow
def test_the_true_mean_is_seldom_outside() -> None:
    """Values between 0 and 1: of 200 streams, at most one in twenty ever speaks against its own mean."""
    numbers = np.random.default_rng(3)
    outside = 0
    for _ in range(200):
        values = numbers.beta(2, 6, 1000).round(2)
        looks = [sample_of(values[:end]) for end in (50, 100, 200, 400, 700, 1000)]
        mean = 0.25  # rounding to even steps does not move it
        outside += any(
            max(evidence(look, mean), evidence(look.turned, 1 - mean)) >= math.log(40) for look in looks
        )

    assert outside / 200 <= 0.05


def test_what_is_needed_is_enough() -> None:
    """As many more values of the same kind as it says are evidence, and one fewer are not."""
    half = [1.0] * 36 + [0.0] * 14
    needed = more_needed(sample_of(half), 0.6)
    assert needed is not None

    def after(more: int) -> float:
        sample = sample_of(half)
        grown = sample.counts * (sample.n + more) / sample.n
        return evidence(type(sample)(sample.values, grown, sample.weights), 0.6)

    assert (True, False) == (after(needed) >= math.log(20), after(needed - 1) >= math.log(20))


@pytest.mark.parametrize("values", [[], [0.0] * 500, [1.0] * 250 + [0.0] * 250])
def test_no_number_of_more_values_is_named_for_what_is_not_above(values: list[float]) -> None:
    """What was seen lies at the bound or under it, or nothing was: more of it would show nothing."""
    assert more_needed(sample_of(values), 0.5) is None


def test_the_order_of_the_values_does_not_matter() -> None:
    """The capital is one of the counts: a look back at the same rows says the same."""
    values = np.random.default_rng(1).random(300)

    assert evidence(sample_of(values), 0.4) == pytest.approx(evidence(sample_of(values[::-1]), 0.4))


def test_above_nothing_is_what_is_anything() -> None:
    """One value above 0 refutes a mean of at most 0; zeros refute nothing."""
    assert math.inf == evidence(sample_of([0.0, 0.5]), 0.0)
    assert evidence(sample_of([0.0, 0.0]), 0.0) == pytest.approx(0.0)


def test_nothing_seen_leaves_everything_open() -> None:
    """No rows: every mean is possible, and so is every F1."""
    assert (0.0, 1.0) == interval(sample_of([]))
    assert (0.0, 1.0) == f1_interval(sample_of([]))


def test_more_rows_are_worth_more() -> None:
    """Ten times the rows say the same mean within a narrower interval."""
    few, many = (interval(sample_of([1.0] * (9 * n) + [0.0] * n)) for n in (10, 100))

    assert few[0] < many[0] < 0.9 < many[1] < few[1]


def test_lowest_is_where_the_evidence_begins() -> None:
    """Just below it the values refute the mean, just above it they do not."""
    sample = sample_of([1.0] * 70 + [0.0] * 30)
    low = lowest(sample)

    assert evidence(sample, low - 1e-6) >= math.log(20) > evidence(sample, low + 1e-6)
