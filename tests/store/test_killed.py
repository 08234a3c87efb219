"""Killed under load: nothing is half-written, nothing is there twice, what is missing was in the queue."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

from polarity.store import StoredDecision, open_store
from polarity.stored import outcome_from, raw_from
from tests.store.helpers import wait_until

ROOT = Path(__file__).parent.parent.parent
QUEUE = 500  # as `served` says
CALLERS = 4
TEXTS = ["love it", "hate it", "it is"]


@contextmanager
def _serving(url: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    line = [sys.executable, "-m", "tests.store.served", url]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as service:
        assert service.stdout is not None
        found = re.search(rb"http://127.0.0.1:(\d+)", service.stdout.readline())
        assert found, "it did not start"
        port = int(found[1])
        wait_until(lambda: _waiting(port) == 0)  # it has opened the store, to say that it has started
        try:
            yield service, port
        finally:
            service.kill()


def _waiting(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
        return int(json.load(answer)["store"]["waiting"])


def _holds_something(url: str) -> bool:
    """Without a decision in it there would be nothing to look at."""
    with open_store(url) as store:
        return next(iter(store.decisions()), None) is not None


def _post(port: int) -> str:
    body = json.dumps({"input": TEXTS}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/polarity", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return str(json.load(answer)["id"])


def _load(port: int, answered: list[str], ending: threading.Event) -> None:
    """Ask, and note the ids of what was answered, until the service is gone."""
    while not ending.is_set():
        try:
            answered.append(_post(port))
        except (OSError, HTTPException, ValueError):
            return


def _killed_under_load(url: str, at_least: int) -> list[str]:
    """Give the ids of the requests that a service had answered before it was killed."""
    answered: list[str] = []
    ending = threading.Event()
    with _serving(url) as (service, port):
        callers = [threading.Thread(target=_load, args=(port, answered, ending)) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        wait_until(lambda: len(answered) >= at_least and _holds_something(url))
        os.kill(service.pid, signal.SIGKILL)
        ending.set()
        for caller in callers:
            caller.join()
    return answered


def _check(url: str, rounds: list[list[str]]) -> None:
    with open_store(url) as store:
        found = list(store.decisions())
    names = [(one.request_id, one.index, one.side) for one in found]
    assert len(set(names)) == len(names)
    for one in found:
        _check_whole(one)
    stored = {request_id for request_id, _, _ in names}
    for answered in rounds:
        missing = [request_id for request_id in answered if request_id not in stored]
        assert len(missing) * len(TEXTS) <= QUEUE
    assert any(request_id in stored for answered in rounds for request_id in answered)


def _check_whole(one: StoredDecision) -> None:
    assert one.text == TEXTS[one.index]
    assert one.label is not None
    raw_from(one.raws["bert"], "raw")
    outcome_from(one.outcomes["bert"], one.setup.contract, "outcome")


@pytest.mark.slow
def test_killed_under_load(url: str) -> None:
    """Killed twice, whatever it is doing; the next service goes on in the same store."""
    _check(url, [_killed_under_load(url, at_least) for at_least in (40, 120)])


@pytest.mark.soak
def test_killed_twenty_times_under_load(url: str) -> None:
    """The same, twenty times."""
    _check(url, [_killed_under_load(url, 40 + 25 * time) for time in range(20)])
