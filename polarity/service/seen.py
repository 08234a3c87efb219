"""What is known of one request: metrics, log lines and spans are made of it. Nothing of a text is in it.

Nothing here imports the framework.
"""

import os
import time
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from polarity.stages import Stage

NOWHERE: Final = "other"  # the route of an address where there is nothing


def new_id() -> str:
    """Name a request: its response, its log lines, its span and what is kept of it have the same name."""
    return f"pol-{os.urandom(16).hex()}"


@dataclass(slots=True)
class Seen:
    """One request, as far as it has come.

    began_ns          of the wall clock
    began_s, ended_s  of `time.perf_counter`
    route             as it is declared; `NOWHERE` for an address where there is nothing
    status, code      of the response, and of the problem where it is one; 0 while there is none
    texts             how many are to be labelled, once that is known
    stages            those that have ended
    """

    method: str
    id: str = field(default_factory=new_id)
    began_ns: int = field(default_factory=time.time_ns)
    began_s: float = field(default_factory=time.perf_counter)
    ended_s: float = 0.0
    route: str = NOWHERE
    status: int = 0
    code: str | None = None
    texts: int = 0
    stages: Sequence[Stage] = ()

    @property
    def took_s(self) -> float:
        """Seconds from the request's head to the end of its response."""
        return self.ended_s - self.began_s


_now: ContextVar[Seen | None] = ContextVar("seen", default=None)


class seeing:  # noqa: N801 - as suppress: used as a function; a class costs a third of a generator
    """Let what is done within, and in tasks that are begun within, belong to a request."""

    __slots__ = ("_seen", "_token")

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def __enter__(self) -> None:
        self._token = _now.set(self._seen)

    def __exit__(self, *_: object) -> None:
        _now.reset(self._token)


def seen_now() -> Seen | None:
    """Give the request that this is done for, if it is for one."""
    return _now.get()


def request_id() -> str:
    """Give the id of the request that this is done for, or a new one."""
    seen = _now.get()
    return seen.id if seen else new_id()
