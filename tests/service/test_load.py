"""`polarity serve` as it is run, its network in a process of its own, under more than it can answer."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from .test_server import ROOT, _banner

CALLERS = 16


@pytest.mark.slow
def test_sigterm_under_load_answers_what_is_under_way(tiny_checkpoint: Path) -> None:
    """Nobody who was let in is cut off: 200 or 429 until the port is closed; then all ends, with 0."""
    settings = {"BACKEND": "bert", "BERT__CHECKPOINT": str(tiny_checkpoint)}
    settings |= {"SERVICE__PORT": "0", "SERVICE__QUEUE_TOKENS": "200"}
    environment = os.environ | {f"POLARITY_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "polarity", "serve"]
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        ) as process,
        ThreadPoolExecutor(CALLERS) as callers,
    ):
        try:
            url, _ = _banner(process)
            is_answered, is_asked_to_end = threading.Event(), threading.Event()
            asking = [callers.submit(_statuses, url, is_answered, is_asked_to_end) for _ in range(CALLERS)]
            assert is_answered.wait(60)
            process.send_signal(signal.SIGTERM)
            is_asked_to_end.set()
            _, err = process.communicate(timeout=60)
        finally:
            is_asked_to_end.set()
            process.kill()
        statuses = {status for one in asking for status in one.result()}
    assert {200} <= statuses <= {200, 429}
    assert (0, "") == (process.returncode, err)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def _statuses(url: str, is_answered: threading.Event, is_asked_to_end: threading.Event) -> set[int]:
    """Ask on one connection until there is no service, and say how it answered."""
    found: set[int] = set()
    with httpx2.Client(timeout=30) as client:
        while True:
            try:
                answer = client.post(f"{url}/polarity", json={"input": ["good", "not good at all"] * 8})
            except httpx2.TransportError:  # the port, or a connection that rested
                assert is_asked_to_end.is_set()
                return found
            found.add(answer.status_code)
            if answer.status_code == 200:
                is_answered.set()
