"""The bets of `sequential` for gates: with weights, F1, and how many more rows would settle it. Pure.

Whoever bets against "the mean is at most m" ever has 1 / level times what he began with, if that is true,
with a probability of at most `level`. To look every day and to stop on a good one is therefore no cheating,
which it is with an interval for a number of rows that was fixed before.

Weights are for values that were drawn with unequal probability: Waudby-Smith, Wu, Ramdas, Karampatziakis and
Mineiro 2024, "Anytime-valid off-policy inference for contextual bandits". All else is from the source that
`sequential` names.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from polarity.statistics.sequential import PARTS

LEVEL = 0.05  # of each error: what is said is wrong for no more than one stream in twenty
MOST_MORE = 10_000_000  # rows: of more nobody need be told a number
STEPS = 40  # of a bisection: finer than any figure that is shown
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Values in [0, 1], each with how often it was seen and its weight; arrays of one length.

    A weight says how many a value stands for, 1 where all are drawn alike, and `most` how large one could be
    when this one was drawn. What is staked on a value is its weight's share of that: by the largest that
    comes to be seen, what was staked before would change with it, and the bet would be none.
    """

    values: Numbers
    counts: Numbers
    weights: Numbers
    most: Numbers = field(default_factory=lambda: np.ones(1))

    @property
    def n(self) -> int:
        """How many values were seen."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float | None:
        """Their weighted mean; None of none (Hajek 1971, where weights differ)."""
        masses = self.counts * self.weights
        return float(masses @ self.values / masses.sum()) if self.n else None

    @property
    def turned(self) -> "Sample":
        """Give the same of 1 - x: a mean below m is one above 1 - m."""
        return replace(self, values=1.0 - self.values)


def sample_of(values: Iterable[float], weights: Iterable[float] | None = None) -> Sample:
    """Count values in [0, 1]; `weights`, one a value and in (0, 1], say how much each stands for.

    >>> found = sample_of([1, 0, 1, 1])
    >>> found.n, found.mean
    (4, 0.75)
    """
    given = np.fromiter(values, float)
    if weights is None:
        distinct, counts = np.unique(given, return_counts=True)
        return Sample(distinct, counts.astype(float), np.ones(len(distinct)))
    rows = Counter(zip(given.tolist(), weights, strict=True))
    distinct, heavy = np.array(list(rows), float).reshape(-1, 2).T
    return Sample(distinct, np.array(list(rows.values()), float), heavy)


def evidence(sample: Sample, mean: float) -> float:
    """Give the logarithm of the capital of who bets that the mean is above `mean`, in [0, 1].

    It reaches log(1 / level) with a probability of at most `level`, ever, if the mean is at most `mean`.

    >>> coin = sample_of([1] * 80 + [0] * 20)
    >>> round(evidence(coin, 0.5), 2), round(evidence(coin, 0.8), 2), round(evidence(coin, 0.9), 2)
    (15.69, -0.18, -0.34)
    """
    return float(_capital(_growth(sample, mean) * sample.n))


def more_needed(sample: Sample, mean: float, level: float = LEVEL) -> int | None:
    """Say how many more values it takes until there is evidence that the mean is above `mean`.

    It is taken that they are as those that were seen; None where these are not above it, or not clearly.

    >>> more_needed(sample_of([1] * 30 + [0] * 20), 0.5), more_needed(sample_of([1] * 25 + [0] * 25), 0.5)
    (226, None)
    """
    growth, wanted = _growth(sample, mean), math.log(1 / level)
    low, high = sample.n, sample.n + MOST_MORE
    if not low or _capital(growth * high) < wanted:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _capital(growth * middle) < wanted else (low, middle)
    return max(1, high - sample.n)


def lowest(sample: Sample, level: float = LEVEL) -> float:
    """Give the least mean that the values leave room for: the true one is ever below with at most `level`.

    >>> round(lowest(sample_of([1] * 90 + [0] * 10)), 3), lowest(sample_of([]))
    (0.769, 0.0)
    """
    wanted = math.log(1 / level)
    low, high = 0.0, sample.mean or 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if evidence(sample, middle) >= wanted else (low, middle)
    return low


def interval(sample: Sample, level: float = LEVEL) -> tuple[float, float]:
    """Give the lowest and highest mean that the values leave room for: a confidence sequence at 1 - `level`.

    The true mean is outside, at any time however often one looks, with a probability of at most `level`.

    >>> low, high = interval(sample_of([1] * 900 + [0] * 100))
    >>> round(low, 3), round(high, 3)
    (0.863, 0.93)
    """
    return lowest(sample, level / 2), 1.0 - lowest(sample.turned, level / 2)


def f1_interval(concerned: Sample, level: float = LEVEL) -> tuple[float, float]:
    """Give the same of a label's F1. Rows that are or get the label concern it: 1 where both, else 0.

    With J their mean, the label's Jaccard index, F1 is 2 J / (1 + J), which grows with it.

    >>> low, high = f1_interval(sample_of([1] * 800 + [0] * 200))
    >>> round(low, 3), round(high, 3)
    (0.859, 0.914)
    """
    low, high = interval(concerned, level)
    return f1_of(low), f1_of(high)


def f1_of(jaccard: float) -> float:
    """Turn a label's Jaccard index into its F1.

    >>> f1_of(0.5)
    0.6666666666666666
    """
    return 2 * jaccard / (1 + jaccard)


def _growth(sample: Sample, mean: float) -> Numbers:
    """Give how much the logarithm of each part's capital grows a value, (parts,)."""
    if not sample.n:
        return np.zeros(len(PARTS))
    if mean <= 0.0:  # one value above it, and it is refuted
        return np.full(len(PARTS), math.inf if sample.values.any() else 0.0)
    stakes = np.outer(PARTS, sample.weights / sample.most * (sample.values / mean - 1.0))
    return np.asarray(np.log1p(stakes) @ sample.counts / sample.n)


def _capital(logs: Numbers) -> float:
    return float(np.logaddexp.reduce(logs) - math.log(len(PARTS)))
