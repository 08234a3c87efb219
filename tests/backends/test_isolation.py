"""What breaks a batch is found, and fails alone."""

import math
from collections.abc import Sequence

import pytest

from polarity.backends.isolation import isolated


class Breaking:
    """Doubles numbers, and breaks where a bad one is among them."""

    def __init__(self, *bad: int) -> None:
        self.bad = set(bad)
        self.calls = 0

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        """Double them."""
        self.calls += 1
        if found := self.bad & set(numbers):
            raise ValueError(f"bad: {sorted(found)}")
        return [2 * number for number in numbers]


@pytest.mark.parametrize(
    ("bad", "calls"),
    [((), 1), ((0,), 11), ((31,), 11), ((3, 4), 15), ((3, 30), 19), (tuple(range(32)), 63)],
)
def test_only_the_bad_ones_fail(bad: tuple[int, ...], calls: int) -> None:
    """Each with its own exception, in its place; one of 32 is found in eleven calls."""
    work = Breaking(*bad)
    found = isolated(work, range(32))
    assert [2 * number if number not in bad else f"bad: [{number}]" for number in range(32)] == [
        str(one) if isinstance(one, Exception) else one for one in found
    ]
    assert calls == work.calls


def test_what_is_not_sound_is_tried_alone() -> None:
    """A neighbour may have spoilt it; where it is unsound alone, too, it stays as it is."""

    def spoilt_by_company(numbers: Sequence[float]) -> list[float]:
        return [math.nan if number == 0 or 0 in numbers else number for number in numbers]

    found = isolated(spoilt_by_company, [1.0, 0.0, 2.0], is_sound=math.isfinite)
    assert [1.0, None, 2.0] == [None if isinstance(one, float) and math.isnan(one) else one for one in found]
