"""Shares of all rows from some that were drawn, each with its own known probability.

A row of probability p stands for 1 / p rows (Horvitz and Thompson 1952, "A generalization of sampling without
replacement from a finite universe"). A mean divides by the sum of these weights and not by the number of rows
(Hajek 1971, comment on "An essay on the logical foundations of survey sampling"): it needs no count of them,
and a constant is estimated as itself. The draws of different rows are independent, or as good as (see
`priority_probabilities`), so that the variance is a sum over rows: (1 - p) / p^2 times the square of what the
row is off the mean, over the square of the sum of the weights. Rows that were drawn for certain add nothing:
the intervals are of the rows that there are, not of those to come.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polarity.statistics.intervals import Interval, Z

Numbers = NDArray[np.float64]


def priority_probabilities(weights: ArrayLike, threshold: float) -> Numbers:
    """Give the probabilities of rows that were drawn because weight / u > threshold, u uniform in (0, 1].

    With the threshold as the highest priority among those that were not drawn, each row's probability is what
    it is given all others' u, and estimates with it are unbiased and uncorrelated from row to row (Duffield,
    Lund and Thorup 2007, "Priority sampling for estimation of arbitrary subset sums"). So a queue in the
    order of weight / u is a proper sample wherever its readers stop.

    >>> priority_probabilities([1.0, 0.1], threshold=0.5).tolist()
    [1.0, 0.2]
    >>> priority_probabilities([1.0, 0.1], threshold=0.0).tolist()
    [1.0, 1.0]
    """
    given = np.asarray(weights, float)
    return np.minimum(1.0, given / threshold) if threshold > 0 else np.ones_like(given)


def sampled_share(values: ArrayLike, probabilities: ArrayLike) -> Interval:
    """Give the mean of values in [0, 1] over all rows, from those drawn, with its 95 % interval.

    The interval is Wilson's for as many rows as would tell as much if each were drawn alike: of the two ways
    to count them (from the variance of the values, and, after Kish 1965, "Survey sampling", from that of the
    weights, with certain rows counted as such) the fewer. So a rare kind of row that was right each time it
    was drawn keeps its doubt. Franco, Little, Louis and Slud 2019, "Comparative study of confidence intervals
    for proportions in complex sample surveys", find Wilson's interval so used to cover what it claims.

    Raises:
        ValueError: nothing was drawn, or a probability is not in (0, 1].

    >>> found = sampled_share([1, 1, 1, 0], [0.5, 0.5, 0.5, 1.0])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.857, 0.514, 0.971)
    >>> sampled_share([1, 0], [1.0, 1.0])
    Interval(value=0.5, low=0.5, high=0.5)
    """
    given, chances = _checked(values, probabilities)
    doubt = (1 - chances) / chances**2
    total = float((1 / chances).sum())
    mean = float((given / chances).sum() / total)
    if not doubt.any():
        return Interval(mean, mean, mean)
    by_weights = total**2 / float(doubt.sum())
    spread = float((doubt * (given - mean) ** 2).sum()) / total**2
    by_values = mean * (1 - mean) / spread if spread else math.inf
    return _wilson(mean, min(by_weights, by_values))


def sampled_difference(differences: ArrayLike, probabilities: ArrayLike) -> Interval:
    """Give the mean of differences in [-1, 1] over all rows, from those drawn, with its 95 % interval.

    A row on which both sides say the same differs by 0 whether anybody has read it or not: rows that differ
    are what tells, and where they were drawn more often, the interval is the narrower for it. After Bonett
    and Price 2012, whom `intervals.paired_interval` follows, one row that got better and one that got worse
    are added to the variance, each standing for as many rows as one that differs does, so that there is room
    where none was seen.

    Raises:
        ValueError: nothing was drawn, or a probability is not in (0, 1].

    >>> found = sampled_difference([1, 0, 0, -1, 0, 0, 0, 0], [0.5] * 8)
    >>> found.value, round(found.high, 3)
    (0.0, 0.346)
    """
    given, chances = _checked(values := differences, probabilities)
    total = float((1 / chances).sum())
    mean = float((given / chances).sum() / total)
    spread = float(((1 - chances) / chances**2 * (given - mean) ** 2).sum())
    telling = chances[np.asarray(values) != 0] if np.any(given) else chances
    added = float(((1 - telling) / telling**2).mean()) * 2
    width = Z * math.sqrt(spread + added) / total
    return Interval(mean, max(-1.0, mean - width), min(1.0, mean + width))


def _checked(values: ArrayLike, probabilities: ArrayLike) -> tuple[Numbers, Numbers]:
    given, chances = np.asarray(values, float), np.asarray(probabilities, float)
    if not len(given):
        raise ValueError("nothing was drawn")
    if not ((chances > 0) & (chances <= 1)).all():
        raise ValueError("a row that was drawn has a probability in (0, 1]")
    return given, chances


def _wilson(share: float, n: float) -> Interval:
    """Give Wilson's interval for a number of rows that need not be whole."""
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    width = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return Interval(share, max(0.0, middle - width), min(1.0, middle + width))
