"""Intervals against published examples, and against drawing rows one by one."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score

from polarity.intervals import f1_intervals, paired_interval, wilson


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


def test_f1_is_scikit_learns_and_its_interval_that_of_drawing_rows() -> None:
    """The estimate is the usual one; cells drawn at once give the interval of rows drawn one by one."""
    numbers = np.random.default_rng(1)
    gold = numbers.integers(0, 3, 400)
    predicted = np.where(numbers.random(400) < 0.7, gold, numbers.integers(0, 3, 400))
    macro, labels = f1_intervals(confusion_matrix(gold, predicted))

    drawn = (numbers.integers(0, 400, 400) for _ in range(1000))
    scores = [f1_score(gold[rows], predicted[rows], average="macro") for rows in drawn]
    assert pytest.approx(f1_score(gold, predicted, average="macro")) == macro.value
    assert f1_score(gold, predicted, average=None).tolist() == pytest.approx([f1.value for f1 in labels])
    assert list(np.percentile(scores, [2.5, 97.5])) == pytest.approx([macro.low, macro.high], abs=0.006)


def test_a_label_without_gold_does_not_count() -> None:
    """As in `evaluate`: two labels occur, and the mean is over them; no verdict is a column of its own."""
    macro, labels = f1_intervals([[4, 0, 0, 1], [0, 0, 0, 0], [0, 1, 5, 0]])

    assert pytest.approx((8 / 9 + 10 / 11) / 2) == macro.value
    assert 0.0 == labels[1].value
