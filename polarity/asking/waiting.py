"""Async work for callers who wait: scripts, commands, and notebooks, where an event loop runs already."""

import asyncio
from collections.abc import Coroutine
from threading import Thread
from typing import Any, TypeVar

Made = TypeVar("Made")


class Waiting:
    """An event loop in a thread of its own: on the caller's one may run, or none."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="polarity", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Made]) -> Made:
        """Wait for the work. Whoever is interrupted meanwhile, by Ctrl-C say, leaves nothing running behind.

        >>> waiting = Waiting()
        >>> waiting.run(asyncio.sleep(0, "done"))
        'done'
        >>> waiting.close()
        """
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except BaseException:
            asyncio.run_coroutine_threadsafe(_all_ended(), self._loop).result()
            raise

    def close(self) -> None:
        """End the thread, and what the work left in its loop: there, since on the caller's one may run."""
        for shutdown in (self._loop.shutdown_asyncgens(), self._loop.shutdown_default_executor()):
            asyncio.run_coroutine_threadsafe(shutdown, self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _all_ended() -> None:
    """Cancel what runs and wait for its end: one piece of work at a time, known by nothing else.

    An interrupt may come before the caller holds the work's future.
    """
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
