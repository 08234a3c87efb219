"""`run`: the service in this process, from the open port to the last answer."""

import asyncio
import errno
import json
import logging
import math
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from polarity.backends.memory import settle
from polarity.service.app import create_app
from polarity.service.connection import AT_ONCE, Connection, Seldom, allow_descriptors
from polarity.service.listening import BACKLOG
from polarity.service.problems import ProblemError
from polarity.service.runtime import Runtime
from polarity.service.serving import ClassifierFactory
from polarity.settings import MOST_MEASURED_S, Settings

log = logging.getLogger(__name__)

TELL_AGAIN_S: Final = 0.05
MOST_GRACE_S: Final = 25  # whoever stops processes mostly kills them after 30 s
IDLE_S: Final = 75  # longer than a balancer keeps an idle connection, mostly 60 s: it must close first
SHORTAGES: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - named to be replaced, never bound here
EXAMPLE: Final = {"input": "The refund arrived a day early."}


def run(
    settings: Settings,
    listener: socket.socket,
    classifier: ClassifierFactory,
    again: Callable[[], Settings] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is under way and close the classifier.

    Prints the address and a command to try once texts can be labelled. Call it in the main thread. At SIGHUP
    it reads the settings by `again` and lets the classifier take over that they describe, if that answers.

    Raises:
        PolarityError: the classifier cannot be loaded.
    """
    allow_descriptors()
    app = create_app(settings, classifier=classifier, again=again)
    runtime: Runtime = app.state.runtime
    banner = greeting(url_of(listener), with_key=bool(settings.service.api_keys)) + _stored(settings)
    server = Server(configured(app))
    with _signals_stop(server):
        asyncio.run(_run(server, runtime, listener, banner))
    if runtime.failure is not None:
        raise runtime.failure


class Server(uvicorn.Server):
    """uvicorn's server, with two changes.

    The kernel's queue is longer than what is accepted at once. asyncio takes one number for both: with a
    large one it accepts hundreds of connections before it looks at the first, and there need not be
    descriptors for them.

    A stop also reaches connections that are accepted in its moment. uvicorn tells those that it has counted;
    one that is counted a step later would go on being served until the grace is over, and then be cut off.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then lengthen the queue again."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; connections are told again and again, until there are none."""
        telling = asyncio.create_task(self._tell_connections())
        try:
            await super().shutdown(sockets)
        finally:
            telling.cancel()

    async def _tell_connections(self) -> None:
        while True:
            await asyncio.sleep(TELL_AGAIN_S)
            for connection in list(self.server_state.connections):
                connection.shutdown()


def configured(app: FastAPI) -> uvicorn.Config:
    """Say how uvicorn serves the application.

    No access log of uvicorn's: it names addresses that callers make up; `observing` logs requests where that
    is asked for. No warnings either: each is of one caller's bytes, who could fill the disk with them.
    """
    runtime: Runtime = app.state.runtime
    return uvicorn.Config(
        app,
        http=partial(Connection, refused=runtime.counting.refused),  # type: ignore[arg-type]  # makes one, as a class
        loop="asyncio",
        ws="none",
        backlog=AT_ONCE,
        access_log=False,
        log_config=None,
        log_level="error",
        server_header=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=grace_of(runtime.settings),
    )


async def _run(server: uvicorn.Server, runtime: Runtime, listener: socket.socket, banner: str) -> None:
    asyncio.get_running_loop().set_exception_handler(quiet_handler())
    announcing = asyncio.create_task(_announce(server, runtime, banner))
    reloading: set[asyncio.Task[None]] = set()
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGHUP)
    loop.add_signal_handler(signal.SIGHUP, lambda: reloading.add(asyncio.create_task(_reload(runtime))))
    try:
        await server.serve(sockets=[listener])
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, before)
    announcing.cancel()


async def _reload(runtime: Runtime) -> None:
    """Reload at a signal: nobody waits for an answer, the log says how it went."""
    try:
        await runtime.reload()
    except ProblemError as error:
        log.warning("SIGHUP: %s", error.detail)


async def _announce(server: uvicorn.Server, runtime: Runtime, banner: str) -> None:
    """Print the banner once texts can be labelled; end the server if they never can."""
    await runtime.settled.wait()
    if runtime.failure is not None:
        server.should_exit = True
        return
    settle()
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    print(banner, flush=True)  # noqa: T201 - the command's result


def grace_of(settings: Settings) -> int:
    """Give the seconds that requests have which are under way when the service is to stop: as any deadline.

    >>> grace_of(Settings(backend="bert"))
    11
    """
    bert_s, llm_s = settings.bert_deadline_s(patient=False), settings.deadline_s(patient=False)
    longest = {"bert": bert_s or MOST_GRACE_S, "llm": llm_s or MOST_MEASURED_S}
    return min(MOST_GRACE_S, math.ceil(max(longest[name] for name in settings.asked)) + 1)


def quiet_handler() -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """Give an event loop's handler of errors that says seldom that descriptors or memory have run out.

    asyncio reports each connection that it cannot accept, as many times a second as the backlog is long.
    """
    seldom = Seldom()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in SHORTAGES:
            loop.default_exception_handler(context)
        elif seldom():
            log.error("connections have to wait: %s", error.strerror)

    return handle


@contextmanager
def _signals_stop(server: uvicorn.Server) -> Iterator[None]:
    """Let a drained server return, so that the process exits with 0.

    uvicorn raises each signal again once it is done, for the handler that was there before: this one.
    """

    def stop(*_: object) -> None:
        server.should_exit = True

    kept = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def url_of(listener: socket.socket) -> str:
    """Give the address under which this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    host = ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _stored(settings: Settings) -> str:
    """Say where decisions are stored, if they are."""
    if not settings.store.enabled:
        return ""
    from polarity.store import store_name

    return f"\nevery decision is stored in {store_name(settings.store.url.get_secret_value())}"


def greeting(url: str, *, with_key: bool) -> str:
    """Say where the service is, and what to paste to try it.

    >>> greeting("http://127.0.0.1:8000", with_key=False).splitlines()[0]
    'polarity is ready on http://127.0.0.1:8000 (documentation: http://127.0.0.1:8000/docs)'
    """
    key = " -H 'Authorization: Bearer YOUR-KEY'" if with_key else ""
    return (
        f"polarity is ready on {url} (documentation: {url}/docs)\n"
        f"curl -s {url}/polarity{key} -H 'Content-Type: application/json' -d '{json.dumps(EXAMPLE)}'"
    )
