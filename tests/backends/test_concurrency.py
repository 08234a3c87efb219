"""How many requests are sent at once."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.concurrency import AdaptiveLimit, Places

from .helpers import Clock


@given(st.integers(1, 64), st.lists(st.booleans(), max_size=300))
def test_the_limit_stays_within_its_bounds(ceiling: int, outcomes: list[bool]) -> None:
    """Whatever happens, one request may be under way, and no more than the ceiling allows."""
    clock = Clock()
    limit = AdaptiveLimit(ceiling, clock=clock)
    for good in outcomes:
        clock.now += 1
        before = limit.value
        if good:
            limit.good()
            assert before <= limit.value <= before + 1
        else:
            limit.bad(began=clock.now)
            assert max(1, before // 2) == limit.value
        assert 1 <= limit.value <= ceiling


def test_a_crowd_that_failed_together_halves_once() -> None:
    """Eight requests that were under way together are one piece of news, not eight."""
    clock = Clock()
    limit = AdaptiveLimit(8, clock=clock)
    clock.now = 1
    for _ in range(8):
        limit.bad(began=0.5)
    assert 4 == limit.value
    limit.bad(began=1.5)
    assert 2 == limit.value


def test_it_comes_back_by_one_a_round() -> None:
    """From two to three takes two good answers, from three to four three."""
    limit = AdaptiveLimit(4, clock=Clock())
    limit.bad(began=0)
    found = []
    for _ in range(5):
        limit.good()
        found.append(limit.value)
    assert [2, 3, 3, 3, 4] == found


@pytest.mark.anyio
async def test_places_are_given_in_order_and_never_too_many() -> None:
    """As many as the limit says, first come first served, also where those who wait leave."""
    places = Places(AdaptiveLimit(3))
    served: list[int] = []
    most = 0

    async def work(number: int) -> None:
        nonlocal most
        await places.take()
        most = max(most, places.taken)
        served.append(number)
        await asyncio.sleep(0)
        places.leave()

    dice = random.Random(0)
    tasks = [asyncio.create_task(work(number)) for number in range(200)]
    await asyncio.sleep(0)
    gone = dice.sample(range(3, 200), 80)
    for number in gone:
        tasks[number].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [number for number in range(200) if number not in gone] == served
    assert (3, 0) == (most, places.taken)


@pytest.mark.anyio
async def test_a_place_given_to_one_who_has_just_left_goes_on() -> None:
    """Nobody keeps it."""
    places = Places(AdaptiveLimit(1))
    await places.take()
    gone, waiting = asyncio.create_task(places.take()), asyncio.create_task(places.take())
    await asyncio.sleep(0)
    places.leave()
    gone.cancel()
    await waiting
    assert (1, True) == (places.taken, gone.cancelled())


@pytest.mark.anyio
async def test_a_lower_limit_takes_nobodys_place_away() -> None:
    """Those who have one finish; as many fewer follow."""
    places = Places(AdaptiveLimit(4))
    for _ in range(4):
        await places.take()
    places.limit.bad(began=0)
    waiting = asyncio.create_task(places.take())
    for taken in (3, 2, 2):
        await asyncio.sleep(0)
        assert not waiting.done()
        places.leave()
        assert taken == places.taken
    await waiting
