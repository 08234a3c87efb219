"""Security headers and the request's id on every response, and a quiet 500 for what nobody expected."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polarity.service.problems import ProblemError, problem_response
from polarity.service.seen import seen_now

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


RAW: Final = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
ID_HEADER: Final = b"x-request-id"


class Shield:
    """Pure ASGI middleware around the whole application.

    Every response has the request's id as `X-Request-Id`. One that comes from a caller is not taken: what is
    kept under it would be whatever callers like.
    """

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
                message["headers"] = with_ours(message["headers"])
                if seen := seen_now():
                    seen.status = message["status"]
                    message["headers"].append((ID_HEADER, seen.id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except (Exception, asyncio.CancelledError) as error:
            problem = _problem_of(error, scope)
            if started:
                raise
            await problem_response(problem)(scope, receive, guarded)


def with_ours(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Add those of `HEADERS` that a response does not have by itself; names are in lower case.

    >>> dict(with_ours([(b"cache-control", b"max-age=60")]))[b"cache-control"]
    b'max-age=60'
    """
    own = [*headers]
    names = {name for name, _ in own}
    return own + [pair for pair in RAW if pair[0] not in names]


def _problem_of(error: BaseException, scope: Scope) -> ProblemError:
    """Say what the caller is told; the log says more of what nobody expected."""
    if isinstance(error, asyncio.CancelledError):
        return ProblemError("unavailable", "the service is stopping", retry_after=STOPPING_RETRY_S)
    log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
    return ProblemError("internal", "this is not the request's fault; the service's log says more")
