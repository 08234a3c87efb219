"""What the page `/review` is given of rows, of what people said, and of proposed lines."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polarity.store import Queued, Review


def row_view(one: "Queued", *, is_blind: bool) -> dict[str, Any]:
    """Give a row as the page shows it: to who is blind, the text and nothing of what machines say."""
    decision = one.decision
    shown = {"decision": decision.id, "text": decision.text, "language": decision.language}
    if is_blind:
        return shown
    sides = [_side(name, outcome, decision.raws[name]) for name, outcome in decision.outcomes.items()]
    sides += [{"name": other.side, "kind": "candidate", "label": other.label} for other in one.candidates]
    return shown | {
        "reason": one.selection.reason,
        "label": decision.label,
        "confidence": decision.confidence,
        "decided_by": decision.decided_by,
        "answered_at": decision.answered_at.isoformat(),
        "sides": sides,
    }


def _side(name: str, outcome: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    label = outcome.get("label")
    return {
        "name": name,
        "kind": outcome["kind"],
        "label": label,
        "why": outcome.get("reason") or outcome.get("rule"),
        "score": (outcome.get("scores") or {}).get(label),
        "said": raw.get("text"),
    }


def reviews_view(reviews: Sequence["Review"]) -> dict[str, Any]:
    """Give what people said of a row."""
    said = ("reviewer", "verdict", "mapping_wrong", "note", "kind")
    return {"reviews": [{name: getattr(one, name) for name in said} for one in reviews]}


def suggestion_view(one: Any) -> dict[str, Any]:
    """Give a form of answers, and the lines that would read it."""
    return {
        "form": one.group.form,
        "answers": len(one.group.members),
        "lines": [line._asdict() for line in one.lines],
        "refused": one.is_refused,
    }
