"""Every error, of the HTTP client or in a server's words: one attempt's fault, or a rejection of all."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeGuard

import httpx2

from polarity.backends.completer.complaints import MAX_READ, Complaint, complaint_in, reason_of
from polarity.errors import BackendReason, BackendRejected
from polarity.types import Failure, FailureReason

PASSING: frozenset[FailureReason] = frozenset({"connection", "rate_limited", "server_error", "timeout"})
MAX_DETAIL = 300  # characters that a server may add to our messages
ABOUT_ALL: Mapping[BackendReason, str] = {
    "unauthorized": "the LLM server refuses llm.api_key",
    "unknown_model": "the LLM server has no such model or deployment (llm.model)",
    "quota_used_up": "the quota or the money of llm.api_key is used up",
    "unavailable": "the LLM server has nothing at this address",
}


class Fault(Exception):
    """One attempt failed. `passing` says that another may not; `retry_after_s` when to try."""

    def __init__(self, reason: FailureReason, detail: str, retry_after_s: float | None = None) -> None:
        self.failure = Failure(reason=reason, detail=detail)
        self.passing = reason in PASSING
        self.retry_after_s = retry_after_s
        super().__init__(f"{reason}: {detail}")


@contextmanager
def translated(
    secrets: Sequence[str] = (), asked: str = "", advice: str = "", *, method: str = "POST"
) -> Iterator[None]:
    """Turn whatever the HTTP client raises into a `Fault` or a `BackendRejected`.

    `asked` and `advice` are told where nothing of the kind is at the address. The cause is not chained: a
    server may echo the key, and a traceback would show it.
    """
    try:
        yield
    except (Fault, BackendRejected):
        raise
    except httpx2.HTTPStatusError as error:
        raise _of_status(error.response, secrets, f"{method} {asked}; {advice}") from None
    except httpx2.HTTPError as error:
        reason: FailureReason = "timeout" if isinstance(error, httpx2.TimeoutException) else "connection"
        raise Fault(reason, shown(_named(error), secrets)) from None
    except Exception as error:  # noqa: BLE001 - nothing validates an answer: a wrong shape shows as any error
        detail = shown(f"not shaped like a completion: {_named(error)}", secrets)
        raise Fault("bad_response", detail) from None


def _named(error: Exception) -> str:
    """Name an error, and say what it says; a line that went dead often says nothing."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _of_status(response: httpx2.Response, secrets: Sequence[str], where: str) -> Fault | BackendRejected:
    status = response.status_code
    in_body = complaint_of(response)
    complaint = in_body or Complaint((response.text.strip() or response.reason_phrase)[:MAX_READ])
    detail = shown(f"{status}: {complaint.message}", secrets)
    reason = reason_of(complaint, status)
    if status == HTTPStatus.FORBIDDEN and reason == "rejected" and in_body:
        reason = "unauthorized"  # without a server's own words a firewall may have refused the text
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        reason = "unavailable"
    told = (
        f"{detail} ({where})" if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) else detail
    )
    return fault(reason, told, retry_after(response.headers))


def fault(reason: FailureReason, detail: str, retry_after_s: float | None = None) -> Fault | BackendRejected:
    """Make a rejection of what concerns every text, and one text's fault of all else."""
    if _concerns_all(reason):
        return BackendRejected(f"{ABOUT_ALL[reason]}: {detail}", reason=reason)
    return Fault(reason, detail, retry_after_s)


def _concerns_all(reason: FailureReason) -> TypeGuard[BackendReason]:
    return reason in ABOUT_ALL


def complaint_of(response: httpx2.Response) -> Complaint | None:
    """Read what a server says in the body of an error."""
    try:
        return complaint_in(response.json())
    except (ValueError, RecursionError):
        return None


def shown(text: str, secrets: Sequence[str]) -> str:
    """Bring a server's words on one line, short and without the secrets.

    >>> shown("bad key" + chr(10) + "sk-1!", ["sk-1"])
    'bad key ***!'
    """
    line = " ".join(text.split())
    for secret in filter(None, secrets):
        line = line.replace(secret, "***")
    return line if len(line) <= MAX_DETAIL else f"{line[:MAX_DETAIL]}..."


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read when to come back, in seconds from now: a number, milliseconds, or a date.

    A date is held against the answer's own, since clocks differ (RFC 9110, 10.2.3).

    >>> retry_after({"retry-after-ms": "250", "retry-after": "1"})
    0.25
    >>> at = {"date": "Wed, 21 Oct 2026 07:28:00 GMT", "retry-after": "Wed, 21 Oct 2026 07:28:05 GMT"}
    >>> retry_after(at)
    5.0
    """
    milliseconds, said = _seconds(headers.get("retry-after-ms")), headers.get("retry-after")
    if milliseconds is not None:
        return milliseconds / 1000
    then = _date(said)
    if then is None:
        return _seconds(said)
    now = _date(headers.get("date")) or datetime.now(UTC)
    return max(0.0, (then - now).total_seconds())


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _date(value: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
