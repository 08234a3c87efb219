"""Sees every request from its head to the end of its response; counts it, logs it, and hands its span on."""

import logging
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from polarity.backends.stages import listening
from polarity.service.counting import Counting
from polarity.service.seen import NOWHERE, Seen

log = logging.getLogger(__name__)

Traced = Callable[[Seen, Scope], None]


class Observer:
    """Pure ASGI middleware around all else. A HEAD goes in as the GET whose body the server leaves out.

    What the status is, and that a response bears the request's id, is the shield's business below.
    """

    def __init__(self, app: ASGIApp, *, counting: Counting, traced: Traced | None = None) -> None:
        self._app, self._counting, self._traced = app, counting, traced

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = Seen(scope["method"])
        asked = {**scope, "method": "GET"} if seen.method == "HEAD" else scope
        with listening(seen):
            try:
                await self._app(asked, receive, send)
            finally:
                self._note(seen, asked)

    def _note(self, seen: Seen, scope: Scope) -> None:
        seen.ended_s = time.perf_counter()
        # As it is declared: an address that a caller makes up is no name for anything.
        seen.route = getattr(scope.get("route"), "path", NOWHERE)
        self._counting.ended(seen)
        if log.isEnabledFor(logging.INFO):
            log.info("%s %s %d", seen.method, seen.route, seen.status, extra={"seen": seen})
        if self._traced is not None:
            self._traced(seen, scope)
