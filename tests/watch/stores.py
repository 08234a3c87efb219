"""Stores full of decisions, drawn as a service would have made them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from polarity.contract import load_contract
from polarity.policy import decide
from polarity.store import DecisionEntry, Setup, Store
from polarity.store.entries import row_of
from polarity.store.writing import setup_id, write_decisions
from polarity.types import Answer, Completion, Decision, Known, Model, Outcome, Scores, Unmapped, Verdict

CONTRACT = load_contract()
START = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
SETUP = Setup(
    backend="both",
    contract=CONTRACT.ref,
    models={"bert": Model("tiny", weights="cd" * 32), "llm": Model("small")},
    polarity_version="0.5.0",
)
ENGLISH = (
    "The parcel came late and the box was broken",
    "I am very happy with the quick help of your support team",
)
GERMAN = (
    "Das Paket kam leider viel zu spaet an und war beschaedigt",
    "Ich bin mit der schnellen Hilfe sehr zufrieden",
)


class Domain(NamedTuple):
    """What a kind of texts is like: how its labels are shared out, how sure BERT is, what the LLM says."""

    shares: tuple[float, float, float] = (0.5, 0.3, 0.2)
    sure: float = 0.9
    agreeing: float = 0.9
    unmapped: float = 0.02
    texts: tuple[str, ...] = ENGLISH
    known: float = 1.0


REVIEWS = Domain()
FORUM = Domain(shares=(0.2, 0.5, 0.3), sure=0.7, agreeing=0.7, unmapped=0.15, texts=GERMAN, known=0.8)


def entries(
    domain: Domain, n: int, since: datetime, until: datetime, *, seed: int = 0
) -> Iterator[DecisionEntry]:
    """Draw decisions, evenly over a time."""
    rng = np.random.default_rng(seed)
    labels = sorted(CONTRACT.labels)
    for at, answered_at in enumerate(since + (until - since) * step / n for step in range(n)):
        label = str(rng.choice(["POSITIVE", "NEGATIVE", "NEUTRAL"], p=domain.shares))
        p = float(np.clip(rng.normal(domain.sure, 0.08), 0.4, 0.999))
        scores = {name: p if name == label else (1 - p) / 2 for name in labels}
        raw = Scores(probabilities=scores, source="softmax", tokens=12, known=Known(domain.known))
        bert = Answer(raw, Verdict(label=label, rule="softmax", contract=CONTRACT.ref, scores=scores))
        said = label if rng.random() < domain.agreeing else labels[int(rng.integers(3))]
        heard: Outcome = Verdict(label=said, rule="exact", contract=CONTRACT.ref)
        if rng.random() < domain.unmapped:
            heard = Unmapped(reason="contrast", contract=CONTRACT.ref)
        answers = {"bert": bert, "llm": Answer(Completion(text=said.lower()), heard)}
        yield DecisionEntry(
            request_id=f"pol-{seed}-{at}",
            index=0,
            answered_at=answered_at,
            text=f"{domain.texts[at % len(domain.texts)]}, number {at // len(domain.texts) % 400}",
            result=decide("both", answers, CONTRACT.policy),
            latency_ms=12.5,
            setup=SETUP,
        )


def fill(store: Store, *parts: Iterator[DecisionEntry]) -> None:
    """Write decisions, each setup once, in one transaction."""
    with store.writing() as connection:
        numbers: dict[str, int] = {}
        for part in parts:
            rows = []
            for entry in part:
                named = repr(entry.setup)
                number = numbers.setdefault(named, 0) or setup_id(connection, entry.setup)
                numbers[named] = number
                rows.append(row_of(entry, "keep") | {"setup_id": number})
            write_decisions(connection, rows)


def switched(store: Store, *, each: int = 1500, days: float = 14.0) -> datetime:
    """Fill a store with reviews, and from the middle on with a forum's texts; give the time of the switch."""
    middle, end = START + timedelta(days=days / 2), START + timedelta(days=days)
    fill(store, entries(REVIEWS, each, START, middle), entries(FORUM, each, middle, end, seed=1))
    return middle


def shadowed(
    of: Iterator[DecisionEntry], candidate: str, *, flipped: float, seed: int = 3
) -> Iterator[DecisionEntry]:
    """Give the same decisions as a candidate made them, some with another label."""
    rng = np.random.default_rng(seed)
    for entry in of:
        result = entry.result
        if rng.random() < flipped and isinstance(result, Decision):
            result = replace(result, label="NEUTRAL" if result.label != "NEUTRAL" else "POSITIVE")
        yield replace(entry, side=candidate, result=result)
