"""Async work for callers who wait."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import closing
from threading import Event, Timer, main_thread

import pytest

from polarity.asking.waiting import Waiting


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    """One that is closed at the end."""
    with closing(Waiting()) as found:
        yield found


def test_it_waits_inside_a_running_loop() -> None:
    """As a notebook does, from first to last: the caller's loop runs, and is in nobody's way."""

    async def cell() -> str:
        with closing(Waiting()) as waiting:
            return waiting.run(asyncio.to_thread(lambda: "done"))

    assert "done" == asyncio.run(cell())


def test_what_the_work_raises_comes_through(waiting: Waiting) -> None:
    """And the next piece of work is done."""

    async def fails() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        waiting.run(fails())
    assert 1 == waiting.run(asyncio.sleep(0, 1))


def test_an_interrupted_caller_leaves_nothing_running(waiting: Waiting) -> None:
    """Ctrl-C ends the work itself, with what it has to tidy up, before the caller goes on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    begun, ended = Event(), Event()

    async def long() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    def interrupt() -> None:
        begun.wait()
        signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)

    Timer(0, interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        waiting.run(long())
    signal.signal(signal.SIGINT, before)
    assert ended.is_set()
