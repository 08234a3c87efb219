"""Which decisions of a store are drawn for people to read, why, and with what probability."""

from typing import Any

import numpy as np
import pytest

from polarity.review import queueing
from polarity.review.queueing import draw_round
from polarity.settings import ReviewSettings
from polarity.store import Desk, Recorder, Store, drawable, opened
from polarity.store.tables import ROUNDS, SELECTIONS
from polarity.types import Answer, Undecided, Unmapped
from tests.store.helpers import CONTRACT, recorded

from .helpers import LABELS, agreed, asked, bert, both, candidate, llm

NONE_OF_THE_REST = ReviewSettings(audit_share=0.0)
ALL = ReviewSettings(audit_share=1.0)


def _drawn(desk: Desk) -> dict[str, str]:
    """The requests that were drawn, and why."""
    return {one.decision.request_id: one.selection.reason for one in desk.waiting("ana", 1_000)}


def test_each_reason_is_found(store: Store) -> None:
    """A flip, a disagreement, what is unreadable, unmapped or unsure; the rest is audited."""
    blind = Unmapped(reason="unreadable", contract=CONTRACT)
    unreadable = Undecided(
        reason="unreadable", detail="", answers={"bert": Answer(bert("POSITIVE").raw, blind)}
    )
    recorded(
        store,
        agreed(0),
        candidate(0, "NEGATIVE"),
        asked(1, both(bert("POSITIVE"), llm("NEGATIVE"))),
        asked(2, unreadable, error="text_unreadable"),
        asked(3, both(bert("POSITIVE"), llm(None))),
        agreed(4, p=0.5),
        agreed(5),
        agreed(6),
        candidate(6, "POSITIVE"),
    )
    desk = Desk(store)
    made = draw_round(desk, LABELS, ALL)
    assert made
    assert (7, 1.0) == (made.seen, made.threshold)
    reasons = ["flip", "disagreement", "unreadable", "unmapped", "low_confidence", "audit", "audit"]
    assert {f"pol-{at}": reason for at, reason in enumerate(reasons)} == _drawn(desk)


def test_what_is_unsuspected_is_drawn_by_its_share_only(store: Store) -> None:
    """Without a share of the rest, agreement is never read: and nothing can be said of it."""
    differ = [asked(at, both(bert("POSITIVE", 0.34), llm("NEGATIVE"))) for at in range(30, 40)]
    recorded(store, *(agreed(at) for at in range(30)), *differ)
    desk = Desk(store)
    assert draw_round(desk, LABELS, NONE_OF_THE_REST)
    assert {"disagreement"} == set(_drawn(desk).values())


def test_the_next_round_begins_where_the_last_one_ended(store: Store) -> None:
    """Nothing is drawn twice, and nothing new is no round."""
    desk = Desk(store)
    assert draw_round(desk, LABELS, ALL) is None
    recorded(store, agreed(0))
    first = draw_round(desk, LABELS, ALL)
    assert draw_round(desk, LABELS, ALL) is None
    recorded(store, agreed(1))
    second = draw_round(desk, LABELS, ALL)
    assert first
    assert second
    assert (first.upto_id, 1) == (second.after_id, second.seen)


def test_what_was_seen_without_a_find_is_seen_again(store: Store) -> None:
    """A round has rows to read; what is in none belongs to the next one."""
    recorded(store, *(agreed(at) for at in range(5)))
    desk = Desk(store)
    assert draw_round(desk, LABELS, NONE_OF_THE_REST) is None
    differ = [asked(at, both(bert("POSITIVE", 0.34), llm(None))) for at in range(5, 15)]
    recorded(store, *differ)
    made = draw_round(desk, LABELS, NONE_OF_THE_REST)
    assert made
    assert 15 == made.seen


def test_a_full_round_has_a_threshold(store: Store) -> None:
    """The first of the queue are kept, and their probabilities follow from the first that was not."""
    recorded(store, *(agreed(at) for at in range(40)))
    desk = Desk(store)
    made = draw_round(desk, LABELS, ReviewSettings(audit_share=1.0, most=10))
    assert made
    priorities = [one.selection.priority for one in desk.waiting("ana", 100)]
    assert (10, True) == (len(priorities), min(priorities) > made.threshold > 1)
    assert sorted(priorities, reverse=True) == priorities


def test_without_a_text_there_is_nothing_to_read(store: Store) -> None:
    """Where the store keeps hashes only, nothing is drawn."""
    recorder = Recorder(store, texts="hash")
    recorder.record(agreed(0))
    recorder.close(60)
    assert draw_round(Desk(store), LABELS, ALL) is None


@pytest.mark.parametrize(("share", "expected"), [(0.0, {1}), (1.0, {2})])
def test_a_share_is_read_by_two(store: Store, share: float, expected: set[int]) -> None:
    """None, or all; which of them is theirs for good."""
    recorded(store, *(agreed(at) for at in range(10)))
    desk = Desk(store)
    draw_round(desk, LABELS, ReviewSettings(audit_share=1.0, read_twice=share))
    assert expected == {one.selection.readers for one in desk.waiting("ana", 100)}


@pytest.mark.slow
def test_decisions_are_drawn_as_often_as_their_weight_says(store: Store) -> None:
    """Of 2,000 that nobody suspects, the share that the settings say, within what chance does."""
    recorded(store, *(agreed(at) for at in range(2_000)))
    desk = Desk(store)
    draw_round(desk, LABELS, ReviewSettings(audit_share=0.1, most=1_000))
    n = desk.counts("ana").drawn
    assert abs(n - 200) < 4 * np.sqrt(2_000 * 0.1 * 0.9), n


def test_a_candidates_decision_finds_its_text(store: Store) -> None:
    """However much was written in between; one whose text was of the last round is left out."""
    recorded(store, agreed(0))
    desk = Desk(store)
    draw_round(desk, LABELS, ALL)
    recorded(store, agreed(1), agreed(2), candidate(0, "NEGATIVE"), candidate(1, "NEGATIVE"))
    made = draw_round(desk, LABELS, ALL)
    assert made
    assert 2 == made.seen
    assert {"pol-0": "audit", "pol-1": "flip", "pol-2": "audit"} == _drawn(desk)


def test_a_full_round_is_what_all_decisions_would_give(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are not opened could not have been drawn: only where all are is that known for sure."""
    unsure = [asked(at, both(bert("POSITIVE", 0.34 + at / 1000), llm("NEGATIVE"))) for at in range(100)]
    recorded(store, *unsure, *(agreed(at) for at in range(100, 400)))
    named = drawable(store, 0, 400)
    asked_for: list[int] = []

    def noted(*given: Any) -> Any:
        asked_for.extend(one.id for one in given[1])
        return opened(*given)

    monkeypatch.setattr(queueing, "opened", noted)
    monkeypatch.setattr(queueing, "OPENED", 10)
    few, every = (ReviewSettings(most=most) for most in (5, 400))
    desk = Desk(store)
    made = draw_round(desk, LABELS, few)
    first = desk.waiting("ana", 400)
    assert made
    assert len(asked_for) < len(named) == made.seen == 400
    with store.writing() as connection:
        connection.execute(SELECTIONS.delete())
        connection.execute(ROUNDS.delete())
    draw_round(desk, LABELS, every)
    priorities = [one.selection.priority for one in desk.waiting("ana", 400)]
    assert priorities[:5] == [one.selection.priority for one in first]
    assert priorities[5] == made.threshold
