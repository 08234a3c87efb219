"""A word that stands where a file's name may says which decisions are meant."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from polarity.errors import PolarityError
from polarity.store.query import Wanted, wanted_of

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("store:", Wanted()),
        ("store:?since=7d", Wanted(since=NOW - timedelta(days=7))),
        (
            "store:?since=2026-11-01&until=36h&side=new&limit=5",
            Wanted(
                since=datetime(2026, 11, 1, tzinfo=UTC), until=NOW - timedelta(hours=36), side="new", limit=5
            ),
        ),
        ("store:?request_id=pol-1", Wanted(request_id="pol-1")),
        ("store:reviewed", Wanted(reviewed=True)),
        ("store:reviewed?until=1d", Wanted(until=NOW - timedelta(days=1), reviewed=True)),
    ],
)
def test_what_is_wanted(query: str, expected: Wanted) -> None:
    """Every key says one thing, and without any all of the primary side's decisions are meant."""
    assert expected == wanted_of(query, NOW)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("store:?sinse=7d", "no such key: 'sinse'; keys: since, until, side, request_id, limit"),
        ("store:?since=soon", "'soon' is no time"),
        ("store:?limit=0", "limit: '0' is no number of decisions"),
        ("store:?limit=-1", "limit: '-1' is no number of decisions"),
        ("store:?limit=1&limit=2", "each key once"),
        ("store:?&", "write store:?KEY=VALUE"),
        ("store:new", "write store:?KEY=VALUE"),
    ],
)
def test_what_nobody_understands(query: str, said: str) -> None:
    """The key and the value are named, and what to write."""
    with pytest.raises(PolarityError, match=re.escape(said)):
        wanted_of(query, NOW)
