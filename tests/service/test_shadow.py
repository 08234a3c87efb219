"""Shadow: the candidate's answers are stored beside the callers', and nothing of it shows to them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from polarity.classifier import Classifier
from polarity.errors import CheckpointError
from polarity.service import shadow as module
from polarity.service.budget import DayBudget
from polarity.service.shadow import Shadow, is_sampled
from polarity.service.storing import Storing, asked
from polarity.settings import Settings, ShadowSettings
from polarity.store import StoredDecision, open_store
from polarity.types import Decision
from tests.cautious import cautious_contract
from tests.store.helpers import wait_until

from .helpers import Broken, Scripted, bert, fails, says, service

PRICES = {"prompt_price": 1000.0, "completion_price": 1000.0}


def _settings(url: str, *, llm: dict[str, Any] | None = None, **shadow: Any) -> Settings:
    return Settings.model_validate(
        {
            "backend": "bert",
            "llm": llm or {},
            "store": {"enabled": True, "url": url},
            "shadow": {"backend": "llm", "share": 1.0, **shadow},
        }
    )


@contextmanager
def _shadowed(
    settings: Settings, candidate: Callable[[], Scripted], primary: Scripted | None = None
) -> Iterator[tuple[TestClient, Shadow]]:
    """Run a service whose LLM stands behind its BERT, once it may be asked."""

    def factory(wanted: Settings) -> Classifier:
        backend = candidate() if wanted.backend == "llm" else primary or bert()
        return Classifier(cautious_contract(), [backend])

    with service(factory=factory, settings=settings) as client:
        shadow = client.app.state.runtime.shadow  # type: ignore[attr-defined]
        wait_until(lambda: shadow.counts.state != "loading")
        yield client, shadow


def _pairs(url: str) -> list[tuple[StoredDecision, StoredDecision]]:
    with open_store(url) as store:
        return list(store.pairs("llm"))


def test_both_answers_are_stored_as_a_pair(url: str) -> None:
    """The caller gets the primary's label; the candidate's lies beside it, with its own setup and time."""
    with _shadowed(_settings(url), lambda: Scripted("llm", says("Negative."))) as (client, shadow):
        answer = client.post("/polarity", json={"input": ["good", "bad"]})
        wait_until(lambda: shadow.counts.asked == 2)
    assert ["POSITIVE", "POSITIVE"] == [result["label"] for result in answer.json()["results"]]
    assert answer.headers["Server-Timing"].startswith("shadow;dur=")
    assert answer.headers["Server-Timing"].endswith('desc="2 of 2 texts"')
    pairs = _pairs(url)
    assert [("POSITIVE", "NEGATIVE", "bert", "llm")] * 2 == [
        (ours.label, theirs.label, ours.setup.backend, theirs.setup.backend) for ours, theirs in pairs
    ]
    assert {answer.json()["id"]} == {theirs.request_id for _, theirs in pairs}
    assert (0, 0) == (shadow.counts.failed, shadow.counts.agreed)


def test_without_a_candidate_there_is_no_header() -> None:
    """A service that tries nobody says nothing of it."""
    with service(bert()) as client:
        assert "Server-Timing" not in client.post("/polarity", json={"input": "good"}).headers
        assert "shadow" not in client.get("/readyz").json()


def test_the_same_text_is_always_in_the_sample_or_never() -> None:
    """The sample is by hash: of 20,000 texts about the share that was asked for, and always the same ones."""
    texts = [f"text {at}" for at in range(20_000)]
    found = {text for text in texts if is_sampled(text, 0.1)}

    assert 0.1 == pytest.approx(len(found) / len(texts), abs=0.01)
    assert found == {text for text in reversed(texts) if is_sampled(text, 0.1)}
    assert found <= {text for text in texts if is_sampled(text, 0.2)}


@pytest.mark.parametrize("broken", [Broken("llm", says("")), Scripted("llm", fails("timeout"))])
def test_a_candidate_that_fails_shows_to_nobody(broken: Scripted, url: str) -> None:
    """The caller is answered as ever; the failure is stored and counted."""
    with _shadowed(_settings(url), lambda: broken) as (client, shadow):
        assert 200 == client.post("/polarity", json={"input": "good"}).status_code
        wait_until(lambda: shadow.counts.asked == 1)
        assert "ready" == client.get("/readyz").json()["status"]
    ((_, theirs),) = _pairs(url)
    assert theirs.label is None
    assert theirs.error in ("unavailable", "deadline")
    assert 1 == shadow.counts.failed


def test_a_candidate_that_raises_anything_is_only_a_failure(url: str) -> None:
    """Whatever a candidate's code does, the service lives, and asks it again."""

    def bad(_: str) -> Any:
        raise ZeroDivisionError

    with _shadowed(_settings(url), lambda: Scripted("llm", bad)) as (client, shadow):
        for text in ("good", "better"):
            assert 200 == client.post("/polarity", json={"input": text}).status_code
        wait_until(lambda: shadow.counts.asked == 2)


def test_a_candidate_that_never_loads_costs_nothing(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """The service is ready and answers; that the candidate is not asked is logged, shown and counted."""

    def absent() -> Scripted:
        raise CheckpointError("no such folder: 'runs/new'")

    with _shadowed(_settings(url), absent) as (client, shadow):
        assert 200 == client.post("/polarity", json={"input": "good"}).status_code
        ready = client.get("/readyz").json()
    assert ("ready", {"candidate": "llm", "state": "failed", "waiting": 0}) == (
        ready["status"],
        ready["shadow"],
    )
    assert {"failed": 1} == dict(shadow.counts.left_out)
    assert "candidate llm is not asked: no such folder: 'runs/new'" in caplog.text


def test_a_candidate_that_takes_long_to_load_keeps_nobody_waiting(url: str) -> None:
    """The service answers while the candidate loads; what comes meanwhile is left out."""
    may_load = threading.Event()

    def factory(wanted: Settings) -> Classifier:
        if wanted.backend == "llm":
            assert may_load.wait(10)
            return Classifier(cautious_contract(), [Scripted("llm", says("Positive."))])
        return Classifier(cautious_contract(), [bert()])

    with service(factory=factory, settings=_settings(url)) as client:
        shadow = client.app.state.runtime.shadow  # type: ignore[attr-defined]
        try:
            assert 200 == client.post("/polarity", json={"input": "good"}).status_code
            assert {"loading": 1} == dict(shadow.counts.left_out)
        finally:
            may_load.set()
        wait_until(lambda: shadow.counts.state == "ready")
        client.post("/polarity", json={"input": "good"})
        wait_until(lambda: shadow.counts.agreed == 1)


def test_a_candidate_that_never_loads_does_not_keep_the_service_from_stopping(url: str) -> None:
    """It hangs for good; the service answers, stops at once, and what loads after that is closed."""
    may_load = threading.Event()
    candidate = Scripted("llm", says("Positive."))

    def hanging() -> Scripted:
        may_load.wait()
        return candidate

    def factory(wanted: Settings) -> Classifier:
        return Classifier(cautious_contract(), [hanging() if wanted.backend == "llm" else bert()])

    with service(factory=factory, settings=_settings(url)) as client:
        assert 200 == client.post("/polarity", json={"input": "good"}).status_code
    may_load.set()
    wait_until(lambda: candidate.closed == 1)


def test_a_slow_candidate_keeps_no_caller_waiting(url: str) -> None:
    """What does not fit into the queue is left out, and the callers have their answers meanwhile."""
    slow = Scripted("llm", says("Positive."), delay_s=600.0)
    with _shadowed(_settings(url, queue=3), lambda: slow) as (client, shadow):
        for at in range(10):
            assert 200 == client.post("/polarity", json={"input": f"text {at}"}).status_code
        counts = shadow.counts
        assert 10 == counts.left_out["full"] + counts.waiting + slow.calls
        assert 3 == counts.waiting


def test_under_load_the_candidate_is_dropped_first(url: str) -> None:
    """Where half of what may be under way is, nothing is offered to it, and what waits goes on waiting."""
    busy = False

    async def run() -> tuple[int, dict[str, int]]:
        nonlocal busy
        candidate = Scripted("llm", says("Positive."))
        settings = _settings(url)
        storing = Storing(settings.store)
        shadow = Shadow(
            settings,
            storing,
            lambda _: Classifier(cautious_contract(), [candidate]),
            is_busy=lambda: busy,
        )
        shadow.start()
        await asyncio.to_thread(wait_until, lambda: shadow.counts.state == "ready")
        decision = Decision(label="POSITIVE", decided_by="bert")
        shadow.offer(asked(["one"]), [decision])
        busy = True
        shadow.offer(asked(["two"]), [decision])
        await asyncio.sleep(0.1)
        calls = candidate.calls
        busy = False
        await asyncio.to_thread(wait_until, lambda: shadow.counts.asked == 1)
        await shadow.aclose()
        return calls, {str(why): count for why, count in shadow.counts.left_out.items()}

    assert (0, {"busy": 1}) == asyncio.run(run())


def test_no_more_is_asked_than_a_day_allows(url: str) -> None:
    """Two texts a day: the third is left out, also after a start, and asked about the next day."""
    day = datetime(2026, 11, 26, 12, tzinfo=UTC)
    candidate = Scripted("llm", says("Positive."))
    with _shadowed(_settings(url, requests_per_day=2), lambda: candidate) as (client, shadow):
        client.post("/polarity", json={"input": ["one", "two", "three"]})
        wait_until(lambda: shadow.counts.left_out["budget"] == 1)
    assert (2, 2) == (candidate.calls, len(_pairs(url)))
    with _shadowed(_settings(url, requests_per_day=2), lambda: candidate) as (client, shadow):
        client.post("/polarity", json={"input": "four"})
        wait_until(lambda: shadow.counts.left_out["budget"] == 1)
    assert 2 == candidate.calls
    budget = DayBudget(ShadowSettings(requests_per_day=1), now=lambda: day)
    assert [True, False] == [budget.takes(0.0), budget.takes(0.0)]
    day = datetime(2026, 11, 27, tzinfo=UTC)
    assert budget.takes(0.0)


def test_a_clock_that_is_set_back_begins_no_day_anew() -> None:
    """What was spent today counts until it is tomorrow, whatever the clock said in between."""
    midnight = datetime(2026, 11, 27, tzinfo=UTC)
    clock = iter([midnight + timedelta(minutes=at) for at in (0, 1, -1, 1, 1441)])
    budget = DayBudget(ShadowSettings(requests_per_day=1), now=lambda: next(clock))
    assert [True, False, False, True] == [budget.takes(0.0) for _ in range(4)]


def test_no_more_is_spent_than_a_day_allows(url: str) -> None:
    """Each answer costs 0.022 and is reckoned dearer before it comes: the day's money is never overspent."""
    candidate = Scripted("llm", says("Positive."))
    settings = _settings(url, llm=PRICES, money_per_day=2.0)
    with _shadowed(settings, lambda: candidate) as (client, shadow):
        client.post("/polarity", json={"input": [f"text {at}" for at in range(60)]})
        wait_until(lambda: shadow.counts.asked + shadow.counts.left_out["budget"] == 60)
    assert 0 < candidate.calls < 60
    assert shadow.counts.cost <= 2.0
    assert 0.022 == pytest.approx(_pairs(url)[0][1].cost)


def test_where_todays_spending_is_unknown_nothing_is_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that cannot be read does not tell what was spent: a candidate with a budget waits for it."""
    monkeypatch.setattr(module, "READ_AGAIN_S", 0.01)
    settings = _settings(f"sqlite:///{tmp_path}/absent/store.sqlite3", requests_per_day=2)
    candidate = Scripted("llm", says("Positive."))

    def factory(wanted: Settings) -> Classifier:
        return Classifier(cautious_contract(), [candidate if wanted.backend == "llm" else bert()])

    with service(factory=factory, settings=settings) as client:
        shadow = client.app.state.runtime.shadow  # type: ignore[attr-defined]
        assert 200 == client.post("/polarity", json={"input": "one"}).status_code
        assert ("loading", {"loading": 1}, 0) == (
            shadow.counts.state,
            dict(shadow.counts.left_out),
            candidate.calls,
        )
        (tmp_path / "absent").mkdir()
        wait_until(lambda: shadow.counts.state == "ready")
        client.post("/polarity", json={"input": "one"})
        wait_until(lambda: shadow.counts.asked == 1)


def test_the_candidate_is_closed_with_the_service(url: str) -> None:
    """Nothing of it stays behind."""
    candidate = Scripted("llm", says("Positive."))
    with _shadowed(_settings(url), lambda: candidate):
        pass
    assert 1 == candidate.closed
