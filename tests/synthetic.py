"""Answers made up so that the best policy is known, as a small contract reads them."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polarity.classifier import replay
from polarity.comparison import Pair
from polarity.contract import Contract, mapper
from polarity.report import Side, Subject, write_reports
from polarity.tuning.policy_worth import GoldPair
from polarity.types import Answer, Completion, Failure, RawOutput, Scores, ScoresSource

SOURCE = """\
# A contract with as little as the policy needs.
id = "small"
version = "1.2.3" # counted up by hand
labels = ["NEGATIVE", "NEUTRAL", "POSITIVE"]

[binding]
negative = "NEGATIVE"
neutral = "NEUTRAL"
positive = "POSITIVE"

[policy] # how sure is sure
skip_llm_above = 0.95 # of BERT
bert_floor = 0.5
bert_trust = 0.70
# both count
bert_weight = 1.0
llm_weight = 0.5
tie_label = "NEUTRAL"

[prompt]
template = "Review: {text}"
cue = "Sentiment:"

[rules]
abstain = ["mixed"] # declines

[rules.aliases]
NEGATIVE = ["negative"]
NEUTRAL = ["neutral"]
POSITIVE = ["positive"]
"""
CONTRACT = Contract.parse(SOURCE.encode())
LABELS = CONTRACT.labels
LATE = Failure(reason="timeout")
MIXED = Completion(text="mixed")


def bert(label: str, p: float) -> Scores:
    """BERT's scores: `p` for the label, the others share the rest."""
    return Scores(probabilities=_spread(label, p), source="softmax")


def llm(label: str, p: float) -> Scores:
    """The LLM's, over its answer words."""
    return Scores(probabilities=_spread(label, p), source="logprobs")


def said(label: str) -> Completion:
    """The LLM's answer as free text."""
    return Completion(text=label.lower())


def _spread(label: str, p: float) -> dict[str, float]:
    return {name.lower(): p if name == label else (1 - p) / (len(LABELS) - 1) for name in LABELS}


def pair(gold: str, from_bert: RawOutput, from_llm: RawOutput, data: str = "a.json") -> GoldPair:
    """Map both by the small contract."""
    answers = (Answer(raw, mapper.map(raw, CONTRACT)) for raw in (from_bert, from_llm))
    return GoldPair(data, gold, *answers)


def golds(n: int) -> list[str]:
    """As many of each label."""
    return [LABELS[at % len(LABELS)] for at in range(n)]


def other(label: str, by: int = 1) -> str:
    """Another label, always the same for the same label."""
    return LABELS[(LABELS.index(label) + by) % len(LABELS)]


def guessed(golds: Sequence[str], accuracy: float, seed: int) -> list[str]:
    """Labels of which about `accuracy` are right, whatever the gold label."""
    numbers = np.random.default_rng(seed)

    def guess(gold: str) -> str:
        return gold if numbers.random() < accuracy else other(gold, int(numbers.integers(1, 3)))

    return [guess(gold) for gold in golds]


def report(path: Path, rows: Sequence[tuple[str | None, RawOutput, RawOutput]]) -> Path:
    """Write a JSON report of (gold, BERT's, the LLM's raw output), as `polarity report` does."""
    pairs = []
    for at, (gold, from_bert, from_llm) in enumerate(rows):
        result = replay("both", {"bert": from_bert, "llm": from_llm}, CONTRACT)
        left, right = result.answers["bert"], result.answers["llm"]
        pairs.append(Pair(id=str(at), text=f"text {at}", gold=gold, left=left, right=right, result=result))
    subject = Subject(
        contract=CONTRACT,
        left=Side(backend="bert", model="tiny"),
        right=Side(backend="llm", model="small"),
        source="texts.jsonl",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        version="0",
        settings={},
    )
    write_reports([path], pairs, subject)
    return path


def simulated(
    n: int, seed: int, *, bert_sees: float = 1.15, llm_sees: float, data: str = "a.json"
) -> list[GoldPair]:
    """Pairs where each side sees the gold label through noise, half of it shared; BERT's scores are right.

    How much a side sees is how far, in standard deviations of its noise, the gold label stands out of it.
    The LLM is twice as sure as it should be.
    """
    numbers = np.random.default_rng(seed)
    gold = numbers.integers(len(LABELS), size=n)
    shown = np.eye(len(LABELS))[gold]
    noise, own = numbers.normal(size=(2, n, len(LABELS)))
    mixed = 0.5 * noise + math.sqrt(0.75) * own
    berts = _softmax(bert_sees * (bert_sees * shown + noise), "softmax")
    llms = _softmax(2 * max(llm_sees, 0.5) * (llm_sees * shown + mixed), "logprobs")
    return [
        pair(LABELS[at], by_bert, by_llm, data)
        for at, by_bert, by_llm in zip(gold.tolist(), berts, llms, strict=True)
    ]


def _softmax(logits: NDArray[np.float64], source: ScoresSource) -> list[Scores]:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    names = [label.lower() for label in LABELS]
    return [
        Scores(probabilities=dict(zip(names, row.tolist(), strict=True)), source=source) for row in shares
    ]
