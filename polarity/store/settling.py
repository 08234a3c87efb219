"""What several people said of one decision -> what holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

CANNOT_TELL: Final = "cannot_tell"  # the verdict of who finds no label right, or cannot say which is
Kind = Literal["review", "adjudication"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What one person said of one decision: a label as `verdict`, or "cannot_tell".

    `mapping_wrong`: the answer was read as something that it does not say. `blind`: the machines' answers
    were not shown.
    """

    id: int
    decision_id: int
    reviewer: str
    verdict: str
    mapping_wrong: bool
    note: str
    blind: bool
    kind: Kind
    reviewed_at: datetime


class Settled(NamedTuple):
    """What holds of a decision: `verdict` is None while people differ and nobody has settled it.

    `shares` says how much each label counts: all, or, of those who differ, each one's word alike; nothing
    where nobody could tell.
    """

    verdict: str | None
    by: Literal["adjudication", "agreement", "one"] | None
    shares: Mapping[str, float]
    mapping_wrong: bool


def settled(reviews: Sequence[Review]) -> Settled:
    """Give what holds: the adjudication, else what all who have read it say.

    The later of two adjudications counts. The mapping is wrong where the adjudication says so, or, without
    one, anybody.

    >>> from datetime import UTC
    >>> one = Review(
    ...     id=1, decision_id=7, reviewer="ana", verdict="POSITIVE", mapping_wrong=False, note="",
    ...     blind=False, kind="review", reviewed_at=datetime(2026, 11, 26, tzinfo=UTC),
    ... )
    >>> settled([one]).verdict, settled([one]).by
    ('POSITIVE', 'one')
    """
    last = [one for one in reviews if one.kind == "adjudication"]
    counted = sorted(last, key=lambda one: one.id)[-1:] or list(reviews)
    verdicts = [one.verdict for one in counted]
    labels = [verdict for verdict in verdicts if verdict != CANNOT_TELL]
    shares = {label: labels.count(label) / len(labels) for label in sorted(set(labels))}
    wrong = any(one.mapping_wrong for one in counted)
    if len(set(verdicts)) != 1:
        return Settled(None, None, shares, wrong)
    by: Literal["adjudication", "agreement", "one"] = (
        "adjudication" if last else "agreement" if len(counted) > 1 else "one"
    )
    return Settled(verdicts[0], by, shares, wrong)
