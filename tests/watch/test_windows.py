"""Times as people write them."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from polarity.errors import SettingsError
from polarity.store.moments import length_of, moment_of
from polarity.watch.windows import every_for, periods_of, window_of

NOW = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("monday", "2026-11-23T00:00"),
        ("Thursday", "2026-11-19T00:00"),
        ("friday", "2026-11-20T00:00"),
        ("36h", "2026-11-25T06:30"),
        ("2026-11-23", "2026-11-23T00:00"),
        ("2026-11-23T10:00+02:00", "2026-11-23T08:00"),
    ],
)
def test_a_time_is_read(text: str, expected: str) -> None:
    """A weekday is the last one before today; what names no zone is UTC."""
    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == moment_of(text, NOW)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "7", "0d", "7 days", "2026-13-01", "999999w", "9" * 30 + "d"]
)
def test_what_is_no_time_is_an_error(text: str) -> None:
    """The error shows what was written."""
    with pytest.raises(SettingsError, match=re.escape(repr(text))):
        moment_of(text, NOW)


@pytest.mark.parametrize("text", ["7d", "2026-11-20..2026-11-19", "7d..7d", "..", "a..b"])
def test_what_is_no_stretch_of_time_is_an_error(text: str) -> None:
    """So is one that ends before it begins."""
    with pytest.raises(SettingsError):
        window_of(text, NOW)


@pytest.mark.parametrize("hours", [0.01, 1, 30, 24 * 9, 24 * 400, 24 * 4000])
def test_a_period_is_long_enough_by_itself(hours: float) -> None:
    """However long the whole is, there are about as many periods as a picture shows."""
    whole = timedelta(hours=hours)
    assert whole / every_for(whole) <= 90


def test_periods_meet_where_the_reference_ends() -> None:
    """They are without a gap from the beginning to the end, and one begins at the cut."""
    since, cut, until = NOW, NOW + timedelta(hours=5, minutes=7), NOW + timedelta(hours=9)
    found = periods_of(since, cut, until, timedelta(hours=2))
    assert (since, until) == (found[0].since, found[-1].until)
    assert all(one.until == other.since for one, other in pairwise(found))
    assert cut in [period.since for period in found]


def test_nothing_after_the_reference_is_no_period() -> None:
    """Where the reference ends now, all periods are its own."""
    found = periods_of(NOW, NOW + timedelta(hours=2), NOW + timedelta(hours=2), timedelta(hours=1))
    assert [NOW, NOW + timedelta(hours=1)] == [period.since for period in found]


def test_too_many_periods_are_refused() -> None:
    """Seconds over a week, say: the error names the length."""
    with pytest.raises(SettingsError, match=r"0:00:01 is too short a period: .* 604,800 of them"):
        periods_of(NOW, NOW, NOW + timedelta(days=7), timedelta(seconds=1))


def test_a_length_is_a_number_and_a_unit() -> None:
    """Nothing else is."""
    assert timedelta(days=1) == length_of("24h")
    with pytest.raises(SettingsError, match=r"'1\.5h' is no length of time"):
        length_of("1.5h")
