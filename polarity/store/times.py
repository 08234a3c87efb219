"""A point in time as people write it: so long ago, or a date."""

import re
from datetime import UTC, datetime, timedelta

from polarity.errors import SettingsError

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
AGO = re.compile(r"([0-9]{1,6})([mhdw])")


def time_of(text: str, *, now: datetime | None = None) -> datetime:
    """Read `30m`, `12h`, `7d` or `2w` before `now`, or an ISO 8601 time, which is UTC without a zone.

    >>> noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    >>> time_of("7d", now=noon).isoformat(), time_of("2026-11-26T18:00").isoformat()
    ('2026-11-19T12:00:00+00:00', '2026-11-26T18:00:00+00:00')

    Raises:
        SettingsError: it is none of these.
    """
    if found := AGO.fullmatch(text.strip()):
        number, unit = found.groups()
        return (now or datetime.now(UTC)) - timedelta(**{UNITS[unit]: int(number)})
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SettingsError(f"{text!r} is no time: write 7d, 12h, 30m or 2026-11-26T18:00") from None
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
