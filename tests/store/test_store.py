"""What lies in a store comes out of it in order, in pages, and by what is asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from polarity.store import PRIMARY, Store
from polarity.store import store as module
from polarity.types import Model
from tests.store.helpers import NOON, SETUP, decided, entry, recorded


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)


def test_decisions_come_in_order(store: Store) -> None:
    """Every one once, in the order of writing, over as many pages as there are."""
    recorded(store, *(entry(at) for at in range(8)))
    found = list(store.decisions())
    assert [f"pol-{at}" for at in range(8)] == [one.request_id for one in found]
    assert sorted({one.id for one in found}) == [one.id for one in found]


@pytest.mark.parametrize("limit", [0, 1, 3, 4, 9])
def test_decisions_have_a_limit(store: Store, limit: int) -> None:
    """No more come than are asked for, and reading goes on behind the last."""
    recorded(store, *(entry(at) for at in range(8)))
    first = list(store.decisions(limit=limit))
    rest = list(store.decisions(after=first[-1].id if first else 0))
    assert [f"pol-{at}" for at in range(8)] == [one.request_id for one in (*first, *rest)]
    assert min(limit, 8) == len(first)


def test_decisions_of_a_time(store: Store) -> None:
    """From a time on, and up to one that is not in it; whatever order they were written in."""
    recorded(store, *(entry(at) for at in (5, 1, 4, 0, 2, 3)))
    since, until = NOON + timedelta(seconds=1), NOON + timedelta(seconds=4)
    found = [one.request_id for one in store.decisions(since=since, until=until)]
    assert ["pol-1", "pol-2", "pol-3"] == found
    assert [] == list(store.decisions(since=NOON + timedelta(days=1)))


def test_decisions_of_a_side_and_a_request(store: Store) -> None:
    """A side's only, or one request's."""
    recorded(store, entry(0), entry(0, side="new"), entry(1), entry(1, index=1))
    assert ["pol-0"] == [one.request_id for one in store.decisions(side="new")]
    assert [0, 1] == [one.index for one in store.decisions(request_id="pol-1")]


def test_a_decision_is_written_once(store: Store) -> None:
    """The same text of the same request, tried again, is there once, as it was first."""
    recorded(store, entry(0, text="first"))
    recorded(store, entry(0, text="second"), entry(1))
    assert ["first", "text 1"] == [one.text for one in store.decisions()]


def test_times_come_in_utc(store: Store) -> None:
    """A time in another zone is the same moment."""
    from datetime import timezone

    recorded(store, entry(0, answered_at=NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))))
    (found,) = store.decisions()
    assert (NOON, timedelta(0)) == (found.answered_at, found.answered_at.utcoffset())


def test_pairs(store: Store) -> None:
    """A pair is what both sides said of one text; what only one has is none."""
    recorded(
        store,
        *(entry(at) for at in range(5)),
        *(entry(at, side="new", result=decided("NEGATIVE")) for at in (7, 4, 0, 3, 1)),
        entry(2, side="other"),
    )
    found = [
        (ours.request_id, ours.side, theirs.side, ours.label, theirs.label)
        for ours, theirs in store.pairs("new")
    ]
    assert [(f"pol-{at}", PRIMARY, "new", "POSITIVE", "NEGATIVE") for at in (4, 0, 3, 1)] == found
    since = NOON + timedelta(seconds=3)
    assert ["pol-4", "pol-3"] == [ours.request_id for ours, _ in store.pairs("new", since=since)]


def test_setups_are_kept_once(store: Store) -> None:
    """Each distinct way to answer has one row, to which its decisions point."""
    other = replace(SETUP, models={"bert": Model("tiny", weights="ef" * 32)})
    again = replace(SETUP)
    recorded(store, entry(0), entry(1, setup=other))
    recorded(store, entry(2, setup=again))
    assert [SETUP, other, SETUP] == [one.setup for one in store.decisions()]
    with store.reading() as connection:
        assert 2 == len(connection.exec_driver_sql("SELECT id FROM setups").all())


def test_events(store: Store) -> None:
    """What happened comes oldest first, with its time and whatever was said of it."""
    store.note_event("started", {"backend": "bert"})
    store.note_event("promoted", {"candidate": "new"})
    found = list(store.events())
    assert [("started", {"backend": "bert"}), ("promoted", {"candidate": "new"})] == [
        (event.kind, event.details) for event in found
    ]
    assert [] == list(store.events(since=found[-1].at + timedelta(seconds=1)))
