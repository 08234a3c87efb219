"""Callers who do not wait for their answer: what is done for them ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from polarity.service.problems import ProblemError


@asynccontextmanager
async def while_wanted(request: Request) -> AsyncIterator[None]:
    """End what is under way within, as soon as the caller's connection is closed. The body has been read.

    Raises:
        ProblemError: the caller has left; nobody will read it.
    """
    working = asyncio.current_task()
    assert working is not None, "a coroutine runs in a task"  # noqa: S101
    has_left = False

    async def watch() -> None:
        nonlocal has_left
        while (await request.receive())["type"] != "http.disconnect":
            pass
        has_left = True
        working.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not has_left or working.uncancel() > 0:  # the service itself ends it
            raise
        raise ProblemError("incomplete_body", "the connection was closed before the answer") from None
    finally:
        watching.cancel()
