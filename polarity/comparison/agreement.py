"""How well two sides agree: raw and beyond chance, each with a 95 % interval.

Every coefficient has Krippendorff's form 1 - D / E: D is the disagreement that was seen, E the one that
chance would bring, and what they take chance to be is all they differ in. A table (k, k) counts pairs:
rows are the left side's categories, columns the right's. A stack of tables (n, k, k) gives n values,
NaN where one is undefined.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polarity.comparison.pairs import UNMAPPED
from polarity.statistics.intervals import ENDS, RESAMPLES, wilson

Numbers = NDArray[np.float64]
NOTHING = "nothing was compared"
ONE_ANSWER = "only one answer occurs, so chance alone would agree as well"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A measure of `n` pairs and its 95 % interval; `undefined` says why there is none."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    undefined: str | None = None


class Coefficient(NamedTuple):
    """`weights` of k categories: how bad each difference is, (k, k) in [0, 1]. `chance` of tables is E."""

    weights: Callable[[int], Numbers]
    chance: Callable[[Numbers, Numbers], Numbers]

    def of(self, tables: Numbers) -> Numbers:
        """Give 1 - D / E of each table."""
        weights = self.weights(tables.shape[-1])
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = self.chance(tables, weights)
            found: Numbers = np.where(expected > 0, 1 - _observed(tables, weights) / expected, np.nan)
        return found


def any_difference(size: int) -> Numbers:
    """Take all differences for equally bad."""
    return 1 - np.eye(size)


def distance(size: int) -> Numbers:
    """Take a difference for as bad as the categories lie apart.

    >>> distance(3).tolist()
    [[0.0, 0.5, 1.0], [0.5, 0.0, 0.5], [1.0, 0.5, 0.0]]
    """
    places = np.arange(size)
    return np.asarray(np.abs(places[:, None] - places[None, :]) / max(size - 1, 1))


def _own_habits(tables: Numbers, weights: Numbers) -> Numbers:
    """Each side draws at random, as often as it gives each answer now."""
    both = tables.sum(-1)[..., :, None] * tables.sum(-2)[..., None, :]
    return np.asarray((both * weights).sum((-1, -2)) / _total(tables) ** 2)


def _hard_texts(tables: Numbers, weights: Numbers) -> Numbers:
    """Some texts are hard, and only there one guesses, among all categories alike."""
    share = _pooled(tables) / (2 * _total(tables)[..., None])
    return np.asarray(1 - (share * (1 - share)).sum(-1) / max(len(weights) - 1, 1))


def _one_urn(tables: Numbers, weights: Numbers) -> Numbers:
    """Both sides draw from one urn that holds all their answers, without putting back."""
    answers, n = _pooled(tables), 2 * _total(tables)
    both = answers[..., :, None] * answers[..., None, :]
    return np.asarray((both * weights).sum((-1, -2)) / (n * (n - 1)))


KAPPA = Coefficient(any_difference, _own_habits)  # Cohen 1960, "A coefficient of agreement for [...]"
LINEAR_KAPPA = Coefficient(distance, _own_habits)  # Cohen 1968, "Weighted kappa"
AC1 = Coefficient(any_difference, _hard_texts)  # Gwet 2008, "Computing inter-rater reliability [...]"
ALPHA = Coefficient(any_difference, _one_urn)  # Krippendorff 2004, "Content analysis", nominal


def raw_agreement(table: Numbers, categories: Sequence[str], *, seed: int = 0) -> Estimate:
    """Give the share of pairs that agree; two UNMAPPED do not.

    Its interval is the wider of a bootstrap's and Wilson's.

    >>> raw_agreement(np.array([[1.0, 0.0], [0.0, 1.0]]), ["POSITIVE", "UNMAPPED"]).value
    0.5
    """
    n = int(table.sum())
    if not n:
        return Estimate(n=0, undefined=NOTHING)
    agreeing = np.diag([float(name != UNMAPPED) for name in categories])
    share = wilson(int((table * agreeing).sum()), n)
    low, high = np.percentile((_resampled(table, seed) * agreeing).sum((-1, -2)) / n, ENDS)
    return Estimate(n=n, value=share.value, low=float(min(low, share.low)), high=float(max(high, share.high)))


def estimate(table: Numbers, coefficient: Coefficient, *, seed: int = 0) -> Estimate:
    """Give a coefficient of one table with its interval: there are two, and the wider end counts.

    One is a bootstrap: tables of as many pairs, drawn from the cells, without those for which the
    coefficient is undefined. Where no disagreement was seen it has no width. The other is Wilson's
    interval of the share that differs, put in the place of what was seen in 1 - D / E.

    >>> found = estimate(np.array([[50.0, 0.0], [0.0, 50.0]]), KAPPA)
    >>> found.value, round(found.low, 3), found.high
    (1.0, 0.926, 1.0)
    """
    n = int(table.sum())
    if not n:
        return Estimate(n=0, undefined=NOTHING)
    value = float(coefficient.of(table))
    if np.isnan(value):
        return Estimate(n=n, undefined=ONE_ANSWER)
    low, high = np.nanpercentile(coefficient.of(_resampled(table, seed)), ENDS)
    below, above = _by_wilson(table, coefficient)
    return Estimate(
        n=n, value=value, low=float(max(-1.0, min(low, below))), high=float(min(1.0, max(high, above)))
    )


def _by_wilson(table: Numbers, coefficient: Coefficient) -> tuple[float, float]:
    weights = coefficient.weights(len(table))
    share = wilson(int(table.sum() - np.trace(table)), int(table.sum()))
    badness = float(_observed(table, weights)) / share.value if share.value else 1.0
    expected = float(coefficient.chance(table, weights))
    return 1 - share.high * badness / expected, 1 - share.low * badness / expected


def _total(tables: Numbers) -> Numbers:
    return np.asarray(tables.sum((-1, -2)))


def _pooled(tables: Numbers) -> Numbers:
    """Both sides' answers of each category: (..., k)."""
    return np.asarray(tables.sum(-1) + tables.sum(-2))


def _observed(tables: Numbers, weights: Numbers) -> Numbers:
    return np.asarray((tables * weights).sum((-1, -2)) / _total(tables))


def _resampled(table: Numbers, seed: int) -> Numbers:
    n, cells = int(table.sum()), (table / table.sum()).ravel()
    drawn = np.random.default_rng(seed).multinomial(n, cells, RESAMPLES)
    return drawn.reshape(RESAMPLES, *table.shape).astype(np.float64)
