"""`/watch`: what the service decides, over time, for holders of a key.

Without a key in the request it is the form that asks for one, and nothing else; with it, the page.
"""

import asyncio
import io
from typing import Final

from fastapi import FastAPI, Request, Response

from polarity.errors import PackageMissing, SettingsError, StoreError
from polarity.service.auth import KeyGuard
from polarity.service.pages import watch_page
from polarity.service.problems import ProblemError
from polarity.service.runtime import log
from polarity.settings import Settings

SINCE: Final = "monday"
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def add_watch(app: FastAPI, settings: Settings) -> None:
    """Add the page. One look is made at a time: it takes seconds of the database where there is much."""
    guard, turn = KeyGuard(settings.service.api_keys), asyncio.Lock()

    @app.get("/watch", include_in_schema=False)
    async def watch(request: Request) -> Response:
        if settings.service.api_keys and "authorization" not in request.headers:
            return watch_page()
        await guard.demand(request)
        if not settings.store.enabled:
            raise ProblemError("not_found", "nothing is kept to look at: set store.enabled")
        since = request.query_params.get("since") or SINCE
        async with turn:
            html = await asyncio.to_thread(_looked, settings, since)
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return Response(html, headers=headers, media_type="text/html; charset=utf-8")


def _looked(settings: Settings, since: str) -> str:
    """Look at the store and write the page.

    Raises:
        ProblemError: the time is none, or the store cannot be read.
    """
    from polarity.pages.page import write_html
    from polarity.store import open_store
    from polarity.watch import STATEMENT_S, page_of, question_of
    from polarity.watch import watch as watched

    file = io.StringIO()
    try:
        question = question_of(settings.watch, since=since)
        with open_store(settings.store.url.get_secret_value(), statement_s=STATEMENT_S) as store:
            write_html(file, page_of(watched(store, question)))
    except SettingsError as error:
        log.warning("/watch: %s", error)
        raise ProblemError(
            "validation", "since is a day of the week, a length such as 7d, or a date or time; or see [watch]"
        ) from None
    except (StoreError, PackageMissing) as error:
        log.warning("/watch: %s", error)
        raise ProblemError("unavailable", "the store cannot be read now") from None
    return file.getvalue()
