"""How long stages take is heard by who listens, and by nobody else."""

import asyncio

import pytest

from polarity.stages import listening, stage


def test_stages_are_heard_in_the_order_of_their_ends() -> None:
    """Each has its beginning and its end; one within another ends first."""
    with listening() as heard, stage("llm"), stage("map"):
        pass
    (inner, inner_began, inner_ended), (outer, outer_began, outer_ended) = heard
    assert ("map", "llm") == (inner, outer)
    assert outer_began <= inner_began <= inner_ended <= outer_ended


def test_a_stage_that_fails_is_heard() -> None:
    """What took long and then failed is what one looks for."""
    with listening() as heard, pytest.raises(ZeroDivisionError), stage("bert"):
        _ = 1 / 0
    assert ["bert"] == [name for name, _, _ in heard]


def test_nobody_hears_another() -> None:
    """Two tasks at the same time each hear their own, those of tasks that they begin among them."""

    async def way(name: str) -> list[str]:
        with listening() as heard:
            await asyncio.gather(work(name), work(name))
            return [found for found, _, _ in heard]

    async def work(name: str) -> None:
        with stage(name):
            await asyncio.sleep(0)

    async def both() -> list[list[str]]:
        with stage("nobody listens"):
            return [*await asyncio.gather(way("bert"), way("llm"))]

    assert [["bert", "bert"], ["llm", "llm"]] == asyncio.run(both())
