"""Decisions to write, and what waits for them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from polarity.store import DecisionEntry, Recorder, Setup, Store
from polarity.types import Answer, Completion, ContractRef, Decision, Model, Scores, Verdict

CONTRACT = ContractRef("polarity", "4.0.0", "ab" * 32)
SETUP = Setup(
    backend="bert",
    contract=CONTRACT,
    models={"bert": Model("tiny", weights="cd" * 32)},
    polarity_version="0.5.0",
    fingerprint="ef" * 32,
)
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FEELING = {"POSITIVE": 0.9, "NEGATIVE": 0.1}


def decided(label: str = "POSITIVE", *, said: str | None = None) -> Decision:
    """Give BERT's decision, or, where something was `said`, the language model's."""
    if said is None:
        raw = Scores(probabilities={"positive": 0.9, "negative": 0.1}, source="softmax", tokens=5)
        verdict = Verdict(label=label, rule="softmax", contract=CONTRACT, scores=FEELING)
        answers = {"bert": Answer(raw, verdict)}
        return Decision(label=label, decided_by="bert", confidence=0.9, scores=FEELING, answers=answers)
    heard = Verdict(label=label, rule="exact", contract=CONTRACT)
    return Decision(label=label, decided_by="llm", answers={"llm": Answer(Completion(text=said), heard)})


def entry(at: int = 0, **changed: object) -> DecisionEntry:
    """Give the decision of the request number `at`, made `at` seconds after noon."""
    known = {
        "request_id": f"pol-{at}",
        "index": 0,
        "answered_at": NOON + timedelta(seconds=at),
        "text": f"text {at}",
        "result": decided(),
        "latency_ms": 3.5,
        "setup": SETUP,
    }
    return DecisionEntry(**{**known, **changed})  # type: ignore[arg-type]  # by their names


def recorded(store: Store, *entries: DecisionEntry) -> None:
    """Write decisions to a store."""
    recorder = Recorder(store)
    for one in entries:
        recorder.record(one)
    recorder.close(60)
    assert (len(entries), 0) == (recorder.written, recorder.lost)


def wait_until(holds: Callable[[], bool], *, limit_s: float = 60) -> None:
    """Wait until something holds, and fail where it never does."""
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "it never held"
        time.sleep(0.01)
