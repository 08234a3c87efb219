"""A quick network, and a precise one for close calls."""

import math
from collections.abc import Sequence

import pytest

from polarity.backends.runtimes.base import Shape
from polarity.backends.runtimes.doubting import Doubting, lead


class Fixed:
    """A network that says of a row what its first id stands for, and remembers what it was asked."""

    name = "onnxruntime int8"
    shape = Shape(("a", "b"), 8, 9)
    at_once = 3

    def __init__(self, *shares: float) -> None:
        self._shares, self.asked, self.lone = shares, list[Sequence[int]](), list[bool]()

    def logits(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        """Give the logits of two shares."""
        self.asked += rows
        self.lone.append(is_lone)
        return [[math.log(self._shares[row[0]]), math.log(1 - self._shares[row[0]])] for row in rows]


def test_close_calls_are_the_precise_ones() -> None:
    """In their places; what is clear is not asked again."""
    quick, precise = Fixed(0.9, 0.52, 0.3, 0.48), Fixed(0.5, 0.47, 0.5, 0.53)
    found = Doubting(quick, precise, 0.05).logits([[0], [1, 1], [2], [3]])
    assert [pytest.approx(share) for share in (0.9, 0.47, 0.3, 0.53)] == [math.exp(row[0]) for row in found]
    assert [[1, 1], [3]] == precise.asked
    assert [[False], [False]] == [quick.lone, precise.lone]


def test_a_lone_row_is_lone_for_both() -> None:
    """Nothing else is asked meanwhile; and as many may ask as may ask the quick one."""
    quick, precise = Fixed(0.51), Fixed(0.5)
    both = Doubting(quick, precise, 0.05)
    both.logits([[0]], is_lone=True)
    assert ([True], [True], 3) == (quick.lone, precise.lone, both.at_once)


def test_where_all_is_clear_nobody_else_is_asked() -> None:
    """One pass, and it goes by the quick network's name."""
    precise = Fixed(0.5)
    both = Doubting(Fixed(0.9), precise, 0.05)
    assert 1 == len(both.logits([[0]]))
    assert [] == precise.asked
    assert ("onnxruntime int8", ("a", "b")) == (both.name, both.shape.names)


@pytest.mark.parametrize(
    ("logits", "expected"), [([-2.0], 1.0), ([1.0, 1.0], 0.0), ([0.0, -1000.0, 0.0], 0.0)]
)
def test_a_lead_is_over_the_next_class(logits: list[float], expected: float) -> None:
    """A network with a single class has no close calls."""
    assert expected == lead(logits)
