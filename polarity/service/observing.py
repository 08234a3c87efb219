"""Sees every request from its head to the end of its response; counts it, logs it, and hands its span on."""

import logging
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polarity.service.counting import Counts
from polarity.service.seen import NOWHERE, Seen
from polarity.stages import listening

log = logging.getLogger(__name__)

ID_HEADER = b"x-request-id"

Traced = Callable[[Seen, Scope], None]


class Observer:
    """Pure ASGI middleware around all else. A HEAD goes in as the GET whose body the server leaves out.

    Every response has the request's id as `X-Request-Id`. One that comes from a caller is not taken: what
    is kept under it would be whatever callers like.
    """

    def __init__(self, app: ASGIApp, *, counts: Counts, traced: Traced | None = None) -> None:
        self._app, self._counts, self._traced = app, counts, traced

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = Seen(scope["method"])
        asked = {**scope, "method": "GET"} if seen.method == "HEAD" else scope

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                message["headers"].append((ID_HEADER, seen.id.encode()))
            await send(message)

        with listening(seen):
            try:
                await self._app(asked, receive, watched)
            finally:
                self._note(seen, asked)

    def _note(self, seen: Seen, scope: Scope) -> None:
        seen.ended_s = time.perf_counter()
        # As it is declared: an address that a caller makes up is no name for anything.
        seen.route = getattr(scope.get("route"), "path", NOWHERE)
        self._counts.ended(seen)
        if log.isEnabledFor(logging.INFO):
            log.info("%s %s %d", seen.method, seen.route, seen.status, extra={"seen": seen})
        if self._traced is not None:
            self._traced(seen, scope)
