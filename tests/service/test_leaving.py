"""Callers who leave, and calls that are refused: what they cost, and what is said."""

import asyncio
import threading
import time
from collections.abc import Sequence

import httpx2
import pytest

from polarity.errors import CallRefused, Overloaded, TooManyTokens
from polarity.types import RawOutput

from .helpers import Scripted, bert, fails, says, scores, service
from .test_connection import WHOLE, _connected, served_by


class Patient(Scripted):
    """A backend that answers when it is let, and counts who is gone before."""

    def __init__(self) -> None:
        super().__init__("bert", lambda _: scores(0.9))
        self.begun, self.gone = threading.Event(), threading.Event()

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Wait, but for the text "quick"."""
        if texts == ["quick"]:
            return await super().predict(texts)
        self.begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.gone.set()
            raise
        return []


def test_what_nobody_waits_for_is_not_done() -> None:
    """The backend is told as soon as the connection closes, and the request's place is free again."""
    backend = Patient()
    with served_by(backend, max_in_flight=1) as (_, port):
        with _connected(port, WHOLE):
            assert backend.begun.wait(10)
            url = f"http://127.0.0.1:{port}/polarity"
            assert 429 == httpx2.post(url, json={"input": "quick"}).status_code
        assert backend.gone.wait(10)
        while (answer := httpx2.post(url, json={"input": "quick"})).status_code == 429:
            time.sleep(0.01)
    assert 200 == answer.status_code


class Full(Scripted):
    """A backend that does not take a call."""

    def __init__(self, error: CallRefused) -> None:
        super().__init__("bert", lambda _: scores(0.9))
        self.error = error

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Refuse."""
        assert texts
        raise self.error


@pytest.mark.parametrize("llm", [None, Scripted("llm", says("positive")), Scripted("llm", fails("timeout"))])
@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [
        (Overloaded("9 tokens are waiting, 8 may", retry_after_s=2.1), 429, "overloaded", "3"),
        (TooManyTokens("the texts have at least 9 tokens; at most 8"), 422, "too_many_tokens", None),
    ],
)
def test_a_call_that_is_not_taken(
    llm: Scripted | None, error: CallRefused, status: int, code: str, retry: str | None
) -> None:
    """Is refused as a whole, with when to come back, or how many tokens there may be; nobody stands in."""
    backends = [Full(error), *([llm] if llm else [])]
    with service(*backends) as client:
        for explain in (False, True):
            answer = client.post("/polarity", json={"input": "Hm.", "explain": explain})
            assert (status, code) == (answer.status_code, answer.json()["code"])
            assert retry == answer.headers.get("retry-after")
            assert str(error) in answer.json()["detail"]


def test_a_full_service_is_ready() -> None:
    """It answers others: to send callers elsewhere is the balancer's business, by the 429s."""
    with service(Full(Overloaded("9 tokens are waiting, 8 may", retry_after_s=2.1))) as client:
        assert {"bert": "ready"} == client.get("/readyz").json()["backends"]


def test_what_is_down_is_not_ready_at_once() -> None:
    """Although the answer to the last question is still kept; and there again is ready again."""
    backend = bert()
    with service(backend) as client:
        statuses = []
        for backend.is_up in (True, False, True):
            statuses.append(client.get("/readyz").status_code)
    assert ([200, 503, 200], 1) == (statuses, backend.calls)


def test_a_full_service_reads_no_body() -> None:
    """Whoever is refused anyway is refused before the body has arrived."""
    backend = Patient()
    with served_by(backend, max_in_flight=1) as (_, port), _connected(port, WHOLE):
        assert backend.begun.wait(10)
        with _connected(port, WHOLE[:-5]) as caller:
            assert b"HTTP/1.1 429 " == caller.recv(13)


def test_many_small_requests_are_let_in_where_their_tokens_are_counted() -> None:
    """Under BERT alone there may be many more than beside a language model."""
    with service(bert()) as client:
        assert 1024 == client.app.state.runtime.settings.most_in_flight  # type: ignore[attr-defined]
    with service(Scripted("llm", says("positive"))) as client:
        assert 32 == client.app.state.runtime.settings.most_in_flight  # type: ignore[attr-defined]
