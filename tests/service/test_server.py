"""`serve`, as a real process on a real port."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from polarity.classifier import Classifier
from polarity.errors import CheckpointError
from polarity.service.server import greeting, url_of
from polarity.service.starting import serve
from polarity.settings import ServiceSettings, Settings

ROOT = Path(__file__).parents[2]


@contextmanager
def _process(*arguments: float) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.service.slow_server", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _banner(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Read the two lines that a ready service prints: its address, and a command."""
    assert process.stdout is not None
    first, second = process.stdout.readline(), process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", first)
    assert found, first
    return found.group(), second


@pytest.mark.slow
def test_what_is_under_way_at_sigterm_is_answered() -> None:
    """A request under way gets its 200; then the backends are closed and the process ends with 0."""
    with _process(0.5) as process:
        url, _ = _banner(process)
        answers: list[httpx2.Response] = []
        asking = threading.Thread(
            target=lambda: answers.append(httpx2.post(f"{url}/polarity", json={"input": "Hm."}, timeout=10))
        )
        asking.start()
        assert process.stdout is not None
        assert "asked\n" == process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        asking.join(10)
        out, err = process.communicate(timeout=10)
    assert [200] == [answer.status_code for answer in answers]
    assert "POSITIVE" == answers[0].json()["results"][0]["label"]
    assert (["closed", "returned"], "", 0) == (out.split(), err, process.returncode)


@pytest.mark.slow
def test_what_does_not_end_after_sigterm_is_told_so() -> None:
    """Who is still waiting after the longest deadline gets a 503, and the process ends with 0."""
    with _process(600.0, 1) as process:
        url, _ = _banner(process)
        with ThreadPoolExecutor(3) as callers:
            asked = [
                callers.submit(httpx2.post, f"{url}/polarity", json={"input": "Hm."}, timeout=30)
                for _ in range(3)
            ]
            assert process.stdout is not None
            assert ["asked\n"] * 3 == [process.stdout.readline() for _ in asked]
            process.send_signal(signal.SIGTERM)
            answers = [future.result() for future in asked]
        out, err = process.communicate(timeout=20)
    assert [(503, "unavailable", "5")] * 3 == [
        (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) for answer in answers
    ]
    assert (["closed", "returned"], 0) == (out.split(), process.returncode)
    assert "Traceback" not in err


@pytest.mark.slow
def test_callers_who_misbehave_on_the_wire_harm_nobody() -> None:
    """Cut connections, endless chunks and broken HTTP leave the service working and its log quiet."""
    with _process(0.05) as process:
        url, command = _banner(process)
        host, port = "127.0.0.1", int(url.rsplit(":", 1)[1])
        head = b"POST /polarity HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        for sent in (
            head,
            head + b"Content-Length: 100\r\n\r\n{",
            head + b'Content-Length: 15\r\n\r\n{"input": "Hm"}',
        ):
            with socket.create_connection((host, port)) as connection:
                connection.sendall(sent)
        chunks = (b"x" * 65536 for _ in range(200))
        endless = httpx2.post(f"{url}/polarity", content=chunks, headers={"Content-Type": "application/json"})
        huge = httpx2.post(f"{url}/polarity", json={"input": "x" * 10_000_000})
        pasted = json.loads(subprocess.run(shlex.split(command), capture_output=True, check=True).stdout)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=10)
    assert [413, 413] == [endless.status_code, huge.status_code]
    assert ["body_too_large"] * 2 == [answer.json()["code"] for answer in (endless, huge)]
    assert "POSITIVE" == pasted["results"][0]["label"]
    assert ("", 0) == (err, process.returncode)


@pytest.mark.slow
def test_slow_callers_keep_nobody_out() -> None:
    """However many bodies are still on their way, a whole one is answered."""
    body = b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with _process(0.0) as process, ExitStack() as connections:
        url, _ = _banner(process)
        for _ in range(40):
            connection = socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])))
            connections.enter_context(connection)
            connection.sendall(b"POST /polarity HTTP/1.1\r\nHost: x\r\n" + body)
        time.sleep(0.2)
        assert 200 == httpx2.post(f"{url}/polarity", json={"input": "Hm."}).status_code
        head = httpx2.head(f"{url}/readyz")
    assert (200, b"") == (head.status_code, head.content)


def test_a_classifier_that_cannot_be_loaded_ends_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    """No banner is printed; the error goes up to the command line, which says it."""

    def failing(_: Settings) -> Classifier:
        raise CheckpointError("the checkpoint is corrupt")

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(CheckpointError, match="the checkpoint is corrupt"):
        serve(Settings(service=ServiceSettings(port=0)), classifier=failing)
    assert "" == capsys.readouterr().out
    assert before == signal.getsignal(signal.SIGTERM)


@pytest.mark.parametrize(
    ("family", "host", "expected"),
    [
        (socket.AF_INET, "127.0.0.1", "http://127.0.0.1:"),
        (socket.AF_INET, "0.0.0.0", "http://127.0.0.1:"),  # noqa: S104
        (socket.AF_INET6, "::1", "http://[::1]:"),
        (socket.AF_INET6, "::", "http://[::1]:"),
    ],
)
def test_the_address_is_one_that_can_be_pasted(
    family: socket.AddressFamily, host: str, expected: str
) -> None:
    """A service on every address names the one that this machine reaches."""
    try:
        listener = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("no IPv6 here")
    with listener:
        assert url_of(listener) == f"{expected}{listener.getsockname()[1]}"


def test_the_command_shows_where_a_key_goes() -> None:
    """With keys set the pasted line has a place for one, and never the key itself."""
    assert "-H 'Authorization: Bearer YOUR-KEY'" in greeting("http://x", with_key=True)
