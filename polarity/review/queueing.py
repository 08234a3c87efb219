"""From what was decided since the last time: a round of decisions for people to read."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from polarity.review.drawing import Candidate, draw, own_number, weight_of
from polarity.review.reasons import reason_of, teaches
from polarity.review.voices import candidates_voices, voices_of
from polarity.settings import ReviewSettings
from polarity.store import Desk, Drawable, Round, Selection, Store, drawable, opened

MOST_SEEN: Final = 100_000  # decisions of one round, the newest: a page waits for it
OPENED: Final = 500  # decisions that are opened at once
DRAWING, READERS = 0, 1  # two numbers of each text, independent of each other


def draw_round(desk: Desk, labels: Sequence[str], settings: ReviewSettings) -> Round | None:
    """Draw what people are to read of the decisions since the last round; None where there is nothing new.

    `labels` are the contract's. At most the newest `MOST_SEEN` decisions are looked at. Of a decision without
    its text nobody could say anything: it is not among those seen.

    Raises:
        StoreError: the store cannot be read or written.
    """
    newest = desk.newest_id()
    after = max(desk.drawn_upto(), newest - MOST_SEEN)
    named = drawable(desk.store, after, newest)
    seen = sorted((own_number(one.request_id, one.index, DRAWING), one) for one in named)
    found = draw(_candidates(desk.store, seen, newest, labels, settings), settings.most)
    if not found.drawn:
        return None  # what was seen is seen again next time, together with what has come
    made = Round(
        id=0,
        drawn_at=datetime.now(UTC),
        after_id=after,
        upto_id=newest,
        seen=len(seen),
        threshold=found.threshold,
    )
    rows = [
        Selection(one.decision_id, one.reason, one.weight, one.priority, one.readers) for one in found.drawn
    ]
    return desk.add_round(made, rows)


def _candidates(
    store: Store,
    seen: Sequence[tuple[float, Drawable]],
    newest: int,
    labels: Sequence[str],
    settings: ReviewSettings,
) -> Iterator[Candidate]:
    """Open decisions in the order of their numbers, some at a time and only as many as are asked for."""
    for at in range(0, len(seen), OPENED):
        some = seen[at : at + OPENED]
        texts = opened(store, [one for _, one in some], newest)
        for u, one in some:
            if one.id not in texts:
                continue  # purged in between
            decision, others = texts[one.id]
            voices, beside = voices_of(decision), candidates_voices(others)
            reason = reason_of(
                decision.label, decision.confidence, voices, beside, unsure_below=settings.unsure_below
            )
            weight = weight_of(reason, teaches([*voices, *beside], labels), settings.audit_share)
            other = own_number(one.request_id, one.index, READERS)
            yield Candidate(decision.id, reason, weight, u, readers=2 if other <= settings.read_twice else 1)
