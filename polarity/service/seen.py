"""What is known of one request: metrics, log lines and spans are made of it. Nothing of a text is in it.

Nothing here imports the framework.
"""

import time
from random import Random
from typing import Final

from polarity.backends.stages import Stage, way_now

NOWHERE: Final = "other"  # the route of an address where there is nothing
ID_BITS: Final = 128

_random = Random()  # one of our own, which nobody else seeds; an id opens nothing


def new_id() -> str:
    """Name a request: its response, its log lines, its span and what is kept of it have the same name."""
    return f"pol-{_random.getrandbits(ID_BITS):032x}"


class Seen:
    """One request, as far as it has come.

    began_s, ended_s  of `time.perf_counter`
    route             as it is declared; `NOWHERE` for an address where there is nothing
    status, code      of the response, and of the problem where it is one; 0 while there is none
    texts             how many are to be labelled, once that is known
    stages            those that have ended
    """

    ended_s: float = 0.0
    route: str = NOWHERE
    status: int = 0
    code: str | None = None
    texts: int = 0

    def __init__(self, method: str) -> None:
        self.method, self.id = method, new_id()
        self.began_s = time.perf_counter()
        self.stages: list[Stage] = []

    @property
    def took_s(self) -> float:
        """Seconds from the request's head to the end of its response."""
        return self.ended_s - self.began_s


def seen_now() -> Seen | None:
    """Give the request that this is done for, if it is for one."""
    way = way_now()
    return way if isinstance(way, Seen) else None


def request_id() -> str:
    """Give the id of the request that this is done for, or a new one."""
    seen = seen_now()
    return seen.id if seen else new_id()
