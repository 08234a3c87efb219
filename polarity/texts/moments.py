"""Times, and stretches of time, as people write them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

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


class Window(NamedTuple):
    """From a time on, up to but without another one."""

    since: datetime
    until: datetime


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


def window_of(text: str, now: datetime) -> Window:
    """Read `FROM..TO`, each a time as `moment_of` reads it.

    >>> now = datetime(2026, 11, 26, tzinfo=UTC)
    >>> print(*window_of("2026-11-01..7d", now))
    2026-11-01 00:00:00+00:00 2026-11-19 00:00:00+00:00

    Raises:
        SettingsError: it has another form, or ends before it begins.
    """
    since, dots, until = text.partition("..")
    if not dots:
        raise SettingsError(f"{text!r} is no stretch of time: write FROM..TO, such as 2026-11-01..2026-11-15")
    found = Window(moment_of(since, now), moment_of(until, now))
    if found.since >= found.until:
        raise SettingsError(f"{text!r} ends before it begins")
    return found
