"""Pairs as plain values: what JSON and CSV have in common."""

from typing import Any

from polarity.comparison import Pair, decided_by, kind
from polarity.report.content import Report
from polarity.stored import finite, outcome_object, raw_object
from polarity.types import Answer, Decision, Result


def pair_object(pair: Pair, report: Report) -> dict[str, Any]:
    """Everything about one pair; the contract is the report's and not repeated."""
    return {
        "id": pair.id,
        "text": pair.text,
        "gold": pair.gold,
        "kind": kind(pair),
        "left": _answer_object(pair.left, report.left.backend),
        "right": _answer_object(pair.right, report.right.backend) | _repeats(pair),
        "decision": decision_object(pair.result),
    } | ({"columns": dict(pair.columns)} if pair.columns else {})


def _repeats(pair: Pair) -> dict[str, Any]:
    """What the right side said when it was asked again; the key stands where it was."""
    return {"repeats": [raw_object(answer.raw) for answer in pair.repeats]} if pair.repeats else {}


def _answer_object(answer: Answer, backend: str) -> dict[str, Any]:
    return {"backend": backend} | outcome_object(answer.outcome) | {"raw": raw_object(answer.raw)}


def decision_object(result: Result) -> dict[str, Any]:
    """One decision; without a label, `decided_by` is "undecided:<reason>" and `detail` says more."""
    if isinstance(result, Decision):
        confidence = finite(result.confidence)
        return {"label": result.label, "decided_by": result.decided_by, "confidence": confidence}
    return {"label": None, "decided_by": decided_by(result), "confidence": None, "detail": result.detail}
