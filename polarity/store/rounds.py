"""What is drawn for people to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from polarity.store.entries import StoredDecision
from polarity.store.settling import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One drawing: of the decisions with ids in (`after_id`, `upto_id`], of which `seen` have a text.

    Every row with a priority over `threshold` was drawn.
    """

    id: int
    drawn_at: datetime
    after_id: int
    upto_id: int
    seen: int
    threshold: float


class Selection(NamedTuple):
    """Why a decision was drawn, by what weight, its place in the queue, and how many are to read it."""

    decision_id: int
    reason: str
    weight: float
    priority: float
    readers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A decision that was drawn, those of candidates for the same text, and what people said of it so far."""

    round_id: int
    selection: Selection
    decision: StoredDecision
    candidates: Sequence[StoredDecision]
    reviews: Sequence[Review]


class Counts(NamedTuple):
    """How many decisions were drawn, were read by anybody, wait for a reader, and are contested."""

    drawn: int
    read: int
    waiting: int
    contested: int
