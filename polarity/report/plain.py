"""Pairs as plain values: what JSON and CSV have in common."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from polarity.comparison import Pair, decided_by, kind
from polarity.report.content import Report
from polarity.types import (
    Abstention,
    Answer,
    Decision,
    Failure,
    Outcome,
    RawOutput,
    Result,
    Unmapped,
    Usage,
    Verdict,
)


def pair_object(pair: Pair, report: Report) -> dict[str, Any]:
    """Everything about one pair; the contract is the report's and not repeated."""
    return {
        "id": pair.id,
        "text": pair.text,
        "gold": pair.gold,
        "kind": kind(pair),
        "left": _answer_object(pair.left, report.left.backend),
        "right": _answer_object(pair.right, report.right.backend),
        "decision": decision_object(pair.result),
    }


def _answer_object(answer: Answer, backend: str) -> dict[str, Any]:
    return {"backend": backend} | outcome_object(answer.outcome) | {"raw": raw_object(answer.raw)}


def outcome_object(outcome: Outcome) -> dict[str, Any]:
    """One outcome with the same keys whatever it is; what does not apply is None.

    >>> outcome_object(Failure(reason="timeout"))["kind"]
    'failure'
    """
    mapped = None if isinstance(outcome, Failure) else outcome
    return {
        "kind": type(outcome).__name__.lower(),
        "label": outcome.label if isinstance(outcome, Verdict) else None,
        "rule": outcome.rule if isinstance(outcome, Verdict | Abstention) else None,
        "reason": outcome.reason if isinstance(outcome, Unmapped | Failure) else None,
        "span": mapped.span._asdict() if mapped and mapped.span else None,
        "scores": _numbers(outcome.scores) if isinstance(outcome, Verdict) and outcome.scores else None,
        "coverage": _number(mapped.coverage) if mapped else None,
    }


def raw_object(raw: RawOutput) -> dict[str, Any]:
    """One raw output with all its fields: enough to map it again by another contract.

    >>> raw_object(Failure(reason="timeout"))
    {'kind': 'failure', 'reason': 'timeout', 'detail': ''}
    """
    values = {field.name: _plain(getattr(raw, field.name)) for field in fields(raw)}
    return {"kind": type(raw).__name__.lower()} | values


def _plain(value: Any) -> Any:
    match value:
        case Usage():
            return value._asdict()
        case Mapping():
            return _numbers(value)
        case _:
            return value


def decision_object(result: Result) -> dict[str, Any]:
    """One decision; without a label, `decided_by` is "undecided:<reason>" and `detail` says more."""
    if isinstance(result, Decision):
        confidence = _number(result.confidence)
        return {"label": result.label, "decided_by": result.decided_by, "confidence": confidence}
    return {"label": None, "decided_by": decided_by(result), "confidence": None, "detail": result.detail}


def _number(value: float | None) -> float | None:
    """JSON has neither infinity nor NaN: such a number becomes null."""
    return value if value is not None and math.isfinite(value) else None


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in values.items()}
