"""The service as an ASGI application: `create_app`, and the few routes it has.

The way of a request: key -> loaded? -> body -> admission -> classifier -> response. No byte of a
body is read for a caller without a key, and a caller who is slow to send one keeps nobody out.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, FastAPI, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from polarity.backends.stages import stage
from polarity.classifier import build_classifier
from polarity.errors import BackendError, CallRefused
from polarity.service.auth import SCHEME, KeyGuard
from polarity.service.body import read_request
from polarity.service.description import ID_PARAMETER, REQUEST_BODY, SUMMARY, DescribedAPI, responses
from polarity.service.faults import decided, log_failures, refused, unusable
from polarity.service.leaving import while_wanted
from polarity.service.metrics import Metrics
from polarity.service.observing import Observer
from polarity.service.pages import docs_page, try_page
from polarity.service.problems import ProblemError, problem_response
from polarity.service.readiness import Readiness
from polarity.service.reviewing import add_review
from polarity.service.runtime import Runtime, log
from polarity.service.schemas import (
    LiveResponse,
    PolarityResponse,
    ReadyResponse,
    ReloadResponse,
    StoredResponse,
)
from polarity.service.serving import ClassifierFactory
from polarity.service.shadow import behind
from polarity.service.shield import Shield
from polarity.service.stored_answers import stored_answer
from polarity.service.storing import asked
from polarity.service.views import Origin, response_of
from polarity.service.watching import add_watch
from polarity.settings import Settings

if TYPE_CHECKING:
    from polarity.service.spans import Spans

# FastAPI hands request bodies to OpenTelemetry where that is installed: texts stay in this process.
NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}


def create_app(
    settings: Settings,
    *,
    classifier: ClassifierFactory = build_classifier,
    again: Callable[[], Settings] | None = None,
) -> FastAPI:
    """Give the service as an ASGI application.

    The classifier is built in a thread once the application starts: `/livez` answers meanwhile.
    `app.state.runtime` tells when that has ended, and how. `again` reads the settings anew, for a reload.
    """
    runtime = Runtime(settings, classifier, again)
    spans = _spans(settings)
    app = DescribedAPI(
        title="polarity",
        version=version("polarity"),
        summary=SUMMARY,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would lead to whatever host the caller named
        lifespan=_lifespan(runtime, spans),
        telemetry=NO_TELEMETRY,
        exception_handlers={ProblemError: _problem, 404: _not_found, 405: _method_not_allowed},
    )
    app.state.runtime = runtime
    app.add_middleware(Shield)
    app.add_middleware(Observer, counting=runtime.counting, traced=spans.note if spans else None)
    _add_polarity(app, runtime)
    _add_stored(app, runtime)
    _add_admin(app, runtime)
    _add_health(app, Readiness(runtime))
    _add_metrics(app, runtime)
    _add_pages(app, settings)
    add_review(app, runtime)
    add_watch(app, settings)
    return app


def _spans(settings: Settings) -> "Spans | None":
    if settings.service.spans_url is None:
        return None
    from polarity.service.spans import Spans

    return Spans(str(settings.service.spans_url))


def _lifespan(
    runtime: Runtime, spans: "Spans | None"
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(runtime.load())
        yield
        # A thread cannot be stopped: what it started must be closed, so its end is awaited.
        await loading
        await runtime.aclose()
        if spans:
            await asyncio.to_thread(spans.close)

    return lifespan


class _Direct(APIRoute):
    """A route that the framework documents and does not carry out.

    It would solve dependencies that there are none of, keep stacks for what they leave open, and validate a
    response that we have just made: a good part of what a request costs beside the network.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the function itself answer: it takes a request and gives a response."""
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        response = await self.endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


def _add_polarity(app: FastAPI, runtime: Runtime) -> None:
    settings = runtime.settings
    keys = settings.service.api_keys
    guard = KeyGuard(keys)
    router = APIRouter(route_class=_Direct)

    @router.post(
        "/polarity",
        tags=["polarity"],
        summary="Give every text exactly one label",
        dependencies=[Security(SCHEME)] if keys else [],  # as it is documented; `guard` does it
        openapi_extra={"requestBody": REQUEST_BODY},
        response_model=PolarityResponse,
        responses=responses(400, 401, 408, 413, 415, 422, 429, 500, 502, 503, 504),
    )
    async def polarity(request: Request) -> Response:
        """Label one text, or a batch in its order; or say explicitly why there is no label."""
        await guard.check(request)
        runtime.check_room()  # before a body is read for nothing
        with stage("read"):
            texts, explain = await read_request(request, settings.service)
        ours = asked(texts)
        with runtime.admitted() as serving:
            try:
                async with while_wanted(request):
                    results = await serving.classifier.classify(texts, ask_all=explain)
            except CallRefused as error:
                raise refused(error) from None
            except BackendError as error:
                log.warning("no backend can answer: %s", error)
                runtime.storing.failed(ours, error, serving.by)
                raise unusable(error) from None
        runtime.storing.decided(ours, results, serving.by)
        runtime.counting.decided(results)
        timing = behind(runtime.shadow, ours, results)
        log_failures(results)
        decisions = decided(results, explain=explain)
        origin = Origin(ours.id, serving.settings.backend, serving.classifier, serving.by.models)
        with stage("write"):
            shown = response_of(decisions, origin, explain=explain)
            return Response(shown.model_dump_json(), headers=timing, media_type="application/json")

    app.include_router(router)


def _add_admin(app: FastAPI, runtime: Runtime) -> None:
    guard = KeyGuard(runtime.settings.service.api_keys)
    router = APIRouter(route_class=_Direct)

    @router.post(
        "/admin/reload",
        tags=["admin"],
        summary="Read the settings anew",
        dependencies=[Security(SCHEME)],
        response_model=ReloadResponse,
        responses=responses(401, 404, 409, 503),
    )
    async def reload(request: Request) -> Response:
        """Let the classifier answer that the settings describe now, once it has answered; needs a key.

        No request is lost: what is under way ends as it began. Whatever is wrong with the new one, nothing
        changes. A hang-up signal (SIGHUP) does the same.
        """
        await guard.demand(request)
        found = await runtime.reload()
        return Response(found.model_dump_json(), media_type="application/json")

    app.include_router(router)


def _add_stored(app: FastAPI, runtime: Runtime) -> None:
    keys = runtime.settings.service.api_keys
    guard = KeyGuard(keys)
    router = APIRouter(route_class=_Direct)

    @router.get(
        "/polarity/{id}",  # noqa: FAST003 - the request holds it: see `_Direct`
        tags=["polarity"],
        summary="Show a stored answer, explained",
        dependencies=[Security(SCHEME)] if keys else [],
        openapi_extra={"parameters": [ID_PARAMETER]},
        response_model=StoredResponse,
        responses=responses(401, 404, 503),
    )
    async def stored(request: Request) -> Response:
        """Show what the store has of a request. It must keep one, and be asked with a key."""
        await guard.demand(request)
        found = await stored_answer(runtime.storing.recorder, request.path_params["id"])
        return Response(found.model_dump_json(), media_type="application/json")

    app.include_router(router)


def _add_metrics(app: FastAPI, runtime: Runtime) -> None:
    keys = runtime.settings.service.api_keys
    guard, metrics = KeyGuard(keys), Metrics(runtime)

    @app.get(
        "/metrics",
        tags=["health"],
        summary="What has been done until now, for Prometheus",
        dependencies=[Security(SCHEME)] if keys else [],
        response_class=PlainTextResponse,
        responses=responses(401),
    )
    async def shown(request: Request) -> Response:
        """Give every metric in Prometheus's text format. No text, and nothing of a caller, is among them."""
        await guard.check(request)
        return Response(metrics.written(), media_type=metrics.MEDIA_TYPE)


def _add_health(app: FastAPI, readiness: Readiness) -> None:
    @app.get("/livez", tags=["health"], summary="Does the process live?")
    async def livez() -> LiveResponse:
        """Answer as long as the process lives, also while it is loading."""
        return LiveResponse()

    @app.get("/readyz", tags=["health"], summary="Can texts be labelled?", responses=responses(503))
    async def readyz() -> ReadyResponse:
        """Predict one fixed text with every backend, and say which of them answer.

        May take as long as an LLM that hangs: its deadline.
        """
        return await readiness.check()


def _add_pages(app: FastAPI, settings: Settings) -> None:
    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return try_page(needs_key=bool(settings.service.api_keys))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return docs_page(app.openapi(), needs_key=bool(settings.service.api_keys))


async def _problem(_: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return problem_response(error)


async def _not_found(_: Request, error: Exception) -> Response:
    return problem_response(ProblemError("not_found", "see /docs for what is here"), _headers(error))


async def _method_not_allowed(_: Request, error: Exception) -> Response:
    return problem_response(ProblemError("method_not_allowed", "see /docs for what is here"), _headers(error))


def _headers(error: Exception) -> dict[str, str]:
    """Keep what the framework adds, such as Allow."""
    return dict(error.headers or {}) if isinstance(error, HTTPException) else {}
