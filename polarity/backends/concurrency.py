"""How many requests a server takes at once, found out as it answers.

Additive increase, multiplicative decrease, as in TCP: it comes to a fair and full use of what there is,
whoever else asks the same server (Chiu and Jain 1989, "Analysis of the increase and decrease algorithms for
congestion avoidance in computer networks").
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable


class AdaptiveLimit:
    """A limit between 1 and `ceiling`, where it begins.

    As many good answers as it allows at once raise it by one; one bad one halves it. What was begun before
    the last halving halves nothing: it speaks of the load that was.

    >>> limit = AdaptiveLimit(8, clock=lambda: 1.0)
    >>> limit.bad(began=0.0)
    >>> limit.bad(began=0.5)
    >>> limit.value
    4
    >>> for _ in range(5):
    ...     limit.good()
    >>> limit.value
    5
    """

    def __init__(self, ceiling: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.ceiling = ceiling
        self._exact = float(ceiling)
        self._clock = clock
        self._halved_at = float("-inf")

    @property
    def value(self) -> int:
        """Requests at once, as a whole number."""
        return int(self._exact)

    def good(self) -> None:
        """An answer came in good time."""
        self._exact = min(self.ceiling, self._exact + 1 / self.value)

    def bad(self, *, began: float) -> None:
        """A request that began then was too many for the server, or was answered slowly."""
        if began >= self._halved_at:
            self._exact = max(1.0, self._exact / 2)
            self._halved_at = self._clock()


class Places:
    """As many places as the limit says now, given in the order of asking."""

    def __init__(self, limit: AdaptiveLimit) -> None:
        self.limit = limit
        self.taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a place. Who has one must `leave`."""
        if self.taken < self.limit.value and not self._waiting:
            self.taken += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the place was given, and nobody takes it any more
                self.leave()
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def leave(self) -> None:
        """Give a place back: to whoever waits, as far as the limit allows."""
        self.taken -= 1
        while self._waiting and self.taken < self.limit.value:
            turn = self._waiting.popleft()
            if not turn.done():  # else whoever waited was cancelled a moment ago
                turn.set_result(None)
                self.taken += 1
