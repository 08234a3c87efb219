"""Does one side lean to other labels than the other? Tests of the margins, and of the table's symmetry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, chi2


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A chi-square test: its statistic, degrees of freedom and p; `undefined` says why there is none."""

    statistic: float | None = None
    df: int | None = None
    p: float | None = None
    undefined: str | None = None


def stuart_maxwell(table: NDArray[np.float64]) -> Test:
    """Test whether both sides give each answer as often (Stuart 1955, Maxwell 1970).

    Categories that neither side ever gives are left out: they say nothing, and have no variance.

    >>> found = stuart_maxwell(np.array([[20.0, 10.0], [4.0, 16.0]]))
    >>> round(found.statistic, 4), found.df
    (2.5714, 1)
    """
    kept = _occurring(table)
    if not (kept - np.diag(np.diag(kept))).any():
        return Test(undefined="the two never differ")
    if np.linalg.matrix_rank(_variance(kept)) < len(kept) - 1:
        return Test(undefined="some categories are never told apart")
    from statsmodels.stats.contingency_tables import SquareTable  # noqa: PLC0415 - takes a second

    found = SquareTable(kept, shift_zeros=False).homogeneity()
    return Test(statistic=float(found.statistic), df=int(found.df), p=float(found.pvalue))


def bowker(table: NDArray[np.float64]) -> Test:
    """Test whether each difference is as frequent one way as the other (Bowker 1948).

    Differences that never occur, either way, take no degree of freedom.

    >>> found = bowker(np.array([[20.0, 10.0, 0.0], [4.0, 16.0, 0.0], [0.0, 0.0, 9.0]]))
    >>> round(found.statistic, 4), found.df
    (2.5714, 1)
    """
    upper = np.triu_indices(len(table), 1)
    there, back = table[upper], table.T[upper]
    df = int(((there + back) > 0).sum())
    if not df:
        return Test(undefined="the two never differ")
    from statsmodels.stats.contingency_tables import SquareTable  # noqa: PLC0415 - takes a second

    statistic = float(SquareTable(table, shift_zeros=False).symmetry().statistic)
    return Test(statistic=statistic, df=df, p=float(chi2.sf(statistic, df)))


def mcnemar(fixed: int, broken: int) -> float:
    """Test whether fixing and breaking are as likely: the exact, two-sided p (McNemar 1947).

    >>> round(mcnemar(1, 9), 4), mcnemar(0, 0)
    (0.0215, 1.0)
    """
    return float(binomtest(fixed, fixed + broken).pvalue) if fixed + broken else 1.0


def _occurring(table: NDArray[np.float64]) -> NDArray[np.float64]:
    there = np.flatnonzero(table.sum(0) + table.sum(1))
    return table[np.ix_(there, there)]


def _variance(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance of the differences of the margins, but for the last category: it follows from the others."""
    variance = -(table + table.T)
    np.fill_diagonal(variance, table.sum(0) + table.sum(1) - 2 * np.diag(table))
    return np.asarray(variance[:-1, :-1])
