"""Bounds of a mean that hold at every look, however often and whenever somebody looks. Pure.

An interval of `intervals` holds 95 times in 100 where it is looked at once. Who looks every day until it
says what is hoped for is wrong far more often. What stands here holds for all looks together: with
probability 1 - alpha, the true mean is never, at no look, outside its bounds.

Source: Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting". Somebody
bets against "the mean is at most m" with a part f of what he has: an observation x in [0, 1] multiplies
it by 1 + f (x / m - 1). If the statement is true, he is expected not to win, so that the probability of
ever having 1 / alpha times what he began with is at most alpha (Ville 1939). What m he would have won
that much against is out. He splits his money over parts of f from 0.99 down to 2e-5, each of which he
keeps: one of them is near what would have won most (Cover 1991, "Universal portfolios"), and since they
stay what they are, the order of the observations does not count. Values with how often each was seen,
as a database counts them, are therefore enough.

What is needed: every observation lies within the bounds that were declared, and its mean, given those
before it, is the one that is asked for. Texts that are drawn independently have that; one text sent a
thousand times has not.
"""

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

PARTS: Final = 0.99 * 2.0 ** (-np.arange(32) / 2)  # of the money, that are bet; as much is on each
HALVINGS: Final = 30  # of [0, 1], which leaves less than 1e-9
Claim = Literal["at_most", "at_least"]


class Bounds(NamedTuple):
    """Between these two the mean lies."""

    low: float
    high: float


UNIT: Final = Bounds(0.0, 1.0)


def bounds(values: ArrayLike, counts: ArrayLike, alpha: float = 0.05, within: Bounds = UNIT) -> Bounds:
    """Give both bounds of the mean: at all looks together, it is outside with probability `alpha` at most.

    `values` (values,) are what was observed, all of them `within` what is possible, and `counts`
    (values,) how often. A share is the mean of 0 and 1; differences of two that are each right or wrong
    lie within -1 and 1.

    >>> low, high = bounds([0, 1], [300, 700])
    >>> round(low, 3), round(high, 3)
    (0.647, 0.75)
    >>> low, high = bounds([-1, 0, 1], [20, 900, 80], within=Bounds(-1, 1))
    >>> round(low, 3), round(high, 3)
    (0.026, 0.097)

    Raises:
        ValueError: a value lies outside, a count is below 0, or `alpha` is not between 0 and 1.
    """
    _check(alpha)
    return Bounds(lower(values, counts, alpha / 2, within), upper(values, counts, alpha / 2, within))


def lower(values: ArrayLike, counts: ArrayLike, alpha: float = 0.05, within: Bounds = UNIT) -> float:
    """Give the bound that the mean is, at any look, below with probability `alpha` at most.

    >>> round(lower([0, 1], [300, 700]), 3), lower([0, 1], [0, 0])
    (0.65, 0.0)

    Raises:
        ValueError: as `bounds` raises it.
    """
    _check(alpha)
    enough = -np.log(alpha)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        mean = within.low + middle * (within.high - within.low)
        won = log_evidence(values, counts, mean, against="at_most", within=within) >= enough
        low, high = (middle, high) if won else (low, middle)
    return float(within.low + low * (within.high - within.low))


def upper(values: ArrayLike, counts: ArrayLike, alpha: float = 0.05, within: Bounds = UNIT) -> float:
    """Give the bound that the mean is, at any look, above with probability `alpha` at most.

    >>> round(upper([0, 1], [300, 700]), 3), upper([0, 1], [0, 0])
    (0.746, 1.0)

    Raises:
        ValueError: as `bounds` raises it.
    """
    return -lower(-np.asarray(values, np.float64), counts, alpha, Bounds(-within.high, -within.low))


def log_evidence(
    values: ArrayLike,
    counts: ArrayLike,
    mean: float,
    *,
    against: Claim,
    within: Bounds = UNIT,
) -> NDArray[np.float64]:
    """Give the logarithm, in nats, of what was won against "the mean is at most (at least) `mean`".

    `counts` may have axes before that of the values, (..., values): several samples at once, and the
    result is (...). At ln(1 / alpha) the claim is rejected, with probability `alpha` at most if it is
    true, at whatever looks. At the end of what is possible, or beyond it, nothing can be won.

    >>> round(float(log_evidence([0, 1], [300, 700], 0.65, against="at_most")), 2)
    3.06
    >>> log_evidence([0, 1], [[5, 5], [0, 10]], 0.5, against="at_most").round(2).tolist()
    [-0.13, 3.7]

    Raises:
        ValueError: a value lies outside, or a count is below 0.
    """
    seen, often = np.asarray(values, np.float64), np.asarray(counts, np.float64)
    if (seen < within.low).any() or (seen > within.high).any():
        raise ValueError(f"values from {seen.min():g} to {seen.max():g} are not all within {tuple(within)}")
    if (often < 0).any():
        raise ValueError(f"a count of {often.min():g} is below 0")
    unit, at = ((part - within.low) / (within.high - within.low) for part in (seen, mean))
    if against == "at_least":
        unit, at = 1 - unit, 1 - at
    if not 0 < at < 1:
        return np.zeros(often.shape[:-1])
    won = often @ np.log1p(np.outer(unit / at - 1, PARTS))
    most = won.max(-1)
    return np.asarray(most + np.log(np.exp(won - most[..., None]).mean(-1)))


def _check(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha {alpha!r} is not between 0 and 1")
