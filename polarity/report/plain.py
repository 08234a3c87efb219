"""Pairs as plain values: what JSON and CSV have in common."""

from typing import Any

from polarity.comparison import Pair, decided_by, kind
from polarity.report.content import Subject
from polarity.stored import finite, outcome_object, raw_object
from polarity.types import Answer, Decision, Result


def pair_object(pair: Pair, subject: Subject) -> dict[str, Any]:
    """Everything about one pair; the contract is the subject's and not repeated."""
    return {
        "id": pair.id,
        "text": pair.text,
        "gold": pair.gold,
        "kind": kind(pair),
        "left": _answer_object(pair.left, subject.left.backend),
        "right": _answer_object(pair.right, subject.right.backend) | _repeats(pair),
        "decision": decision_object(pair.result),
    } | ({"columns": dict(pair.columns)} if pair.columns else {})


def _repeats(pair: Pair) -> dict[str, Any]:
    """What the right side said when it was asked again; the key stands where it was."""
    return {"repeats": [raw_object(answer.raw) for answer in pair.repeats]} if pair.repeats else {}


def _answer_object(answer: Answer, backend: str) -> dict[str, Any]:
    return {"backend": backend} | outcome_object(answer.outcome) | {"raw": raw_object(answer.raw)}


def decision_object(result: Result | None) -> dict[str, Any]:
    """One decision; without a label, `decided_by` is "undecided:<reason>" and `detail` says more.

    Where no policy applies, all of it is None.
    """
    if result is None:
        return {"label": None, "decided_by": None, "confidence": None}
    if isinstance(result, Decision):
        confidence = finite(result.confidence)
        return {"label": result.label, "decided_by": result.decided_by, "confidence": confidence}
    return {"label": None, "decided_by": decided_by(result), "confidence": None, "detail": result.detail}
