"""`store:?since=7d`: decisions that are meant, in a word that stands where a file's name may."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypedDict
from urllib.parse import parse_qsl

from polarity.errors import StoreError
from polarity.store.entries import PRIMARY
from polarity.texts.moments import moment_of

PREFIX: Final = "store:"
KEYS: Final = ("since", "until", "side", "request_id", "limit")
REVIEWED: Final = "reviewed"


class Bounds(TypedDict):
    """What tells the decisions that are wanted from others."""

    since: datetime | None
    until: datetime | None
    side: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which decisions: of a time [`since`, `until`), a side and a request, the first `limit` of them.

    With `reviewed`, only those of which people say what is right.
    """

    since: datetime | None = None
    until: datetime | None = None
    side: str | None = PRIMARY
    request_id: str | None = None
    limit: int | None = None
    reviewed: bool = False

    @property
    def bounds(self) -> Bounds:
        """All but how many, as `Store.decisions` takes it."""
        return Bounds(since=self.since, until=self.until, side=self.side, request_id=self.request_id)


def is_query(name: str) -> bool:
    """Say whether a name stands for decisions in the store and not for a file.

    >>> is_query("store:?since=7d"), is_query("store.jsonl")
    (True, False)
    """
    return name.startswith(PREFIX)


def wanted_of(query: str, now: datetime | None = None) -> Wanted:
    """Read `store:?since=7d`, or `store:reviewed?...`; times are told by `now`, the present by default.

    >>> wanted_of("store:?since=2026-11-01&limit=10").since
    datetime.datetime(2026, 11, 1, 0, 0, tzinfo=datetime.timezone.utc)

    Raises:
        StoreError: it says what nobody understands; names the key and the value.
        SettingsError: a time is none.
    """
    which, _, said = query.removeprefix(PREFIX).partition("?")
    given = parse_qsl(said, keep_blank_values=True)
    found = dict(given)
    if which not in ("", REVIEWED) or len(found) < len(given) or (said and not given):
        raise StoreError(f"{query!r}: write store:?KEY=VALUE&... or store:{REVIEWED}?..., each key once")
    if unknown := [key for key in found if key not in KEYS]:
        raise StoreError(f"{query!r}: no such key: {unknown[0]!r}; keys: {', '.join(KEYS)}")
    limit = found.get("limit")
    if limit is not None and not (limit.isdecimal() and int(limit) > 0):
        raise StoreError(f"{query!r}: limit: {limit!r} is no number of decisions")
    at = now or datetime.now(UTC)
    return Wanted(
        since=moment_of(found["since"], at) if "since" in found else None,
        until=moment_of(found["until"], at) if "until" in found else None,
        side=found.get("side", PRIMARY),
        request_id=found.get("request_id"),
        limit=None if limit is None else int(limit),
        reviewed=which == REVIEWED,
    )
