"""Drift against a reference, looked at again and again."""

import numpy as np
import pytest
from numpy.typing import NDArray

from polarity.statistics.sequential import bounds
from polarity.watch.drift import drifts_of, gains_of, judgement_of
from polarity.watch.series import BINARY, Series

ALPHA = 0.2  # large, so that few runs show whether it is held
RUNS = 100
PERIODS, EACH, REFERENCE = 24, 50, 10
SHARES = np.array([0.5, 0.3, 0.2])
LABELS = ("POSITIVE", "NEGATIVE", "NEUTRAL")


def _labels(drawn: NDArray[np.int64]) -> list[Series]:
    """Make the shares of labels from counts, (periods, labels)."""
    n = drawn.sum(1)
    return [
        Series("label", name, BINARY, np.stack([n - drawn[:, at], drawn[:, at]], 1), REFERENCE)
        for at, name in enumerate(LABELS)
    ]


def _is_ever_found(series: Series, alpha: float) -> bool:
    """Look at the end of every period that is watched."""
    before = bounds(series.values, series.before, alpha)
    looks = range(REFERENCE + 1, PERIODS + 1)
    so_far = [
        Series(series.kind, series.name, series.values, series.counts[:end], REFERENCE) for end in looks
    ]
    return any((gains_of(each, before, 0.0, alpha) >= 0).any() for each in so_far)


@pytest.mark.slow
def test_where_nothing_drifts_a_look_at_every_period_finds_nothing_more_often_than_declared() -> None:
    """Of 100 services that stay as they are, no more than alpha ever report a drift, without a tolerance."""
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(RUNS):
        series = _labels(rng.multinomial(EACH, SHARES, PERIODS))
        alarms += any(_is_ever_found(each, ALPHA / 2 / len(series)) for each in series)
    assert alarms <= RUNS * ALPHA


def test_a_switch_half_way_is_found_and_dated() -> None:
    """The labels change in the middle of what is watched: found, and since then, not since the beginning."""
    rng = np.random.default_rng(5)
    steady, moved = (rng.multinomial(200, shares, n) for shares, n in ((SHARES, 30), ([0.3, 0.5, 0.2], 10)))
    found = drifts_of(_labels(np.concatenate([steady, moved])))
    assert {"POSITIVE", "NEGATIVE"} == {drift.name for drift in found if drift.is_found}
    for drift in found[:2]:
        assert abs(drift.since - 20) <= 1, drift  # 30 periods, of which 10 are the reference
        assert 0.05 < abs(drift.at_least) < 0.2
    assert judgement_of(found).status == "failed"


def test_a_bet_begins_where_it_is_said() -> None:
    """A period in two parts is tested as the whole one, and what drifted is dated by where a bet began."""
    whole = np.array([[50, 50]] * 3 + [[50, 50], [5, 95]])
    parts = np.concatenate([whole[:3], [[20, 20], [30, 30]], whole[4:]])
    one = drifts_of([Series("label", "A", BINARY, whole, 3)])[0]
    other = drifts_of([Series("label", "A", BINARY, parts, 3)], starts=[0, 2])[0]
    assert (True, 1, 2) == (one.is_found, one.since, other.since)
    assert (one.log_evidence, one.after_bounds) == (other.log_evidence, other.after_bounds)


def test_the_direction_is_said() -> None:
    """What falls moves by less than nothing."""
    rng = np.random.default_rng(5)
    drawn = np.concatenate([rng.multinomial(500, shares, 10) for shares in (SHARES, [0.2, 0.6, 0.2])])
    moved = {drift.name: drift.at_least for drift in drifts_of(_labels(drawn)) if drift.is_found}
    assert moved["POSITIVE"] < 0 < moved["NEGATIVE"]


def test_what_is_within_the_tolerance_is_no_drift() -> None:
    """However many decisions show it beyond doubt."""
    drawn = np.concatenate(
        [np.tile([50_000, 30_000, 20_000], (10, 1)), np.tile([51_000, 29_000, 20_000], (10, 1))]
    )
    assert [] == [drift for drift in drifts_of(_labels(drawn), tolerance=0.02) if drift.is_found]
    assert {"POSITIVE", "NEGATIVE"} == {
        drift.name for drift in drifts_of(_labels(drawn), tolerance=0.005) if drift.is_found
    }


def test_what_comes_later_takes_nothing_from_what_is_there() -> None:
    """A reason for unmapped answers that nobody has seen yet has its part of the level from the beginning."""
    seen, later = (
        Series("unmapped", name, BINARY, np.array([[90, 10], [80, 20]]), 1)
        for name in ("llm: empty", "llm: numeric")
    )
    alone = drifts_of([seen])[0]
    both = next(drift for drift in drifts_of([seen, later]) if drift.name == seen.name)
    assert alone == both


def test_a_mean_drifts_as_a_share_does() -> None:
    """Confidence that falls from 0.9 to 0.8 is found though every value occurs before and after."""
    values = np.array([0.5, 0.8, 0.95])
    before, after = [10, 20, 70], [30, 30, 40]
    series = Series("confidence", "confidence", values, np.array([before] * 10 + [after] * 10), 10)
    drift = drifts_of([series])[0]
    assert drift.is_found
    assert drift.at_least < 0


@pytest.mark.parametrize(
    ("counts", "reference", "reason"),
    [
        ([[20, 20]], 1, "the reference holds 40 decisions, fewer than 100"),
        ([[200, 200], [20, 20]], 1, "what came after it is 40 decisions, fewer than 100"),
        ([[200, 200]], 1, "what came after it is 0 decisions, fewer than 100"),
    ],
)
def test_of_too_little_nothing_is_said(counts: list[list[int]], reference: int, reason: str) -> None:
    """It is inconclusive, and says which side is too small."""
    judgement = judgement_of(drifts_of([Series("label", "A", BINARY, np.array(counts), reference)]))
    assert ("inconclusive", reason) == (judgement.status, judgement.reason)


def test_nothing_at_all_is_inconclusive() -> None:
    """An empty store has no reference."""
    assert judgement_of([]).status == "inconclusive"


def test_no_drift_passes() -> None:
    """Where enough is known and nothing moved."""
    assert (
        judgement_of(drifts_of([Series("label", "A", BINARY, np.array([[500, 500]] * 4), 2)])).status
        == "passed"
    )
