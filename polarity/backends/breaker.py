"""A circuit breaker: a server that answers nobody is not asked by everybody.

closed      requests pass; enough failures in a row, or one that lasts, open it
open        no request passes until the pause is over
half_open   one request, the probe, is under way: an answer closes it, a failure opens it for longer

The pattern is Nygard's ("Release It!", 2007). What counts is for the caller to say: a failure is one of the
server as a whole, never of one text.
"""

import logging
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

from polarity.types import Failure, Usage

log = logging.getLogger(__name__)

IN_A_ROW = 5
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0  # and that of what lasts: a refused key, a used-up quota

Clock = Callable[[], float]
State = Literal["closed", "open", "half_open"]


class Circuit(NamedTuple):
    """How a breaker stands.

    `cause` is what opened it, None while it is closed. `probe_in_s` counts the seconds until one request
    may pass, 0 where it may now; `open_s` those since it opened. `lasts` says that the cause is not a passing
    one.
    """

    state: State = "closed"
    cause: Failure | None = None
    probe_in_s: float = 0.0
    open_s: float = 0.0
    lasts: bool = False

    def __str__(self) -> str:
        """Say it in a sentence.

        >>> print(Circuit("open", Failure(reason="connection", detail="refused"), 2.4, 7.0))
        not asked, since the server failed again and again (connection: refused); the next probe comes in 3 s
        """
        if self.cause is None:
            return "asked"
        again = f"the server failed again and again ({self.cause.reason}: {self.cause.detail})"
        why = self.cause.detail if self.lasts else again
        when = "is under way" if self.state == "half_open" else f"comes in {-int(-self.probe_in_s // 1)} s"
        return f"not asked, since {why}; the next probe {when}"


class Condition(NamedTuple):
    """How asking a server goes: its circuit, requests under way of how many at once, and what was used."""

    circuit: Circuit
    under_way: int
    at_once: int
    used: Usage


class Open(Exception):
    """A request may not pass."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        super().__init__(str(circuit))


class Breaker:
    """Lets requests pass to a server, or not.

    >>> now = 0.0
    >>> breaker = Breaker(in_a_row=2, clock=lambda: now)
    >>> for _ in range(2):
    ...     breaker.failed(Failure(reason="connection"), is_probe=breaker.enter())
    >>> breaker.circuit.state
    'open'
    >>> now = 1.0
    >>> breaker.enter()  # this one is the probe
    True
    >>> breaker.answered()
    >>> breaker.circuit.state
    'closed'
    """

    def __init__(self, *, in_a_row: float = IN_A_ROW, clock: Clock = time.monotonic) -> None:
        self.has_answered = False
        self._in_a_row = in_a_row
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probe_at = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._probing = False
        self._cause: Failure | None = None
        self._lasts = False

    @property
    def circuit(self) -> Circuit:
        """How it stands now."""
        if self._opened_at is None:
            return Circuit()
        now = self._clock()
        state: State = "half_open" if self._probing else "open"
        return Circuit(state, self._cause, max(0.0, self._probe_at - now), now - self._opened_at, self._lasts)

    def enter(self) -> bool:
        """Let a request pass, and say whether it is the probe.

        Each that passed is told of by `answered`, `failed` or `left`.

        Raises:
            Open: it may not pass.
        """
        if self._opened_at is None:
            return False
        if self._probing or self._clock() < self._probe_at:
            raise Open(self.circuit)
        self._probing = True
        return True

    def answered(self) -> None:
        """The server answered somebody: it is there."""
        if self._opened_at is not None:
            log.warning("the LLM server answers again, after %.0f s", self._clock() - self._opened_at)
        self.has_answered = True
        self._failures, self._opened_at, self._probing = 0, None, False
        self._pause_s = FIRST_PAUSE_S

    def failed(self, cause: Failure, *, is_probe: bool, lasts: bool = False) -> None:
        """The server failed as a whole; `lasts`: and so it will, until somebody does something about it."""
        self._failures += 1
        if self._opened_at is not None:
            if is_probe:
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
                self._open(cause, lasts=lasts)
        elif lasts or self._failures >= self._in_a_row:
            self._opened_at = self._clock()
            self._open(cause, lasts=lasts)
            log.warning("the LLM server is %s", self.circuit)

    def left(self, *, is_probe: bool) -> None:
        """Nobody waited for the answer, so nothing is known; another request may be the probe."""
        if is_probe:
            self._probing = False

    def _open(self, cause: Failure, *, lasts: bool) -> None:
        self._cause, self._lasts, self._probing = cause, lasts, False
        if lasts:
            self._pause_s = LONGEST_PAUSE_S
        self._probe_at = self._clock() + self._pause_s
