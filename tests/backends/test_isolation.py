"""What breaks a batch is found, and fails alone."""

import math
import threading
from collections.abc import Sequence

import pytest

from polarity.backends.isolation import Company, isolated


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


def test_what_failed_is_done_again_otherwise() -> None:
    """By another way, down to a single one, and also that where it was the only one."""
    first, again = Breaking(*range(8)), Breaking(2)
    found = isolated(first, range(4), again=again)
    assert ["0", "2", "bad: [2]", "6"] == [*map(str, found)]
    assert (1, 4) == (first.calls, again.calls)
    assert [10] == isolated(first, [5], again=again)
    (error,) = isolated(first, [2], again=again)
    assert ("bad: [2]", 3, 6) == (str(error), first.calls, again.calls)


def test_one_thread_does_nothing_again() -> None:
    """Nobody was beside it: what kills a process kills it no more often than it must."""
    work = Breaking(1)
    (error,) = Company(1).isolated(work, [1], is_sound=lambda _: True)
    assert ("bad: [1]", 1) == (str(error), work.calls)


def test_who_tries_again_is_alone() -> None:
    """Whoever is at work ends first, and whoever comes meanwhile waits."""
    company, first_in, go_on = Company(2), threading.Event(), threading.Event()
    said: list[str] = []

    def slow(items: Sequence[str]) -> Sequence[str]:
        first_in.set()
        assert go_on.wait(10)
        said.append("slow")
        return items

    def late(items: Sequence[str]) -> Sequence[str]:
        said.append("late")
        return items

    later = threading.Thread(target=company.isolated, args=(late, ["c"]), kwargs={"is_sound": bool})

    def failing_once(items: Sequence[str]) -> Sequence[str]:
        said.append("failing")
        if said.count("failing") == 1:
            threading.Timer(0.05, go_on.set).start()
            raise ValueError("beside another")
        later.start()
        later.join(0.05)  # it cannot end
        said.append("failing no more")
        return items

    beside = threading.Thread(target=company.isolated, args=(slow, ["a"]), kwargs={"is_sound": bool})
    beside.start()
    assert first_in.wait(10)
    assert ["b"] == company.isolated(failing_once, ["b"], is_sound=bool)
    for thread in (beside, later):
        thread.join(10)
    assert ["failing", "slow", "failing", "failing no more", "late"] == said
