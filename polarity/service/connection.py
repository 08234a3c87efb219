"""One caller's connection: what it may leave us waiting for, how much of it is kept, and how many there are.

uvicorn's protocol times out a connection that rests between two requests, and nothing else: a caller who
sends half of a request's head, or goes on sending a refused body, would hold a descriptor for ever.
"""

import asyncio
import logging
import resource
import time
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from polarity.service.problems import ProblemError, raw_response

log = logging.getLogger(__name__)

OWED_S: Final = 10.0
MAX_HEAD_BYTES: Final = 65_536
MOST_DESCRIPTORS: Final = 65_536
AT_ONCE: Final = 8  # connections that are accepted before the loop turns to those that it has
RESERVED: Final = 64  # descriptors for what is no connection, and for those that are about to be refused
TELL_EVERY_S: Final = 60.0


class Seldom:
    """Says yes once in `every_s` seconds of the `clock`: for a sentence that would flood the log.

    >>> now = iter([0.0, 1.0, 61.0])
    >>> seldom = Seldom(60.0, clock=lambda: next(now))
    >>> seldom(), seldom(), seldom()
    (True, False, True)
    """

    def __init__(self, every_s: float = TELL_EVERY_S, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s, self._clock = every_s, clock
        self._next = float("-inf")

    def __call__(self) -> bool:
        """Say whether it is time again."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self._every_s
        return True


full = Seldom()


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, bounded.

    A connection is closed that owes us a request's head, or the rest of a body whose answer it has, for
    `OWED_S`; a head beyond `MAX_HEAD_BYTES`, or what is not HTTP, is a 400; and of more connections than
    there are descriptors for, each is a 429 at once. What is refused here no application sees:
    `refused` is told its code.
    """

    def __init__(self, *args: Any, refused: Callable[[str], None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refused = refused
        self._timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head, self._in_body = True, False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Take a caller in, if there is room."""
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            if full():
                log.warning("%d connections are open; more are refused: ulimit -n", len(self.connections) - 1)
            self._refuse(ProblemError("overloaded", "too many connections are open", retry_after=1))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timer, too."""
        super().connection_lost(exc)
        self._in_head = self._in_body = False
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Read on; a head that has no end is refused."""
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"the head has more than {MAX_HEAD_BYTES} bytes")
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the form of every other refusal."""
        self._refuse(ProblemError("malformed_http", msg))

    def _refuse(self, error: ProblemError) -> None:
        self._refused(error.code)
        self.transport.write(raw_response(error))
        self.transport.close()

    def on_message_begin(self) -> None:
        """Expect a head."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Expect a body."""
        super().on_headers_complete()
        self._in_head, self._in_body = False, True

    def on_message_complete(self) -> None:
        """Expect nothing."""
        super().on_message_complete()
        self._in_body = False

    def on_response_complete(self) -> None:
        """Begin to wait for the rest of a body that was answered before its end."""
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        answered = self.cycle is not None and self.cycle.response_complete
        owing = self._in_head or (self._in_body and answered)
        if owing and self._timer is None:
            self._timer = self.loop.call_later(OWED_S, self.transport.close)
        elif not owing and self._timer is not None:
            self._timer.cancel()
            self._timer = None


def most_connections() -> int:
    """Say how many connections there are descriptors for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, soft - RESERVED)


def allow_descriptors() -> None:
    """Raise this process's limit of open files as far as it may be, up to `MOST_DESCRIPTORS`.

    The usual soft limit, 1,024, is kept for programs that call select(); we do not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
