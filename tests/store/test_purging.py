"""What is older than it may be is removed for good, and nothing else."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from polarity.store import Store, purging
from polarity.store.purging import holdings, purge
from tests.store.helpers import NOON, entry, recorded


def test_older_decisions_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of before the time, however many parts that takes; an id is never given again."""
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    recorded(store, *(entry(at) for at in range(7)))
    assert 5 == purge(store, before=NOON + timedelta(seconds=5))
    assert ["pol-5", "pol-6"] == [one.request_id for one in store.decisions()]
    assert 2 == purge(store, before=NOON + timedelta(days=1))
    recorded(store, entry(8))
    assert [8] == [one.id for one in store.decisions()]


def test_a_request_goes(store: Store) -> None:
    """Every text and side of it, and no other request."""
    recorded(store, entry(0), entry(0, index=1), entry(0, side="new"), entry(1))
    assert 3 == purge(store, request_id="pol-0")
    assert ["pol-1"] == [one.request_id for one in store.decisions()]


def test_the_reviews_of_a_decision_are_not_sought_among_all(store: Store) -> None:
    """By an index that has those that were taken back, too: a purge asks so for each decision."""
    with store.writing() as connection:
        if connection.dialect.name == "postgresql":  # which goes by what it knows of a table, and it is empty
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        query = " SELECT id FROM reviews WHERE decision_id = 1"
        rows = connection.execute(sa.text(explain + query)).all()
    assert "reviews_by_decision" in " ".join(str(row[-1]) for row in rows)


def test_nothing_goes_unless_it_is_named(store: Store) -> None:
    """A purge without a bound would remove all: it is refused."""
    with pytest.raises(ValueError, match="name what is to be removed"):
        purge(store)


def test_what_a_store_holds(store: Store) -> None:
    """How much, of which sides, from when to when."""
    recorded(store, entry(0), entry(5), entry(5, side="new"))
    found = holdings(store)
    assert (3, {"new": 1, "primary": 2}, 1, 0) == (
        found.decisions,
        found.sides,
        found.setups,
        found.reviews,
    )
    assert (NOON, NOON + timedelta(seconds=5)) == (found.first, found.last)
    assert found.bytes > 0
