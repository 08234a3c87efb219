"""How well people agree, held against figures that others have worked out."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from polarity.comparison.agreement import ALPHA
from polarity.review import agreement
from polarity.review.agreement import alpha, by_two

# Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section C: four observers, twelve units,
# nominal data with gaps; the alpha that he works out is 0.743.
A = [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None]
B = [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3]
C = [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None]
D = [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None]


def _published() -> list[dict[str, str]]:
    observers = dict(zip("abcd", (A, B, C, D), strict=True))
    return [
        {name: str(said[unit]) for name, said in observers.items() if said[unit] is not None}
        for unit in range(12)
    ]


def test_alpha_is_the_published_one() -> None:
    """With more than two observers and with gaps; a unit that one has read does not count."""
    found = alpha(_published())
    assert (11, 0.743) == (found.n, round(found.value or 0, 3))
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.743 < found.high


def test_many_texts_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interval is the same, and no more is in memory than a part."""
    whole = alpha(_published())
    sizes: list[int] = []

    def seen(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        sizes.append(counts.size)
        return alphas(counts)

    alphas = agreement._alphas
    monkeypatch.setattr(agreement, "_alphas", seen)
    monkeypatch.setattr(agreement, "MOST_AT_ONCE", 7_000)
    assert whole == alpha(_published())
    assert max(sizes) <= 7_000


def test_alpha_of_two_is_that_of_the_report() -> None:
    """Without gaps, the coefficient that compares backends."""
    random = np.random.default_rng(5)
    pairs = random.integers(0, 3, (60, 2))
    pairs[:40, 1] = pairs[:40, 0]
    table = np.zeros((3, 3))
    np.add.at(table, (pairs[:, 0], pairs[:, 1]), 1)
    found = alpha([{"a": str(one), "b": str(other)} for one, other in pairs.tolist()])
    assert float(ALPHA.of(table)) == pytest.approx(found.value)


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ([], "nothing was compared"),
        ([{"ana": "A"}, {"ben": "A"}], "nothing was compared"),
        ([{"ana": "A", "ben": "A"}], "only one answer occurs, so chance alone would agree as well"),
    ],
)
def test_where_there_is_no_alpha_it_says_why(texts: list[dict[str, str]], why: str) -> None:
    """Nobody read the same, or everybody said the same of everything."""
    assert (None, why) == (alpha(texts).value, alpha(texts).undefined)


def test_every_two_that_have_read_the_same_are_compared() -> None:
    """Cohen's kappa, by hand: ana and ben agree on 3 of 4, chance would have them agree on half."""
    texts = [{"ana": a, "ben": b} for a, b in ("AA", "AA", "BB", "AB")] + [{"cleo": "A"}]
    (found,) = by_two(texts)
    assert ("ana", "ben") == found.names
    assert (4, 0.75) == (found.raw.n, found.raw.value)
    by_chance = 0.75 * 0.5 + 0.25 * 0.5
    assert found.kappa.value is not None
    assert math.isclose((0.75 - by_chance) / (1 - by_chance), found.kappa.value)
