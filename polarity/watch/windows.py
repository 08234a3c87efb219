"""The periods by which a stretch of time is looked at."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from polarity.errors import SettingsError
from polarity.texts.moments import Window

MOST_PERIODS: Final = 400
AIM: Final = 90  # periods at most, where nobody says how long one is: a picture shows as many apart
ROUND: Final = [
    *(timedelta(seconds=n) for n in (1, 5, 15)),
    *(timedelta(minutes=n) for n in (1, 5, 15)),
    *(timedelta(hours=n) for n in (1, 3, 6, 12)),
    *(timedelta(days=n) for n in (1, 7, 28)),
]


def every_for(whole: timedelta) -> timedelta:
    """Choose how long a period is where nobody says so: a round length of which there are 90 at most.

    >>> str(every_for(timedelta(days=61))), str(every_for(timedelta(minutes=40)))
    ('1 day, 0:00:00', '0:01:00')
    """
    return next(
        (length for length in ROUND if whole <= AIM * length), -(-whole // (AIM * ROUND[-1])) * ROUND[-1]
    )


def periods_of(since: datetime, cut: datetime, until: datetime, every: timedelta) -> list[Window]:
    """Part [since, until) into periods, one of which begins at `cut`, where the reference ends.

    The first and the last may be shorter than `every`.

    >>> from datetime import UTC
    >>> day, at = timedelta(days=1), datetime(2026, 11, 1, tzinfo=UTC)
    >>> found = periods_of(at, at + 1.5 * day, at + 3.5 * day, day)
    >>> [str(period.until - period.since) for period in found]
    ['12:00:00', '1 day, 0:00:00', '1 day, 0:00:00', '1 day, 0:00:00']

    Raises:
        SettingsError: they would be more than 400.
    """
    back, ahead = -(-(cut - since) // every), -(-(until - cut) // every)
    if back + ahead > MOST_PERIODS:
        raise SettingsError(
            f"{every} is too short a period: {since:%Y-%m-%d} to {until:%Y-%m-%d} has {back + ahead:,} of "
            f"them, and no more than {MOST_PERIODS} are looked at"
        )
    ends = [since, *(cut + at * every for at in range(1 - back, ahead)), until]
    return [Window(*ends) for ends in pairwise(ends) if ends[0] < ends[1]]


def covered(periods: Sequence[Window]) -> Window:
    """Give the stretch of time from the first period to the last."""
    return Window(periods[0].since, periods[-1].until)
