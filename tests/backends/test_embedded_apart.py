"""The process of the embedded server: it dies with its owner, and is there again when it alone dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from polarity.backends.embedded_apart import ServerApart
from polarity.weights import resolved

pytestmark = [pytest.mark.llm, pytest.mark.slow]
OWNER = """
import os, signal, sys
from polarity.backends.embedded import EmbeddedServer
from polarity.weights import resolved
server = EmbeddedServer(resolved(None), slots=1, threads=1)
print(server.base_url.removesuffix("/v1"), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
WITHIN_S = 120.0


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[ServerApart]:
    """A server of the smallest model."""
    wanted = {"path": str(resolved(None).path), "slots": 1, "context": 256, "threads": 1}
    server = ServerApart({**wanted, "api_key": "k", "folder": str(tmp_path)})
    yield server
    server.end()


def _answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/health", timeout=5.0, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def _until(address: str, *, answers: bool) -> None:
    until = time.monotonic() + WITHIN_S
    while _answers(address) is not answers:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_one_that_dies_is_there_again(apart: ServerApart) -> None:
    """At the same address, however often; once ended, it stays away."""
    for _ in range(2):
        process = apart._process
        os.kill(process._process.pid, signal.SIGKILL)
        while apart._process is process:
            time.sleep(0.01)
        _until(apart.address, answers=True)
    apart.end()
    assert not _answers(apart.address)


def test_nothing_is_left_of_one_whose_owner_was_killed() -> None:
    """The process ends with the one that started it, however that ends."""
    done = subprocess.run([sys.executable, "-c", OWNER], capture_output=True, text=True, check=False)
    assert -signal.SIGKILL == done.returncode, done.stderr
    _until(done.stdout.strip(), answers=False)
