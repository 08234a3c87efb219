"""What breaks a batch is found, and fails alone."""

import math
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from polarity.backends.isolation import Company, Interrupted, NobodyWaits, isolated


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


def test_who_is_over_is_left_out_of_every_try() -> None:
    """Of all the others as many as before are tried together."""
    tries: list[list[int]] = []
    over = {3}

    def work(numbers: Sequence[int]) -> list[int]:
        tries.append([*numbers])
        if len(tries) == 1:
            over.update(range(0, 32, 2))
            raise ValueError("once")
        return [2 * number for number in numbers]

    found = isolated(work, range(32), is_over=over.__contains__)
    assert [None if number in over else 2 * number for number in range(32)] == [
        None if isinstance(one, NobodyWaits) else one for one in found
    ]
    assert [[*range(3), *range(4, 32)], [1, *range(5, 17, 2)], [*range(17, 32, 2)]] == tries


@pytest.mark.parametrize("items", [[1], [1, 2]])
def test_results_that_are_too_few_are_nobodys(items: list[int]) -> None:
    """Whose the ones that are there would be is not known."""
    found = isolated(lambda numbers: [0] * (len(numbers) - 1), items)
    assert ["0 results for 1 items"] * len(items) == [str(one) for one in found]


class Killing:
    """Doubles numbers beside others, in a process that dies of a bad one with all that is done there."""

    def __init__(self, *bad: int) -> None:
        self.bad = set(bad)
        self.deaths = 0

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        """Double them."""
        before = self.deaths
        if self.bad & set(numbers):
            self.deaths += 1
            before = -1
        time.sleep(0.002)
        if self.deaths != before:
            raise Interrupted(f"died of {sorted(numbers)}")
        return [2 * number for number in numbers]


def test_only_those_that_kill_are_blamed() -> None:
    """By many threads at once, each with eight; of whom two have one that kills."""
    work, company = Killing(3, 17), Company()
    lists = [[*range(start, start + 8)] for start in range(0, 64, 8)]
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(partial(company.isolated, work), lists)]
    said = [str(one) if isinstance(one, Exception) else one for own in found for one in own]
    assert [f"died of [{number}]" if number in (3, 17) else 2 * number for number in range(64)] == said


@pytest.mark.parametrize(("count", "deaths"), [(1, 2), (2, 3), (32, 7)])
def test_who_kills_is_found_by_few_deaths(count: int, deaths: int) -> None:
    """Once beside others, and then alone, by halves."""
    work = Killing(1)
    found = Company().isolated(work, range(1, 1 + count))
    assert ("died of [1]", deaths) == (str(found[0]), work.deaths)


def test_who_is_killed_by_something_else_is_not_to_blame() -> None:
    """The one who is cut off once, by whatever, is done again."""
    work = Killing(1)

    def killed_once(numbers: Sequence[int]) -> list[int]:
        work.bad = {1} if work.deaths == 0 else set()
        return work(numbers)

    assert [2] == Company().isolated(killed_once, [1])


def test_who_is_cut_off_while_another_is_looked_for_is_not_to_blame() -> None:
    """Also a half, and one that was not sound: it is done again alone."""
    seen: list[list[float]] = []

    def halved(items: Sequence[float]) -> list[float]:
        seen.append([*items])
        if 9.0 in items:
            raise ValueError("its own")
        if seen.count([1.0]) == 1:
            raise Interrupted
        return [*items]

    assert ["1.0", "its own"] == [str(one) for one in Company().isolated(halved, [1.0, 9.0])]
    seen.clear()

    def spoilt(items: Sequence[float]) -> list[float]:
        seen.append([*items])
        if len(seen) == 2:
            raise Interrupted
        return [math.nan if len(items) > 1 else item for item in items]

    assert [1.0, 2.0] == Company().isolated(spoilt, [1.0, 2.0], is_sound=math.isfinite)
    assert [[1.0, 2.0], [1.0], [1.0, 2.0], [1.0], [2.0]] == seen


def test_who_was_cut_off_in_company_is_alone_then() -> None:
    """Whoever is at work ends first, and whoever comes meanwhile waits. Another failure holds up nobody."""
    company, first_in, go_on = Company(), threading.Event(), threading.Event()
    said: list[str] = []

    def slow(items: Sequence[str]) -> Sequence[str]:
        first_in.set()
        assert go_on.wait(10)
        said.extend(items)
        return items

    def failing(items: Sequence[str]) -> Sequence[str]:
        raise ValueError(*items)

    def late(items: Sequence[str]) -> Sequence[str]:
        said.extend(items)
        return items

    later = threading.Thread(target=company.isolated, args=(late, ["late"]))

    def interrupted(items: Sequence[str]) -> Sequence[str]:
        said.extend(items)
        if len(said) == 1:
            threading.Timer(0.05, go_on.set).start()
            raise Interrupted
        later.start()
        later.join(0.05)  # it cannot end
        said.append("no more")
        return items

    beside = threading.Thread(target=company.isolated, args=(slow, ["slow"]))
    beside.start()
    assert first_in.wait(10)
    assert ["wrong"] == [str(error) for error in company.isolated(failing, ["wrong"])]
    assert ["interrupted"] == company.isolated(interrupted, ["interrupted"])
    for thread in (beside, later):
        thread.join(10)
    assert ["interrupted", "slow", "interrupted", "no more", "late"] == said
