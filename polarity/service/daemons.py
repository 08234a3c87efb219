"""Work that may never end, on a thread that nobody waits for: neither a caller nor the end of the process."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

Made = TypeVar("Made")


async def on_daemon(do: Callable[[], Made], *, unwanted: Callable[[Made], object]) -> Made:
    """Do it on a thread of its own and give what it makes.

    If whoever waits for it is cancelled, what is made after that goes to `unwanted`, on such a thread, too.

    Raises:
        Exception: whatever `do` raises.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[Made] = loop.create_future()

    def work() -> None:
        try:
            made = do()
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            _tell(loop, partial(_fail, waiting, error))
        else:
            if not _tell(loop, partial(_hand_over, waiting, made, unwanted)):
                unwanted(made)

    _begin(work)
    try:
        return await waiting
    except asyncio.CancelledError:
        if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
            _begin(partial(unwanted, waiting.result()))
        raise


def _hand_over(waiting: asyncio.Future[Made], made: Made, unwanted: Callable[[Made], object]) -> None:
    if waiting.done():
        _begin(partial(unwanted, made))
    else:
        waiting.set_result(made)


def _fail(waiting: asyncio.Future[Made], error: Exception) -> None:
    if not waiting.done():
        waiting.set_exception(error)


def _begin(work: Callable[[], object]) -> None:
    threading.Thread(target=work, name="loading", daemon=True).start()


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> bool:
    """Have it done on the loop; say whether that is still there."""
    try:
        loop.call_soon_threadsafe(what)
    except RuntimeError:
        return False
    return True
