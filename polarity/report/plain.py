"""Decisions as plain values: what JSON, CSV and Markdown have in common."""

from typing import Any

from polarity.comparison import decided_by
from polarity.stored import finite
from polarity.types import Decision, Result


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
