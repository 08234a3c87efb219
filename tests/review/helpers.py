"""Decisions as a service that asks both backends, and a candidate behind them, would write them."""

from polarity.store import DecisionEntry
from polarity.types import Answer, Completion, Decision, Outcome, Scores, Undecided, Unmapped, Verdict
from tests.store.helpers import CONTRACT, entry

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")


def spread(label: str, p: float) -> dict[str, float]:
    """Give scores with `p` for a label and the rest for the others alike."""
    return {one: p if one == label else (1 - p) / 2 for one in LABELS}


def bert(label: str, p: float = 0.9) -> Answer:
    """Give BERT's answer."""
    names = {one.lower(): value for one, value in spread(label, p).items()}
    verdict = Verdict(label=label, rule="softmax", contract=CONTRACT, scores=spread(label, p))
    return Answer(Scores(probabilities=names, source="softmax", tokens=5), verdict)


def llm(label: str | None, text: str | None = None) -> Answer:
    """Give the language model's answer; without a label it is one that nothing reads."""
    said = Completion(text=text or (label or "a mixed bag").lower())
    outcome: Outcome = Unmapped(reason="undeclared", contract=CONTRACT)
    if label:
        outcome = Verdict(label=label, rule="exact", contract=CONTRACT)
    return Answer(said, outcome)


def both(first: Answer, second: Answer, label: str | None = None, p: float = 0.9) -> Decision:
    """Give the decision of both, which is BERT's unless another label is named."""
    assert isinstance(first.outcome, Verdict)
    answers = {"bert": first, "llm": second}
    same = isinstance(second.outcome, Verdict) and second.outcome.label == first.outcome.label
    chosen = label or first.outcome.label
    by = "agreement" if same else "combined"
    return Decision(label=chosen, decided_by=by, confidence=p, scores=spread(chosen, p), answers=answers)


def asked(at: int, decision: Decision | Undecided, **changed: object) -> DecisionEntry:
    """Give the entry of a decision."""
    return entry(at, result=decision, **changed)


def agreed(at: int, label: str = "POSITIVE", p: float = 0.95) -> DecisionEntry:
    """Give a decision that nobody suspects."""
    return asked(at, both(bert(label, p), llm(label), p=p))


def candidate(at: int, label: str, name: str = "next") -> DecisionEntry:
    """Give what a candidate decides behind the decision number `at`."""
    answers = {"bert": bert(label)}
    decision = Decision(
        label=label, decided_by="bert", confidence=0.9, scores=spread(label, 0.9), answers=answers
    )
    return asked(at, decision, side=name)
