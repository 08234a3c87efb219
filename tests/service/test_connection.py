"""Callers on a real socket: what they may leave us waiting for, and how many there may be."""

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from polarity.service import connection
from polarity.service.app import create_app
from polarity.service.connection import most_connections
from polarity.service.listening import listening
from polarity.service.server import Server, configured, quiet_handler
from polarity.settings import ServiceSettings

from .helpers import Scripted, bert, classifier_of, settings_of

ROOT = Path(__file__).parents[2]
BODY = b'{"input": "Hm."}'
HEAD = b"POST /polarity HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


@pytest.fixture
def served() -> Iterator[tuple[uvicorn.Server, int]]:
    """A service on a free port: its server, and the port."""
    with served_by(bert()) as running:
        yield running


@contextmanager
def served_by(backend: Scripted, **limits: object) -> Iterator[tuple[uvicorn.Server, int]]:
    """Run a service on a free port, in a thread: its server, and the port."""
    app = create_app(settings_of(backend, **limits), classifier=classifier_of(backend))
    server = Server(configured(app))
    with listening(ServiceSettings(port=0)) as listener:
        running = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        running.start()
        while not (server.started and app.state.runtime.settled.is_set()):
            time.sleep(0.01)
        yield server, listener.getsockname()[1]
        server.should_exit = True
        running.join(10)


@contextmanager
def _connected(port: int, *sent: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
        for part in sent:
            caller.sendall(part)
        yield caller


def _answer(caller: socket.socket) -> tuple[int, dict[str, Any]]:
    """Read one response: its status, and its JSON."""
    stream = caller.makefile("rb")
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline().strip().lower()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    found: dict[str, Any] = json.loads(stream.read(length))
    return status, found


def _until_closed(caller: socket.socket) -> bytes:
    said = b""
    while part := caller.recv(65536):
        said += part
    return said


def test_small_answers_are_sent_at_once(served: tuple[uvicorn.Server, int]) -> None:
    """Every accepted socket has TCP_NODELAY: without it a kept connection waits 40 ms for each answer."""
    server, port = served
    with _connected(port) as caller:
        for _ in range(20):
            caller.sendall(WHOLE)
            assert 200 == _answer(caller)[0]
        (accepted,) = server.server_state.connections
        transport: asyncio.Transport = accepted.transport
        open_socket = transport.get_extra_info("socket")
        assert 0 != open_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST /pol", WHOLE + b"POST /polarity HTTP/1.1\r\nHost: x\r\nX-More: "],
    ids=["nothing", "half a line", "half of a second head"],
)
def test_who_owes_a_head_is_left(
    sent: bytes, served: tuple[uvicorn.Server, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that never says what it wants, first or after an answer, is closed."""
    monkeypatch.setattr(connection, "OWED_S", 0.1)
    _, port = served
    with _connected(port, sent) as caller:
        said = _until_closed(caller)
    assert (b"HTTP/1.1 200 OK" if sent.startswith(WHOLE) else b"") == said[:15]


def test_who_goes_on_sending_a_refused_body_is_left(
    served: tuple[uvicorn.Server, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes before the body's end; the rest is not waited for without end."""
    monkeypatch.setattr(connection, "OWED_S", 0.1)
    _, port = served
    with _connected(port, HEAD + b"Content-Length: 5000000\r\n\r\n{") as caller:
        assert b"HTTP/1.1 413 " == _until_closed(caller)[:13]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (HEAD + b"Content-Length: 16\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "malformed_http"),
        (HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 16\r\n\r\n0\r\n\r\n", "malformed_http"),
        (b"hello\r\n\r\n", "malformed_http"),
        (HEAD + b"X-Endless: " + b"x" * 70_000, "malformed_http"),
    ],
    ids=["both lengths", "the other way round", "not HTTP", "endless"],
)
def test_what_is_not_http_is_a_400(sent: bytes, code: str, served: tuple[uvicorn.Server, int]) -> None:
    """In the documented form, counted, and closed: two lengths are how requests are smuggled."""
    server, port = served
    with _connected(port, sent) as caller:
        status, problem = _answer(caller)
        assert (400, code) == (status, problem["code"])
        assert b"" == _until_closed(caller)
    runtime = server.config.loaded_app.app.state.runtime  # below what uvicorn puts around it
    assert {code: 1} == runtime.counting.counts.problems


def test_more_callers_than_descriptors_are_refused(
    served: tuple[uvicorn.Server, int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is told so and closed, the log says it once, and there is room again as soon as one leaves."""
    monkeypatch.setattr(connection, "most_connections", lambda: 2)
    monkeypatch.setattr(connection, "full", connection.Seldom())
    server, port = served
    with ExitStack() as callers:
        first = callers.enter_context(_connected(port, WHOLE))
        assert 200 == _answer(first)[0]
        second = callers.enter_context(_connected(port, WHOLE))
        assert 200 == _answer(second)[0]
        refused = [callers.enter_context(_connected(port)) for _ in range(5)]
        assert [(429, "overloaded")] * 5 == [
            (status, problem["code"]) for status, problem in map(_answer, refused)
        ]
    while server.server_state.connections:
        time.sleep(0.01)
    with _connected(port, WHOLE) as caller:
        assert 200 == _answer(caller)[0]
    assert 1 == caplog.text.count("connections are open")


def test_there_is_a_descriptor_for_every_connection() -> None:
    """Some are left for what is no connection."""
    assert 0 < most_connections() < resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_a_shortage_is_logged_seldom(caplog: pytest.LogCaptureFixture) -> None:
    """Of the connections that cannot be accepted the log has one line; what else goes wrong is all there."""
    loop, handle = asyncio.new_event_loop(), quiet_handler()
    for _ in range(2000):
        handle(loop, {"message": "socket.accept()", "exception": OSError(24, "Too many open files")})
    handle(loop, {"message": "another thing", "exception": ValueError("odd")})
    loop.close()
    assert ["connections have to wait: Too many open files", "another thing"] == [
        record.message.splitlines()[0] for record in caplog.records
    ]


@pytest.mark.slow
def test_running_out_of_descriptors_ends_nothing() -> None:
    """With fewer descriptors than callers the log stays short, and who comes later is answered."""
    program = 'ulimit -n 128 && exec "$0" -m tests.service.slow_server 0'
    command = ["/bin/sh", "-c", program, sys.executable]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().split("http://127.0.0.1:")[1].split()[0])
        with ExitStack() as callers:
            for _ in range(300):
                callers.enter_context(socket.create_connection(("127.0.0.1", port)))
        with _connected(port, WHOLE) as caller:
            status, _ = _answer(caller)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert (200, 0) == (status, process.returncode)
    assert len(err) < 1000, err
