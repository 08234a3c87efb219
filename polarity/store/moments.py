"""Times as people write them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from polarity.errors import SettingsError

UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FORMS: Final = (
    "a date or time such as 2026-11-23 or 2026-11-23T08:00Z, a length of time ago such as 7d, or monday"
)


def length_of(text: str) -> timedelta:
    """Read a length of time: a number of s, m, h, d or w.

    >>> length_of("90m"), length_of("2w")
    (datetime.timedelta(seconds=5400), datetime.timedelta(days=14))

    Raises:
        SettingsError: it is none, or no time at all.
    """
    found = re.fullmatch(r"(\d{1,6})([smhdw])", text.strip())
    if found is None or not int(found[1]):
        raise SettingsError(f"{text!r} is no length of time: write a number and s, m, h, d or w, such as 7d")
    return int(found[1]) * UNITS[found[2]]


def moment_of(text: str, now: datetime) -> datetime:
    """Read a time: a date or time (UTC where it names no zone), a length of time ago, or a day of the week.

    A day of the week is the last one that is over, or has begun, before today: on a Monday, "monday" is
    that of the week before.

    >>> now = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
    >>> print(moment_of("7d", now), moment_of("monday", now), moment_of("2026-11-01", now), sep=", ")
    2026-11-19 18:00:00+00:00, 2026-11-23 00:00:00+00:00, 2026-11-01 00:00:00+00:00

    Raises:
        SettingsError: it is none of them.
    """
    said = text.strip()
    if said.casefold() in WEEKDAYS:
        back = (now.weekday() - WEEKDAYS.index(said.casefold()) - 1) % 7 + 1
        return datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=back)
    if re.fullmatch(r"\d{1,6}[smhdw]", said):
        try:
            return now - length_of(said)
        except OverflowError:
            raise SettingsError(f"{text!r} is before there were dates") from None
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise SettingsError(f"{text!r} is no time: write {FORMS}") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
