"""Stored decisions -> voices: what each of those that were asked of a text says of its label."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from polarity.store import StoredDecision

Kind = Literal["verdict", "abstention", "unmapped", "unreadable"]


class Voice(NamedTuple):
    """What one side says: `label`, with scores where it has them; or `kind` says why there is none."""

    name: str
    kind: Kind
    label: str | None = None
    scores: Mapping[str, float] | None = None


def voices_of(decision: StoredDecision) -> list[Voice]:
    """Give what each backend says. One that failed has said nothing, and no label would teach it anything."""
    return [
        _voice(name, outcome) for name, outcome in decision.outcomes.items() if outcome["kind"] != "failure"
    ]


def _voice(name: str, outcome: Mapping[str, Any]) -> Voice:
    match outcome["kind"]:
        case "verdict":
            return Voice(name, "verdict", outcome["label"], outcome["scores"])
        case "unmapped" if outcome["reason"] == "unreadable":
            return Voice(name, "unreadable")
        case "unmapped":
            return Voice(name, "unmapped")
        case _:
            return Voice(name, "abstention")


def candidates_voices(candidates: Sequence[StoredDecision]) -> list[Voice]:
    """Give what each candidate decided; one that failed has said nothing."""
    voices = []
    for one in candidates:
        if one.label is not None:
            voices.append(Voice(one.side, "verdict", one.label, one.scores))
        elif said := voices_of(one):
            voices.append(said[0]._replace(name=one.side))
    return voices
