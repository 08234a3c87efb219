"""Security headers on every response, and a quiet 500 for what nobody expected."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polarity.service.problems import ProblemError, problem_response

log = logging.getLogger(__name__)

STOPPING_RETRY_S: Final = 5

HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Shield:
    """Pure ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; answer for it if it raises.

        It is cancelled when the service stops and cannot wait any longer: a 503. All else is a 500.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except (Exception, asyncio.CancelledError) as error:
            problem = _problem_of(error, scope)
            if started:
                raise
            await problem_response(problem)(scope, receive, guarded)


def _problem_of(error: BaseException, scope: Scope) -> ProblemError:
    """Say what the caller is told; the log says more of what nobody expected."""
    if isinstance(error, asyncio.CancelledError):
        return ProblemError("unavailable", "the service is stopping", retry_after=STOPPING_RETRY_S)
    log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
    return ProblemError("internal", "this is not the request's fault; the service's log says more")
