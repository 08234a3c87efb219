"""`store:?since=7d`: decisions that are meant, in a word that stands where a file's name may."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from polarity.errors import StoreError
from polarity.store.entries import PRIMARY

PREFIX: Final = "store:"
KEYS: Final = ("since", "until", "side", "request_id", "limit")
AGO: Final = re.compile(r"(\d{1,6})([mhdw])")
UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which decisions: of a time [`since`, `until`), a side and a request, the first `limit` of them."""

    since: datetime | None = None
    until: datetime | None = None
    side: str | None = PRIMARY
    request_id: str | None = None
    limit: int | None = None


def is_query(name: str) -> bool:
    """Say whether a name stands for decisions in the store and not for a file.

    >>> is_query("store:?since=7d"), is_query("store.jsonl")
    (True, False)
    """
    return name.startswith(PREFIX)


def wanted_of(query: str, now: datetime | None = None) -> Wanted:
    """Read what stands behind `store:`; times before `now`, the present where it is not given.

    >>> wanted_of("store:?since=2026-11-01&limit=10").since
    datetime.datetime(2026, 11, 1, 0, 0, tzinfo=datetime.timezone.utc)

    Raises:
        StoreError: it says what nobody understands; names the key and the value.
    """
    mark, _, said = query.removeprefix(PREFIX).partition("?")
    given = dict(parse_qsl(said, keep_blank_values=True))
    if mark or "&".join(given) != "&".join(key for key, _ in parse_qsl(said, keep_blank_values=True)):
        raise StoreError(f"{query!r}: write store:?KEY=VALUE&..., each key once; keys: {', '.join(KEYS)}")
    for key in given:
        if key not in KEYS:
            raise StoreError(f"{query!r}: no such key: {key!r}; keys: {', '.join(KEYS)}")
    limit = given.get("limit")
    if limit is not None and not (limit.isdecimal() and int(limit) > 0):
        raise StoreError(f"{query!r}: limit: {limit!r} is no number of decisions")
    return Wanted(
        since=moment(given["since"], now) if "since" in given else None,
        until=moment(given["until"], now) if "until" in given else None,
        side=given.get("side", PRIMARY),
        request_id=given.get("request_id"),
        limit=None if limit is None else int(limit),
    )


def moment(said: str, now: datetime | None = None) -> datetime:
    """Read a time: so long ago, as in "90m", "36h", "7d", "2w", or a date or time of ISO 8601, else in UTC.

    >>> moment("36h", datetime(2026, 11, 26, 12, tzinfo=UTC)).isoformat()
    '2026-11-25T00:00:00+00:00'

    Raises:
        StoreError: it is neither.
    """
    try:
        if ago := AGO.fullmatch(said):
            return (now or datetime.now(UTC)) - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        time = datetime.fromisoformat(said)
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise StoreError(f"{said!r} is no time: write 90m, 36h, 7d, 2w or 2026-11-26T12:00") from None
