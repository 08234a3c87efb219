"""From what was decided since the last time: a round of decisions for people to read."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from polarity.review.drawing import Candidate, draw, own_number, weight_of
from polarity.review.reasons import reason_of, teaches
from polarity.review.voices import candidates_voices, voices_of
from polarity.settings import ReviewSettings
from polarity.store import PRIMARY, Desk, Round, Selection, StoredDecision

MOST_SEEN: Final = 100_000  # decisions of one round, the newest: a page waits for it
PENDING: Final = 10_000  # texts that wait for a candidate's decision, which comes behind the caller's
DRAWING, READERS = 0, 1  # two numbers of each text, independent of each other

Text = tuple[StoredDecision, Sequence[StoredDecision]]  # the caller's decision, and what candidates decided


def draw_round(desk: Desk, labels: Sequence[str], settings: ReviewSettings) -> Round | None:
    """Draw what people are to read of the decisions since the last round; None where there is nothing new.

    `labels` are the contract's. At most the newest `MOST_SEEN` decisions are looked at. Of a decision without
    its text nobody could say anything: it is not among those seen.

    Raises:
        StoreError: the store cannot be read or written.
    """
    newest = desk.newest_id()
    after = max(desk.drawn_upto(), newest - MOST_SEEN)
    decisions = desk.store.decisions(after=after)
    texts = together(one for one in decisions if one.id <= newest)
    found = draw(_candidates(texts, labels, settings), settings.most)
    if not found.drawn:
        return None  # what was seen is seen again next time, together with what has come
    made = Round(
        id=0,
        drawn_at=datetime.now(UTC),
        after_id=after,
        upto_id=newest,
        seen=found.seen,
        threshold=found.threshold,
    )
    rows = [
        Selection(one.decision_id, one.reason, one.weight, one.priority, one.readers) for one in found.drawn
    ]
    return desk.add_round(made, rows)


def together(decisions: Iterable[StoredDecision]) -> Iterator[Text]:
    """Put to each caller's decision what candidates decided of the same text; all come by their ids."""
    pending: OrderedDict[tuple[str, int], list[StoredDecision]] = OrderedDict()
    for one in decisions:
        pending.setdefault((one.request_id, one.index), []).append(one)
        if len(pending) > PENDING:
            yield from _text(pending.popitem(last=False)[1])
    for sides in pending.values():
        yield from _text(sides)


def _text(sides: Sequence[StoredDecision]) -> Iterator[Text]:
    """Tell the caller's decision from candidates'; without it, its text belongs to another round."""
    others = [one for one in sides if one.side != PRIMARY]
    yield from ((one, others) for one in sides if one.side == PRIMARY)


def _candidates(
    texts: Iterable[Text], labels: Sequence[str], settings: ReviewSettings
) -> Iterator[Candidate]:
    for decision, others in texts:
        if decision.text is None:
            continue
        voices, beside = voices_of(decision), candidates_voices(others)
        reason = reason_of(
            decision.label, decision.confidence, voices, beside, unsure_below=settings.unsure_below
        )
        weight = weight_of(reason, teaches([*voices, *beside], labels), settings.audit_share)
        u, other = (own_number(decision.request_id, decision.index, seed) for seed in (DRAWING, READERS))
        yield Candidate(decision.id, reason, weight, u, readers=2 if other <= settings.read_twice else 1)
