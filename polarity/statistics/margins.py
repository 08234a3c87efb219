"""Does one side lean to other labels than the other? Tests of the margins, and of the table's symmetry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, chdtrc


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A chi-square test: its statistic, degrees of freedom and p; `undefined` says why there is none."""

    statistic: float | None = None
    df: int | None = None
    p: float | None = None
    undefined: str | None = None


def stuart_maxwell(table: NDArray[np.float64]) -> Test:
    """Test whether both sides give each answer as often (Stuart 1955, Maxwell 1970).

    Categories over which the two never differ say nothing and take no degree of freedom: the variance
    of the margins is inverted only where it has any (Moore and Penrose), and its rank is counted.

    >>> found = stuart_maxwell(np.array([[20.0, 10.0, 0.0], [4.0, 16.0, 0.0], [0.0, 0.0, 9.0]]))
    >>> round(found.statistic, 4), found.df
    (2.5714, 1)
    """
    if not (table - np.diag(np.diag(table))).any():
        return Test(undefined="the two never differ")
    margins = table.sum(1) - table.sum(0)
    variance = -(table + table.T)
    np.fill_diagonal(variance, table.sum(0) + table.sum(1) - 2 * np.diag(table))
    statistic = float(margins @ np.linalg.pinv(variance, rcond=1e-12, hermitian=True) @ margins)
    df = int(np.linalg.matrix_rank(variance, hermitian=True))
    return Test(statistic=statistic, df=df, p=float(chdtrc(df, statistic)))


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
    from statsmodels.stats.contingency_tables import SquareTable

    statistic = float(SquareTable(table, shift_zeros=False).symmetry().statistic)
    return Test(statistic=statistic, df=df, p=float(chdtrc(df, statistic)))


def mcnemar(fixed: int, broken: int) -> float:
    """Test whether fixing and breaking are as likely: the exact, two-sided p (McNemar 1947).

    Where both are as likely, the two tails of the binomial distribution are alike.

    >>> round(mcnemar(1, 9), 4), mcnemar(0, 0)
    (0.0215, 1.0)
    """
    return min(1.0, 2 * float(bdtr(min(fixed, broken), fixed + broken, 0.5)))
