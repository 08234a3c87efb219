"""What a server says of an error, in the shapes that servers send, and what it means.

What concerns one text (it is too long, the server's filter refused it) is told from what concerns every
text (the key, the model, the money). A server may echo the text in its message, and a text may say what it
likes: so what concerns every text is read from the status and the server's codes, and by words only where
they open the message.
"""

import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import NamedTuple

from polarity.types import FailureReason

MAX_READ = 4000  # characters of a server's message that are read
DEEPEST = 6  # objects within objects of an error

# Codes as they stand under code, type, status or reason of an error, in small letters.
CODES: Mapping[str, FailureReason] = {
    "context_length_exceeded": "text_too_long",
    "exceed_context_size_error": "text_too_long",
    "string_above_max_length": "text_too_long",
    "content_filter": "text_refused",
    "content_policy_violation": "text_refused",
    "responsibleaipolicyviolation": "text_refused",
    "data_inspection_failed": "text_refused",
    "insufficient_quota": "quota_used_up",
    "billing_hard_limit_reached": "quota_used_up",
    "billing_not_active": "quota_used_up",
    "insufficient_balance": "quota_used_up",
    "invalid_api_key": "unauthorized",
    "api_key_invalid": "unauthorized",
    "model_not_found": "unknown_model",
    "invalid_model": "unknown_model",
    "deploymentnotfound": "unknown_model",
    "rate_limit_exceeded": "rate_limited",
    "rate_limit_error": "rate_limited",
    "resource_exhausted": "rate_limited",
    "overloaded_error": "server_error",
    "server_error": "server_error",
    "internal_server_error": "server_error",
    "service_unavailable": "server_error",
}
STATUSES: Mapping[int, FailureReason] = {
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.PAYMENT_REQUIRED: "quota_used_up",
    HTTPStatus.REQUEST_TIMEOUT: "timeout",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "text_too_long",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limited",
}
TOO_LONG = re.compile(
    r"context (?:length|size|window)|maximum (?:context|sequence|input|prompt) length|prompt is too long|"
    r"too many (?:input |prompt )?tokens|reduce the length|"
    r"(?:input|prompt)\b.{0,80}\bexceeds?\b.{0,80}\btoken",
    flags=re.IGNORECASE,
)
REFUSED = re.compile(
    r"content.{0,12}polic|content.{0,3}filter|content.{0,3}management|\bmoderation\b|input was flagged",
    flags=re.IGNORECASE,
)
OPENS_WITH_MODEL = re.compile(  # only where a message begins: further on may stand a text
    r"\W*(?:[\w./:-]+ is not a valid model|(?:invalid|unknown|no such) model|(?:the )?model\W+[\w./:-]+\W+"
    r"(?:does not exist|(?:is |was )?not found|is not available))",
    flags=re.IGNORECASE,
)
OPENS_WITH_KEY = re.compile(
    r"\W*(?:incorrect api key|invalid api key|api key (?:is )?(?:not valid|invalid)|"
    r"no connected db)",  # LiteLLM's proxy: the key is not its own, and it has no database of others
    flags=re.IGNORECASE,
)


class Complaint(NamedTuple):
    """What a server says of an error: its words, the parameter it is about, and all codes in it."""

    message: str
    parameter: str | None = None
    codes: frozenset[str] = frozenset()

    @property
    def concerns_the_text(self) -> bool:
        """Whether no other form of the request would help: the text is too long, or is refused."""
        return _of_text(self) is not None


def complaint_in(body: object) -> Complaint | None:
    """Find a complaint in a JSON body, in the shapes that servers send; None where there is none.

    >>> complaint_in({"error": {"message": "No.", "code": "invalid_api_key", "param": None}})
    Complaint(message='No.', parameter=None, codes=frozenset({'invalid_api_key'}))
    >>> complaint_in({"detail": [{"loc": ["body", "stop"], "msg": "Extra inputs are not permitted"}]})
    Complaint(message='stop: Extra inputs are not permitted', parameter='stop', codes=frozenset())
    """
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return None
    found = next((body[name] for name in ("error", "errors", "detail", "message") if body.get(name)), None)
    if isinstance(found, list):
        found = found[0] if found else None
    if isinstance(found, str):
        return Complaint(found[:MAX_READ], None, frozenset(_codes(body)))
    if not isinstance(found, dict):
        return None
    place = found.get("loc") or found.get("param") or ""
    named = str(place[-1] if isinstance(place, list) else place).rpartition(".")[2] or None
    said = next(
        (found[name] for name in ("message", "msg", "detail") if isinstance(found.get(name), str)), None
    )
    message = said or json.dumps(found)
    shown = f"{named}: {message}" if named and named not in message else message
    return Complaint(shown[:MAX_READ], named, frozenset(_codes(found)))


def _codes(value: object, depth: int = 0) -> Iterator[str]:
    """Gather all codes of an error, also of those within it: gateways wrap what they were told."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _codes(item, depth + 1)
    if isinstance(value, dict):
        for name, item in value.items():
            if name in ("code", "type", "status", "reason") and isinstance(item, str):
                yield item.lower()
            yield from _codes(item, depth + 1)


def reason_of(complaint: Complaint, status: int) -> FailureReason:
    """Say what an error is. `status` may be one that stands in a body, or 0 where there is none.

    >>> reason_of(Complaint("You exceeded your quota", None, frozenset({"insufficient_quota"})), 429)
    'quota_used_up'
    >>> reason_of(Complaint("This model's maximum context length is 2048 tokens."), 400)
    'text_too_long'
    """
    if status not in STATUSES and (of_text := _of_text(complaint)):
        return of_text
    for code in sorted(complaint.codes & CODES.keys()):
        return CODES[code]
    if status in STATUSES:
        return STATUSES[status]
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
        return _of_words(complaint, status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "server_error"
    return "rejected" if status else "bad_response"


def _of_text(complaint: Complaint) -> FailureReason | None:
    known = {CODES[code] for code in complaint.codes & CODES.keys()}
    if "text_too_long" in known or TOO_LONG.search(complaint.message):
        return "text_too_long"
    if "text_refused" in known or REFUSED.search(complaint.message):
        return "text_refused"
    return None


def _of_words(complaint: Complaint, status: int) -> FailureReason:
    if OPENS_WITH_KEY.match(complaint.message):
        return "unauthorized"
    if complaint.parameter == "model" or OPENS_WITH_MODEL.match(complaint.message):
        return "unknown_model"
    if status == HTTPStatus.NOT_FOUND:
        return "unknown_model" if "model" in complaint.message.lower() else "unavailable"
    return "rejected"


def status_in(body: object) -> int:
    """Read the status that an error in an answer with status 200 names for itself; 0 where there is none.

    >>> status_in({"error": {"code": 429, "message": "Slow down."}})
    429
    """
    within = body.get("error") if isinstance(body, dict) else None
    found = [within.get("code"), within.get("status")] if isinstance(within, dict) else []
    numbers = [int(value) for value in map(str, found) if re.fullmatch(r"[1-5]\d\d", value)]
    return next(iter(numbers), 0)
