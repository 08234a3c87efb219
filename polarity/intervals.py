"""How far a measured share may be from the true one: 95 % confidence intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

RESAMPLES = 10_000
ENDS = (2.5, 97.5)  # percentiles


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95 % confidence interval."""

    value: float
    low: float
    high: float


def wilson(hits: int, n: int) -> Interval:
    """Give a share with its 95 % interval (Wilson 1927).

    >>> round(wilson(8, 10).low, 3), round(wilson(8, 10).high, 3)
    (0.49, 0.943)
    """
    interval = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    return Interval(hits / n, float(interval.low), float(interval.high))


def paired_interval(differences: NDArray[np.int_], *, seed: int = 0) -> Interval:
    """Bootstrap the mean of paired differences, each -1, 0 or 1: percentiles over `RESAMPLES`.

    To draw n rows with replacement and count the three values is to draw the counts at once, from a
    multinomial distribution.

    >>> paired_interval(np.array([1, 0, 0, -1])).value
    0.0
    >>> paired_interval(np.array([1, 1, 1]))
    Interval(value=1.0, low=1.0, high=1.0)
    """
    n = len(differences)
    shares = [float(np.mean(differences == value)) for value in (-1, 0, 1)]
    worse, _, better = np.random.default_rng(seed).multinomial(n, shares, size=RESAMPLES).T
    low, high = np.percentile((better - worse) / n, ENDS)
    return Interval(float(np.mean(differences)), float(low), float(high))


def f1_intervals(confusion: ArrayLike, *, seed: int = 0) -> tuple[Interval, list[Interval]]:
    """Bootstrap macro-F1 and each label's F1 from a confusion matrix, the cells drawn as above.

    Rows are gold labels, columns predictions: the same labels first, then whatever is no label. A
    label without gold is left out of the mean, and its F1 is 0.

    >>> macro, labels = f1_intervals([[8, 2, 0], [1, 9, 0]])
    >>> round(macro.value, 3), round(labels[0].value, 3), macro.low < macro.value < macro.high
    (0.85, 0.842, True)
    """
    counts = np.asarray(confusion, np.int64)
    occurring = counts.sum(1) > 0
    cells = (counts / counts.sum()).ravel()
    drawn = np.random.default_rng(seed).multinomial(counts.sum(), cells, size=RESAMPLES)
    found, resampled = _f1(counts[None])[0], _f1(drawn.reshape(RESAMPLES, *counts.shape))
    macro = _percentiles(float(found[occurring].mean()), resampled[:, occurring].mean(1))
    return macro, [_percentiles(float(value), resampled[:, at]) for at, value in enumerate(found)]


def _f1(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of each label, (resamples, labels), of confusion matrices (resamples, labels, predictions)."""
    size = counts.shape[1]
    both = counts.sum(2) + counts.sum(1)[:, :size]
    hits = np.diagonal(counts, axis1=1, axis2=2)[:, :size]
    return np.asarray(2 * hits / np.maximum(both, 1))


def _percentiles(value: float, resampled: Sequence[float] | NDArray[np.float64]) -> Interval:
    low, high = np.percentile(resampled, ENDS)
    return Interval(value, float(low), float(high))
