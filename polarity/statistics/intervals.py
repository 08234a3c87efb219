"""How far a measured share may be from the true one: 95 % confidence intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

RESAMPLES = 10_000
ENDS = (2.5, 97.5)  # percentiles
Z = float(ndtri(0.975))  # standard deviations to either side of a normal distribution's middle 95 %


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
    from scipy.stats import binomtest  # late: it takes most of a second, and not all who count need it

    interval = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    return Interval(hits / n, float(interval.low), float(interval.high))


def paired_interval(differences: NDArray[np.int_]) -> Interval:
    """Give the mean of paired differences, each -1, 0 or 1, with its 95 % interval.

    Source: Bonett and Price 2012, "Adjusted Wald confidence interval for a difference of binomial
    proportions based on paired data". It adds one text that got better and one that got worse, so that
    where none did, there is still room for some; a bootstrap, which draws what was seen, has none.

    >>> found = paired_interval(np.array([1, 0, 0, -1] * 250))
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (0.0, -0.0438, 0.0438)
    >>> round(paired_interval(np.zeros(1000, int)).high, 4)
    0.0028
    """
    better, worse = (int(np.sum(differences == value)) for value in (1, -1))
    return difference_interval(better, worse, len(differences))


def difference_interval(better: int, worse: int, n: int) -> Interval:
    """Give the same from counts: of `n` pairs, so many are better and so many are worse.

    >>> difference_interval(250, 250, 1000) == paired_interval(np.array([1, 0, 0, -1] * 250))
    True
    """
    adjusted = n + 2
    middle = (better - worse) / adjusted
    width = Z * math.sqrt(((better + worse + 2) / adjusted - middle**2) / adjusted)
    return Interval((better - worse) / n, max(-1.0, middle - width), min(1.0, middle + width))


def f1_intervals(confusion: ArrayLike, *, seed: int = 0) -> tuple[Interval, list[Interval]]:
    """Give macro-F1 and each label's F1 with their 95 % intervals, from a confusion matrix.

    Rows are gold labels, columns predictions: the same labels first, then whatever is no label. A
    label without gold is left out of the mean, and its F1 is 0.

    F1 is 2s / (1 + s) of the share s that is right of the texts which gold or prediction give the
    label: Wilson's interval of s gives its own (Lam, Gopal and Qian 2023, "Confidence intervals for the
    F1 score", the indirect method). For their mean there is a bootstrap, the cells drawn at once from a
    multinomial distribution, which knows how the labels depend on each other and takes what never
    happened for impossible; and there are the labels' own intervals, put together as if they did not
    (Zou and Donner 2008, "Construction of confidence limits about effect measures"). The wider end counts.

    >>> macro, labels = f1_intervals([[8, 2, 0], [1, 9, 0]])
    >>> round(macro.value, 3), round(labels[0].value, 3), macro.low < macro.value < macro.high
    (0.85, 0.842, True)
    >>> macro, labels = f1_intervals([[50, 0, 0], [0, 50, 0]])
    >>> round(labels[0].low, 3), round(macro.low, 3), macro.high
    (0.963, 0.974, 1.0)
    """
    counts = np.asarray(confusion, np.int64)
    occurring = np.flatnonzero(counts.sum(1))
    labels = [_f1_interval(counts, at) for at in range(len(counts))]
    resampled = _resampled(counts, seed)[:, occurring].mean(1)
    return _mean([labels[at] for at in occurring], np.percentile(resampled, ENDS)), labels


def _f1_interval(counts: NDArray[np.int64], at: int) -> Interval:
    hits, called = int(counts[at, at]), int(counts[at].sum() + counts[:, at].sum() - counts[at, at])
    if not called:
        return Interval(0.0, 0.0, 1.0)
    share = wilson(hits, called)
    return Interval(*(2 * s / (1 + s) for s in (share.value, share.low, share.high)))


def _resampled(counts: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    cells = (counts / counts.sum()).ravel()
    drawn = np.random.default_rng(seed).multinomial(counts.sum(), cells, size=RESAMPLES)
    return _f1(drawn.reshape(RESAMPLES, *counts.shape))


def _mean(parts: Sequence[Interval], resampled: NDArray[np.float64]) -> Interval:
    value = sum(part.value for part in parts) / len(parts)
    below = math.hypot(*(part.value - part.low for part in parts)) / len(parts)
    above = math.hypot(*(part.high - part.value for part in parts)) / len(parts)
    return Interval(value, float(min(resampled[0], value - below)), float(max(resampled[1], value + above)))


def _f1(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of each label, (resamples, labels), of confusion matrices (resamples, labels, predictions)."""
    size = counts.shape[1]
    both = counts.sum(2) + counts.sum(1)[:, :size]
    hits = np.diagonal(counts, axis1=1, axis2=2)[:, :size]
    return np.asarray(2 * hits / np.maximum(both, 1))
