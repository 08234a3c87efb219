"""Rounds, the queue, and what people say, over a real store."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from polarity.errors import StoreError
from polarity.store import Desk, Round, Selection, Store, reviewing
from polarity.store.tables import DECISIONS
from tests.store.helpers import NOON, decided, entry, recorded


def _round(after: int, upto: int, threshold: float = 1.0) -> Round:
    return Round(id=0, drawn_at=NOON, after_id=after, upto_id=upto, seen=upto - after, threshold=threshold)


@pytest.fixture
def desk(store: Store) -> Desk:
    """Four decisions, three of which were drawn; the second needs two readers."""
    recorded(store, *(entry(at) for at in range(4)))
    found = Desk(store)
    drawn = [
        Selection(1, "flip", 1.0, 9.0, 1),
        Selection(2, "unmapped", 0.8, 5.0, 2),
        Selection(4, "audit", 0.02, 2.0, 1),
    ]
    assert found.add_round(_round(0, 4), drawn)
    return found


def _waiting(desk: Desk, reviewer: str, **how: object) -> list[int]:
    return [one.decision.id for one in desk.waiting(reviewer, 10, **how)]  # type: ignore[arg-type]


def test_the_queue_goes_by_priority(desk: Desk) -> None:
    """The first of it first, with its text and why it is there; what others are reading is passed by."""
    first = desk.waiting("ana", 1)[0]
    assert ("text 0", "flip", ()) == (first.decision.text, first.selection.reason, tuple(first.reviews))
    assert [1, 2, 4] == _waiting(desk, "ana")
    assert [2, 4] == _waiting(desk, "ana", passing=[1])


def test_what_has_its_readers_waits_no_more(desk: Desk) -> None:
    """One label is enough for a row that one person reads; nobody is asked the same twice."""
    desk.say(1, reviewer="ana", verdict="POSITIVE")
    desk.say(2, reviewer="ana", verdict="POSITIVE")
    assert [4] == _waiting(desk, "ana")
    assert [2, 4] == _waiting(desk, "ben")
    desk.say(2, reviewer="ben", verdict="POSITIVE")
    assert [4] == _waiting(desk, "cleo")
    assert (3, 2, 1, 0) == desk.counts("cleo")


def test_a_newer_round_is_read_first(desk: Desk) -> None:
    """What came since is what people are asked about, whatever was left of the last time."""
    recorded(desk.store, entry(5))
    assert desk.add_round(_round(4, 5), [Selection(5, "flip", 0.1, 1.1, 1)])
    assert [5, 1, 2, 4] == _waiting(desk, "ana")


def test_of_two_that_draw_at_once_one_does(store: Store) -> None:
    """Nobody reads anything twice since two pages were opened: the other draws nothing."""
    recorded(store, *(entry(at) for at in range(4)))
    made = [(Desk(store), _round(0, 4), [Selection(1, "flip", 1.0, 9.0, 1)])] * 4
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: one[0].add_round(one[1], one[2]), made))
    assert 1 == sum(one is not None for one in found)
    assert [4] == [one.upto_id for one in Desk(store).rounds()]


def test_a_double_click_is_one_review(desk: Desk) -> None:
    """Said twice alike it is said once, also by two requests that arrive at once."""

    def click(_: int) -> int:
        return desk.say(1, reviewer="ana", verdict="POSITIVE", note="fine").id

    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(click, range(8)))
    assert 1 == len(numbers)
    (found,) = desk.read()
    assert ["POSITIVE"] == [one.verdict for one in found.reviews]


def test_who_says_something_else_has_changed_their_mind(desk: Desk) -> None:
    """The later word counts; the earlier one stays in the table, taken back."""
    desk.say(1, reviewer="ana", verdict="POSITIVE")
    desk.say(1, reviewer="ana", verdict="NEGATIVE", mapping_wrong=True)
    (found,) = desk.read()
    assert [("NEGATIVE", True)] == [(one.verdict, one.mapping_wrong) for one in found.reviews]


def test_two_people_at_once_are_both_heard(desk: Desk) -> None:
    """Two reviewers who label the same row at the same moment have each said their own."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: desk.say(2, reviewer=name, verdict=name.upper()), ["ana", "ben"]))
    (found,) = desk.contested(5)
    assert {("ana", "ANA"), ("ben", "BEN")} == {(one.reviewer, one.verdict) for one in found.reviews}


def test_what_is_undone_waits_again(desk: Desk) -> None:
    """Once: a second click on undo takes nothing else back, and nobody takes back what another said."""
    said = desk.say(1, reviewer="ana", verdict="POSITIVE")
    assert not desk.undo(said.id, "ben")
    assert desk.undo(said.id, "ana")
    assert not desk.undo(said.id, "ana")
    assert [1, 2, 4] == _waiting(desk, "ana")
    assert desk.last_of("ana") is None


def test_an_adjudication_settles_for_good(desk: Desk) -> None:
    """Once somebody has settled what two differ about it is contested no more, and nobody else settles it."""
    desk.say(2, reviewer="ana", verdict="POSITIVE")
    desk.say(2, reviewer="ben", verdict="NEGATIVE")
    assert [2] == [one.decision.id for one in desk.contested(5)]
    desk.say(2, reviewer="cleo", verdict="NEGATIVE", kind="adjudication")
    assert [] == desk.contested(5)
    with pytest.raises(StoreError, match="decision 2 was settled by 'cleo' already"):
        desk.say(2, reviewer="ana", verdict="POSITIVE", kind="adjudication")


def test_what_was_not_drawn_cannot_be_labelled(desk: Desk) -> None:
    """A label of it would have no known probability."""
    with pytest.raises(StoreError, match="decision 3 was not drawn for review"):
        desk.say(3, reviewer="ana", verdict="POSITIVE")
    assert desk.found(3) is None


def test_what_was_purged_takes_its_labels_along(desk: Desk) -> None:
    """Who may not keep a text keeps nothing that was said of it."""
    desk.say(1, reviewer="ana", verdict="POSITIVE")
    with desk.store.writing() as connection:
        connection.execute(sa.delete(DECISIONS).where(DECISIONS.c.id == 1))
    assert [2, 4] == _waiting(desk, "ben")
    assert [] == list(desk.read())


def test_the_threshold_is_the_first_row_that_nobody_has_read(desk: Desk) -> None:
    """Down to it everything was read; a round that nobody has begun has none."""
    assert {} == desk.thresholds()
    desk.say(1, reviewer="ana", verdict="POSITIVE")
    assert {1: 5.0} == desk.thresholds()
    desk.say(4, reviewer="ana", verdict="POSITIVE")
    assert {1: 5.0} == desk.thresholds()
    desk.say(2, reviewer="ana", verdict="POSITIVE")
    assert {1: 1.0} == desk.thresholds()


def test_a_candidates_decision_comes_along(store: Store) -> None:
    """What was asked behind the caller's decision is shown beside it, of the same text only."""
    batch = [entry(0, index=at, text=f"part {at}") for at in range(2)]
    beside = entry(0, index=1, text="part 1", side="next", result=decided("NEGATIVE"))
    recorded(store, *batch, beside)
    desk = Desk(store)
    desk.add_round(_round(0, 3), [Selection(at, "flip", 1.0, 9.0 - at, 1) for at in (1, 2)])
    shown = {one.decision.text: [other.label for other in one.candidates] for one in desk.waiting("ana", 9)}
    assert {"part 0": [], "part 1": ["NEGATIVE"]} == shown


@pytest.fixture
def many(store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """More decisions than go into one statement, all drawn and read."""
    monkeypatch.setattr(reviewing, "MOST_AT_ONCE", 10)
    recorded(store, *(entry(at) for at in range(22)))
    desk = Desk(store)
    desk.add_round(_round(0, 22), [Selection(at, "audit", 0.5, 1.0 + at, 1) for at in range(1, 23)])
    for at in range(1, 23):
        desk.say(at, reviewer="ana", verdict="POSITIVE")
    return desk


def test_more_than_one_page_is_read_whole(many: Desk) -> None:
    """Each decision once, in the order of their ids; a range of times takes its own."""
    assert list(range(1, 23)) == [one.decision.id for one in many.read()]
    some = [
        one.decision.answered_at for one in many.read(since=NOON, until=many.store.those()[10].answered_at)
    ]
    assert 10 == len(some)
