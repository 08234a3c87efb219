"""Accuracy, differences and the oracle, from counted cells."""

import math
import tracemalloc
from itertools import product

import numpy as np
import pytest
from sklearn.metrics import f1_score

from polarity.comparison.against_gold import Cell, against_gold, detectable_difference
from polarity.statistics.intervals import RESAMPLES
from polarity.statistics.margins import mcnemar

LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"]


def cell(left: str, right: str, gold: str | None) -> Cell:
    """A pair that is decided as the left side says."""
    return Cell(left, right, gold, left)


CELLS = {
    cell("NEGATIVE", "NEGATIVE", "NEGATIVE"): 40,
    cell("NEGATIVE", "POSITIVE", "NEGATIVE"): 8,
    cell("NEUTRAL", "POSITIVE", "POSITIVE"): 5,
    cell("NEUTRAL", "UNMAPPED", "POSITIVE"): 3,
    cell("UNMAPPED", "UNMAPPED", "NEUTRAL"): 2,
    cell("POSITIVE", "POSITIVE", "NEUTRAL"): 4,
    cell("POSITIVE", "POSITIVE", None): 1000,
}


def test_oracle() -> None:
    """Each pair with gold is in one of five places; two UNMAPPED are wrong differently."""
    found = against_gold(CELLS, LABELS)
    assert found is not None
    oracle = found.oracle
    assert (40, 8, 5, 4, 5) == (
        oracle.both_right,
        oracle.only_left,
        oracle.only_right,
        oracle.wrong_alike,
        oracle.wrong_differently,
    )
    assert 62 == found.n


def test_measures_are_those_of_scikit_learn() -> None:
    """Accuracy and macro-F1 of either side, over the 62 pairs with gold, to 1e-9."""
    found = against_gold(CELLS, LABELS)
    assert found is not None
    rows = [key for key, count in CELLS.items() for _ in range(count) if key.gold]
    gold = [key.gold for key in rows]
    for who in ("left", "right", "decision"):
        said = [getattr(key, who) for key in rows]
        right = sum(one == other for one, other in zip(gold, said, strict=True)) / 62
        assert math.isclose(right, found.graded[who].accuracy.value, rel_tol=1e-9)
        f1 = f1_score(gold, said, labels=LABELS, average="macro", zero_division=0)
        assert math.isclose(f1, found.graded[who].macro_f1.value, rel_tol=1e-9)


def test_differences() -> None:
    """Right less left: 5 won and 8 lost; the interval holds the difference; McNemar's p is exact."""
    found = against_gold(CELLS, LABELS)
    assert found is not None
    (first, *_) = found.differences
    assert ("right", "left", 5, 8) == (first.first, first.second, first.only_first, first.only_second)
    assert math.isclose(-3 / 62, first.accuracy.value)
    assert first.accuracy.low < first.accuracy.value < first.accuracy.high
    gap = found.graded["right"].macro_f1.value - found.graded["left"].macro_f1.value
    assert math.isclose(gap, first.macro_f1.value, abs_tol=1e-12)
    assert first.macro_f1.low < gap < first.macro_f1.high
    assert math.isclose(sum(math.comb(13, k) for k in range(6)) * 2 / 2**13, first.p, rel_tol=1e-9)


def test_identical_sides() -> None:
    """The decision is the left side's: no difference, p is 1, and the interval has a width all the same."""
    found = against_gold(CELLS, LABELS)
    assert found is not None
    same = found.differences[1]
    assert ("decision", "left", 0.0, 1.0) == (same.first, same.second, same.accuracy.value, same.p)
    assert same.accuracy.low < 0 < same.accuracy.high


def test_nothing_without_gold() -> None:
    """There is nothing to measure."""
    assert against_gold({cell("POSITIVE", "POSITIVE", None): 9}, LABELS) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "discordant"), [(100, 0), (100, 2), (300, 3), (400, 60), (1000, 0), (2000, 500)]
)
def test_the_detectable_difference_is_detected_four_times_of_five(n: int, discordant: int) -> None:
    """Simulated: with this true difference, McNemar's exact test finds it in 80 % of samples, and no less."""
    gap = detectable_difference(n, discordant)
    assert gap is not None
    share = max(gap, discordant / n)
    better, worse = (share + gap) / 2, (share - gap) / 2
    drawn = np.random.default_rng(0).multinomial(n, [better, worse, 1 - share], 4000)
    power = np.mean([mcnemar(won, lost) < 0.05 for won, lost, _ in drawn.tolist()])
    assert 0.775 < power < 0.9  # 0.8 but for luck; an exact test goes in steps, so it may be a little more


def test_too_few_texts_can_show_nothing() -> None:
    """Five texts never reach 5 %, whatever they show; six do."""
    assert detectable_difference(5, 5) is None
    assert detectable_difference(6, 0) is not None


def test_a_difference_that_was_never_seen_has_room() -> None:
    """Where the two never differ, neither interval is a point: the next text may be the first."""
    found = against_gold({cell("POSITIVE", "POSITIVE", "POSITIVE"): 50}, LABELS)
    assert found is not None
    for interval in (found.differences[0].accuracy, found.differences[0].macro_f1):
        assert interval.low < interval.value == 0.0 < interval.high


@pytest.mark.slow
def test_many_labels_take_little_memory() -> None:
    """Ten labels make a thousand cells and more, ten thousand draws of each: a part at a time."""
    labels = [f"L{at}" for at in range(10)]
    cells = {cell(left, right, gold): 3 for left, right, gold in product(labels, repeat=3)}
    tracemalloc.start()
    assert against_gold(cells, labels) is not None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 70e6 < 8 * RESAMPLES * len(cells)
