"""The periods by which a stretch of time is looked at."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from polarity.errors import SettingsError
from polarity.watch.windows import every_for, periods_of

NOW = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)


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
