"""Processes of lower priority than this one, for work that nobody waits for.

A thread of this process is never given a lower one: it would hold Python's lock while it waits for a
processor, and all others would wait with it (priority inversion: Lampson and Redell 1980, "Experience with
processes and monitors in Mesa").
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Final

LOWER: Final = 10  # of niceness
_niceness: ContextVar[int] = ContextVar("niceness", default=0)


@contextmanager
def stepping_back() -> Iterator[None]:
    """Let the processes of those backends step back that are built within, on this thread."""
    token = _niceness.set(LOWER)
    try:
        yield
    finally:
        _niceness.reset(token)


def wanted_niceness() -> int:
    """Say at what niceness a backend that is built here starts its processes; 0: at this one's."""
    return _niceness.get()


def step_back(process: int, niceness: int) -> None:
    """Lower the priority of a process that has just been started, and so of its threads (Linux)."""
    if niceness and sys.platform == "linux":
        with suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, process, os.getpriority(os.PRIO_PROCESS, 0) + niceness)
