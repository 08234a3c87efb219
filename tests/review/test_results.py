"""What comes of a review, over a real store: estimates that know how their rows were chosen."""

import numpy as np
import pytest

from polarity.review.queueing import draw_round
from polarity.review.results import Results, results
from polarity.settings import ReviewSettings
from polarity.store import CANNOT_TELL, Desk, Store
from polarity.types import Decision
from tests.store.helpers import recorded

from .helpers import LABELS, agreed, asked, bert, both, candidate, llm

ALL = ReviewSettings(audit_share=1.0, read_twice=0.0)


def _read(desk: Desk, verdicts: dict[str, str], reviewer: str = "ana") -> Results:
    """Have somebody say what a text's request is to be labelled, of all that waits."""
    for one in desk.waiting(reviewer, 1_000):
        if one.decision.request_id in verdicts:
            desk.say(one.decision.id, reviewer=reviewer, verdict=verdicts[one.decision.request_id])
    return results(desk.read(), desk.thresholds(), LABELS)


def _accuracy(found: Results) -> dict[str, float]:
    return {side.name: side.accuracy.value for side in found.sides}


def test_each_side_is_held_against_what_people_say(store: Store) -> None:
    """The decision, each backend that was asked, and a candidate; what states no label is wrong."""
    recorded(
        store,
        asked(0, both(bert("POSITIVE"), llm("NEGATIVE"), "NEGATIVE")),
        candidate(0, "NEUTRAL"),
        asked(1, both(bert("POSITIVE"), llm(None))),
    )
    desk = Desk(store)
    draw_round(desk, LABELS, ALL)
    found = _read(desk, {"pol-0": "NEGATIVE", "pol-1": "POSITIVE"})
    assert {"decision": 1.0, "bert": 0.5, "llm": 0.5, "next": 0.0} == _accuracy(found)
    gaps = {(gap.first, gap.second): gap.accuracy.value for gap in found.gaps}
    assert (-0.5, 0.0) == (gaps["bert", "decision"], gaps["llm", "bert"])
    assert (2, 2, 2, 0) == (found.read, found.used, found.settled, found.contested)


def test_who_decides_alone_differs_from_nothing(store: Store) -> None:
    """Its label is the decision: what would be compared is one answer with itself."""
    alone = Decision(label="POSITIVE", decided_by="bert", answers={"bert": bert("POSITIVE")})
    recorded(store, asked(0, alone), candidate(0, "NEUTRAL"))
    desk = Desk(store)
    draw_round(desk, LABELS, ALL)
    found = _read(desk, {"pol-0": "POSITIVE"})
    assert {"decision": 1.0, "bert": 1.0, "next": 0.0} == _accuracy(found)
    assert [("next", "decision")] == [(gap.first, gap.second) for gap in found.gaps]


def test_where_people_differ_each_ones_word_counts_alike(store: Store) -> None:
    """Until somebody has settled it; "cannot tell" is no label, and such a row says nothing of a side."""
    recorded(store, agreed(0), agreed(1))
    desk = Desk(store)
    draw_round(desk, LABELS, ReviewSettings(audit_share=1.0, read_twice=1.0))
    _read(desk, {"pol-0": "POSITIVE", "pol-1": CANNOT_TELL}, "ana")
    found = _read(desk, {"pol-0": "NEGATIVE", "pol-1": CANNOT_TELL}, "ben")
    assert (1, 1, 1) == (found.contested, found.settled, found.cannot_tell)
    assert 0.5 == _accuracy(found)["decision"]
    assert [2] == [two.raw.n for two in found.agreement]
    desk.say(1, reviewer="cleo", verdict="POSITIVE", kind="adjudication")
    settled = results(desk.read(), desk.thresholds(), LABELS)
    assert (0, 1.0) == (settled.contested, _accuracy(settled)["decision"])


def test_what_stands_behind_an_unread_row_is_not_used(store: Store) -> None:
    """Only the stretch that was read from the front is known to be a sample."""
    recorded(store, *(agreed(at) for at in range(6)))
    desk = Desk(store)
    draw_round(desk, LABELS, ALL)
    order = [one.decision.id for one in desk.waiting("ana", 10)]
    for number in (*order[:2], order[4]):
        desk.say(number, reviewer="ana", verdict="POSITIVE")
    found = results(desk.read(), desk.thresholds(), LABELS)
    assert (3, 2) == (found.read, found.used)


def test_nothing_was_read() -> None:
    """No figure is better than a made-up one."""
    found = results([], {}, LABELS)
    assert (0, [], [], []) == (found.read, found.sides, found.gaps, found.doubts)


def test_a_label_that_is_likely_wrong_is_named(store: Store) -> None:
    """People's labels are held against BERT's probabilities; the surest contradiction stands first."""
    recorded(store, *(agreed(at, "POSITIVE" if at % 2 else "NEGATIVE", 0.9) for at in range(20)))
    desk = Desk(store)
    draw_round(desk, LABELS, ALL)
    verdicts = {f"pol-{at}": "POSITIVE" if at % 2 else "NEGATIVE" for at in range(20)} | {"pol-3": "NEGATIVE"}
    (doubt,) = _read(desk, verdicts).doubts
    assert ("text 3", "NEGATIVE", "POSITIVE") == (doubt.text, doubt.label, doubt.likely)


@pytest.mark.slow
def test_the_estimate_is_of_all_decisions_and_not_of_those_read(store: Store) -> None:
    """Of 1,500 decisions a tenth is disputed and mostly wrong, the rest mostly right.

    Those that are read are wrong more often than all; the estimate is not, and its interval holds the truth.
    """
    random = np.random.default_rng(7)
    disputed = random.random(1_500) < 0.1
    right = np.where(disputed, random.random(1_500) < 0.3, random.random(1_500) < 0.96)
    entries = [
        asked(at, both(bert("POSITIVE", 0.5), llm("NEGATIVE"))) if odd else agreed(at)
        for at, odd in enumerate(disputed)
    ]
    recorded(store, *entries)
    desk = Desk(store)
    draw_round(desk, LABELS, ReviewSettings(audit_share=0.1, most=200, read_twice=0.0))
    truth = {f"pol-{at}": "POSITIVE" if good else "NEUTRAL" for at, good in enumerate(right)}
    found = _read(desk, truth)
    side = next(side for side in found.sides if side.name == "decision")
    rows = list(desk.read())
    plain = np.mean([truth[row.decision.request_id] == "POSITIVE" for row in rows])
    assert 200 == len(rows)
    assert plain < right.mean() - 0.1
    assert side.accuracy.low <= right.mean() <= side.accuracy.high
