"""How long stages take is heard by who listens, and by nobody else."""

import asyncio

import pytest

from polarity.backends.stages import Stage, listening, stage


class Walk:
    """What hears of stages."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []


def test_stages_are_heard_in_the_order_of_their_ends() -> None:
    """Each has its beginning and its end; one within another ends first."""
    with listening(Walk()) as walk, stage("llm"), stage("map"):
        pass
    (inner, inner_began, inner_ended), (outer, outer_began, outer_ended) = walk.stages
    assert ("map", "llm") == (inner, outer)
    assert outer_began <= inner_began <= inner_ended <= outer_ended


def test_a_stage_that_fails_is_heard() -> None:
    """What took long and then failed is what one looks for."""
    with listening(Walk()) as walk, pytest.raises(ZeroDivisionError), stage("bert"):
        _ = 1 / 0
    assert ["bert"] == [name for name, _, _ in walk.stages]


def test_nobody_hears_another() -> None:
    """Two tasks at the same time each hear their own, those of tasks that they begin among them."""

    async def way(name: str) -> list[str]:
        with listening(Walk()) as walk:
            await asyncio.gather(work(name), work(name))
            return [found for found, _, _ in walk.stages]

    async def work(name: str) -> None:
        with stage(name):
            await asyncio.sleep(0)

    async def both() -> list[list[str]]:
        with stage("nobody listens"):
            return [*await asyncio.gather(way("bert"), way("llm"))]

    assert [["bert", "bert"], ["llm", "llm"]] == asyncio.run(both())
