"""Intervals against published examples, and against drawing rows one by one."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score

from polarity.statistics.intervals import f1_intervals, paired_interval, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson(hits: int, n: int, low: float, high: float) -> None:
    """The published examples (Newcombe 1998, "Two-sided confidence intervals for the single proportion")."""
    found = wilson(hits, n)
    assert (low, high) == (pytest.approx(found.low, abs=5e-5), pytest.approx(found.high, abs=5e-5))


def test_the_interval_is_that_of_drawing_rows() -> None:
    """Counts drawn at once give the interval of rows drawn one by one with replacement."""
    differences = np.array([1] * 300 + [0] * 1600 + [-1] * 100)
    numbers = np.random.default_rng(1)
    means = numbers.choice(differences, size=(2000, 2000)).mean(axis=1)
    found = paired_interval(differences)
    assert 0.1 == found.value
    assert list(np.percentile(means, [2.5, 97.5])) == pytest.approx([found.low, found.high], abs=0.0015)


def test_paired_differences_have_the_published_interval() -> None:
    """The example of `ci.prop.ps` in the authors' R package statpsych: 0.2548067 to 0.6251933."""
    found = paired_interval(np.array([1] * 26 + [-1] * 4 + [0] * 18))

    assert (0.2548067, 0.6251933) == (pytest.approx(found.low), pytest.approx(found.high))


@pytest.mark.parametrize(("value", "low", "high"), [(0, -0.0272, 0.0272), (1, 0.9422, 1.0)])
def test_no_difference_seen_is_not_none_at_all(value: int, low: float, high: float) -> None:
    """A hundred texts that are all alike leave room for one or two that are not, within [-1, 1]."""
    found = paired_interval(np.full(100, value))

    assert (value, low, high) == (
        found.value,
        pytest.approx(found.low, abs=1e-4),
        pytest.approx(found.high, abs=1e-4),
    )


def test_no_mistake_seen_is_not_perfection() -> None:
    """Fifty right of fifty: each F1 may be 0.963, by Wilson's interval of the share; their mean is surer."""
    macro, labels = f1_intervals([[50, 0, 0], [0, 50, 0]])
    low = wilson(50, 50).low

    assert [2 * low / (1 + low)] * 2 == pytest.approx([label.low for label in labels])
    assert [1.0, 1.0] == [label.high for label in labels]
    assert labels[0].low < macro.low < 0.98
    assert (1.0, 1.0) == (macro.value, macro.high)


def test_one_row_of_a_label_says_little_of_it() -> None:
    """A rare label that was missed once may be found often: neither its F1 nor the mean is certain."""
    macro, labels = f1_intervals([[50, 0, 0], [0, 50, 0], [1, 0, 0]])

    assert 0.0 == labels[2].value
    assert labels[2].high > 0.8
    assert macro.high > macro.value + 0.2


def _macro_f1(counts: NDArray[np.intp]) -> float:
    cells = counts.reshape(3, 3)
    return float(np.mean(2 * cells.diagonal() / (cells.sum(0) + cells.sum(1))))


@pytest.mark.slow
def test_f1_is_scikit_learns_and_its_interval_that_of_drawing_rows() -> None:
    """The estimate is the usual one; cells drawn at once give the interval of rows drawn one by one."""
    numbers = np.random.default_rng(1)
    gold = numbers.integers(0, 3, 400)
    predicted = np.where(numbers.random(400) < 0.7, gold, numbers.integers(0, 3, 400))
    macro, labels = f1_intervals(confusion_matrix(gold, predicted))

    drawn = (numbers.integers(0, 400, 400) for _ in range(1000))
    scores = [_macro_f1(np.bincount(3 * gold[rows] + predicted[rows], minlength=9)) for rows in drawn]
    assert pytest.approx(f1_score(gold, predicted, average="macro")) == macro.value
    assert f1_score(gold, predicted, average=None).tolist() == pytest.approx([f1.value for f1 in labels])
    assert list(np.percentile(scores, [2.5, 97.5])) == pytest.approx([macro.low, macro.high], abs=0.006)


def test_a_label_without_gold_does_not_count() -> None:
    """As in `evaluate`: two labels occur, and the mean is over them; no verdict is a column of its own."""
    macro, labels = f1_intervals([[4, 0, 0, 1], [0, 0, 0, 0], [0, 1, 5, 0]])

    assert pytest.approx((8 / 9 + 10 / 11) / 2) == macro.value
    assert 0.0 == labels[1].value
