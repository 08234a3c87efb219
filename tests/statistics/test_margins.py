"""Stuart-Maxwell, Bowker and McNemar."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import chi2
from statsmodels.stats.contingency_tables import SquareTable

from polarity.statistics.margins import bowker, mcnemar, stuart_maxwell

# Stuart 1955, "A test for homogeneity of the marginal distributions in a two-way classification": the
# unaided vision of 7,477 women, right eye down, left eye across; chi-square 11.96 with 3 degrees.
VISION = np.array([[1520.0, 266, 124, 66], [234, 1512, 432, 78], [117, 362, 1772, 205], [36, 82, 179, 492]])
TABLES = st.integers(2, 5).flatmap(
    lambda size: arrays(np.float64, (size, size), elements=st.integers(0, 30).map(float))
)


def test_stuart_maxwell_of_a_published_example() -> None:
    """11.957 with 3 degrees of freedom."""
    found = stuart_maxwell(VISION)
    assert 3 == found.df
    assert found.statistic is not None
    assert "11.957" == f"{found.statistic:.3f}"


def test_bowker_of_a_published_example() -> None:
    """19.107 with 6 degrees of freedom: the symmetry of the same eyes (Bishop et al. 1975, p. 284)."""
    found = bowker(VISION)
    assert 6 == found.df
    assert found.statistic is not None
    assert "19.107" == f"{found.statistic:.3f}"


@given(TABLES)
def test_bowker_cell_by_cell(table: NDArray[np.float64]) -> None:
    """The sum of (there - back)^2 / (there + back) over the differences that occur."""
    cells = [(table[i, j], table[j, i]) for i in range(len(table)) for j in range(i)]
    terms = [(one - other) ** 2 / (one + other) for one, other in cells if one + other]
    found = bowker(table)
    if not terms:
        assert "the two never differ" == found.undefined
        return
    assert (pytest.approx(sum(terms), abs=1e-9), len(terms)) == (found.statistic, found.df)
    assert pytest.approx(chi2.sf(sum(terms), len(terms)), abs=1e-9) == found.p


@given(TABLES)
def test_stuart_maxwell_is_that_of_statsmodels(table: NDArray[np.float64]) -> None:
    """Where statsmodels has a value, it is the same; where the two never differ, there is a reason."""
    found = stuart_maxwell(table)
    if not (table - np.diag(np.diag(table))).any():
        assert "the two never differ" == found.undefined
        return
    variance = np.diag(table.sum(0) + table.sum(1)) - table - table.T
    if np.linalg.matrix_rank(variance[:-1, :-1]) == len(table) - 1:
        expected = SquareTable(table, shift_zeros=False).homogeneity()
        assert pytest.approx(expected.statistic, rel=1e-9, abs=1e-9) == found.statistic
        assert (len(table) - 1, pytest.approx(expected.pvalue, abs=1e-9)) == (found.df, found.p)
    assert found.statistic is not None


@pytest.mark.slow
@given(TABLES, TABLES)
def test_stuart_maxwell_of_two_worlds(one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    """Where no answer of some categories is ever taken for one of the others, both parts add up."""
    both = np.zeros((len(one) + len(other),) * 2)
    both[: len(one), : len(one)], both[len(one) :, len(one) :] = one, other
    parts = [stuart_maxwell(table) for table in (one, other)]
    found = stuart_maxwell(both)
    assert sum(part.df or 0 for part in parts) == (found.df or 0)
    assert pytest.approx(sum(part.statistic or 0 for part in parts), abs=1e-9) == (found.statistic or 0)


def test_a_category_that_nobody_gives_changes_nothing() -> None:
    """An empty row and column are left out of both tests."""
    wide = np.zeros((5, 5))
    wide[:4, :4] = VISION
    eyes = stuart_maxwell(VISION)
    assert (pytest.approx(eyes.statistic), eyes.df) == (
        stuart_maxwell(wide).statistic,
        stuart_maxwell(wide).df,
    )
    narrow = bowker(VISION)
    assert (pytest.approx(narrow.statistic), narrow.df) == (bowker(wide).statistic, bowker(wide).df)


@pytest.mark.parametrize(
    ("fixed", "broken", "expected"), [(0, 0, 1.0), (5, 5, 1.0), (0, 10, 2 / 1024), (1, 9, 22 / 1024)]
)
def test_mcnemar_is_exact(fixed: int, broken: int, expected: float) -> None:
    """Twice the binomial tail; identical sides give 1."""
    assert math.isclose(expected, mcnemar(fixed, broken), rel_tol=1e-9)
