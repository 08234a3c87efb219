"""Coefficients of agreement: published examples, other libraries, and another way to compute them."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from polarity.comparison.agreement import (
    AC1,
    ALPHA,
    KAPPA,
    LINEAR_KAPPA,
    Coefficient,
    estimate,
    raw_agreement,
)
from tests.properties import examples

TABLES = st.integers(2, 5).flatmap(
    lambda size: arrays(np.float64, (size, size), elements=st.integers(0, 30).map(float))
)


def of(table: NDArray[np.float64], coefficient: Coefficient) -> float:
    """One table's value, NaN where it is undefined."""
    return float(coefficient.of(table))


def pairs_of(table: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The pairs that a table counts."""
    cells = product(range(len(table)), range(len(table)))
    return [cell for cell in cells for _ in range(int(table[cell]))]


@pytest.mark.parametrize(
    ("coefficient", "table", "expected"),
    [
        # Wikipedia, "Cohen's kappa", simple example: 50 proposals.
        (KAPPA, [[20, 5], [10, 15]], 0.4),
        # Krippendorff 2011, "Computing Krippendorff's alpha-reliability", part A: 10 units, two
        # observers, 0 and 1; the text gives 0.095, which is 2/21.
        (ALPHA, [[5, 1], [3, 1]], 2 / 21),
        # Gwet 2002, "Kappa statistic is not satisfactory [...]", table 1 of 125 subjects, by hand from
        # its definition: p_o = 118/125, pi = 243/250, p_e = 2 pi (1 - pi).
        (AC1, [[118, 5], [2, 0]], (118 / 125 - 2 * 243 * 7 / 250**2) / (1 - 2 * 243 * 7 / 250**2)),
    ],
)
def test_published_examples(coefficient: Coefficient, table: list[list[float]], expected: float) -> None:
    """Each gives what its source gives."""
    assert math.isclose(expected, of(np.array(table, float), coefficient), rel_tol=1e-9)


@pytest.mark.slow
@given(TABLES)
@example(np.array([[0.0, 0.0], [1.0, 0.0]]))
def test_kappas_are_those_of_other_libraries(table: NDArray[np.float64]) -> None:
    """On any table, kappa is scikit-learn's and statsmodels', plain and linear, to 1e-9."""
    if math.isnan(of(table, KAPPA)):
        return
    left, right = zip(*pairs_of(table), strict=True)
    labels = list(range(len(table)))
    assert pytest.approx(cohen_kappa_score(left, right, labels=labels), abs=1e-9) == of(table, KAPPA)
    linear = cohen_kappa_score(left, right, labels=labels, weights="linear")
    assert pytest.approx(linear, abs=1e-9) == of(table, LINEAR_KAPPA)
    with np.errstate(invalid="ignore", divide="ignore"):  # of its z, where its own deviation is none
        found = cohens_kappa(table).kappa
    assert pytest.approx(found, abs=1e-9) == of(table, KAPPA)


@pytest.mark.slow
@given(TABLES)
@examples(40)  # each goes through all its pairs
def test_alpha_and_ac1_pair_by_pair(table: NDArray[np.float64]) -> None:
    """Alpha and AC1 are what their definitions give when they are followed answer by answer."""
    pairs = pairs_of(table)
    if not pairs:
        return
    answers = [answer for pair in pairs for answer in pair]
    differ = sum(one != other for one, other in pairs) / len(pairs)
    by_chance = sum(one != other for one, other in _ordered_pairs(answers))
    if by_chance:
        expected = 1 - differ * len(answers) * (len(answers) - 1) / by_chance
        assert pytest.approx(expected, abs=1e-9) == of(table, ALPHA)
    share = [answers.count(category) / len(answers) for category in range(len(table))]
    chance = sum(p * (1 - p) for p in share) / (len(table) - 1)
    assert pytest.approx((1 - differ - chance) / (1 - chance), abs=1e-9) == of(table, AC1)


def _ordered_pairs(answers: list[int]) -> list[tuple[int, int]]:
    counts = {answer: answers.count(answer) for answer in set(answers)}
    return [
        (one, other)
        for one in counts
        for other in counts
        for _ in range(counts[one] * counts[other])
        if one != other
    ]


@pytest.mark.slow
@given(TABLES)
@examples(30)  # each is resampled four times
def test_an_estimate_is_never_nan(table: NDArray[np.float64]) -> None:
    """There is a value inside its interval and inside [-1, 1], or a reason; never NaN."""
    for coefficient in (KAPPA, LINEAR_KAPPA, AC1, ALPHA):
        found = estimate(table, coefficient)
        if found.undefined:
            assert (None, None, None) == (found.value, found.low, found.high)
        else:
            assert found.low is not None
            assert found.value is not None
            assert found.high is not None
            assert -1 <= found.low <= found.value + 1e-9
            assert found.value <= found.high + 1e-9
            assert found.high <= 1


@pytest.mark.slow
@pytest.mark.parametrize("coefficient", [KAPPA, LINEAR_KAPPA, AC1, ALPHA])
def test_the_interval_covers_the_truth(coefficient: Coefficient) -> None:
    """Of 200 samples drawn from a known table, about 95 % of the intervals hold its own coefficient."""
    truth = np.array([[0.25, 0.05, 0.02], [0.06, 0.2, 0.04], [0.03, 0.05, 0.3]])
    value = of(truth * 1e6, coefficient)
    generator = np.random.default_rng(1)
    samples = generator.multinomial(150, truth.ravel(), 200).reshape(-1, 3, 3).astype(float)
    found = [estimate(sample, coefficient) for sample in samples]

    covered = sum(
        part.low <= value <= part.high for part in found if part.low is not None and part.high is not None
    )
    assert 183 <= covered


def test_the_same_seed_gives_the_same_interval() -> None:
    """Two calls agree to the last bit."""
    table = np.array([[20.0, 5.0], [10.0, 15.0]])
    assert estimate(table, KAPPA) == estimate(table, KAPPA)
    assert estimate(table, KAPPA, seed=1) != estimate(table, KAPPA, seed=2)


def test_raw_agreement_of_unmapped() -> None:
    """Two UNMAPPED are on the diagonal and do not agree."""
    table = np.array([[6.0, 0.0], [0.0, 4.0]])
    assert 0.6 == raw_agreement(table, ["POSITIVE", "UNMAPPED"]).value
    assert "nothing was compared" == raw_agreement(np.zeros((2, 2)), ["POSITIVE", "UNMAPPED"]).undefined
