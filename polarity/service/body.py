"""Bytes -> request: reads a body within its limits and holds it against the documented form.

Read by hand and not by the framework, because a body must be cut off while it streams, a duplicate
key is an error and not the last one's win, and every fault has its own stable code.
"""

import asyncio
import json
from email.message import Message
from typing import NoReturn

from fastapi import Request
from pydantic import JsonValue, ValidationError
from starlette.requests import ClientDisconnect

from polarity.records import text_problem
from polarity.service.problems import Code, ProblemError, ProblemItem
from polarity.service.schemas import PolarityRequest
from polarity.settings import ServiceSettings
from polarity.stored import reason_of
from polarity.texts import has_visible

BODY_SECONDS = 10.0
JSON = "application/json"
MAX_FIELDS = 16
MAX_NAME = 80


async def read_request(request: Request, limits: ServiceSettings) -> tuple[list[str], bool]:
    """Read the texts of a request, and whether they are to be explained.

    Raises:
        ProblemError: the body is too large, too slow, no JSON, or not of the documented form.
    """
    check_media_type(request.headers.get("content-type"), request.headers.get("content-encoding"))
    asked = validated(parsed(await read_body(request, limits.max_body_bytes)), limits)
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    check_texts(texts, limits, single=isinstance(asked.input, str))
    return texts, asked.explain


def check_media_type(content_type: str | None, encoding: str | None = None) -> None:
    """Let JSON pass, and what does not say what it is.

    Raises:
        ProblemError: the body says that it is something else, or that it is compressed.

    >>> check_media_type("application/json; charset=utf-8")
    """
    if encoding and encoding.strip().lower() != "identity":
        raise ProblemError("unsupported_media_type", "send the body as it is, without Content-Encoding")
    if not content_type or content_type == JSON:  # a mail's parser is slow, and what most send needs none
        return
    message = Message()
    message["content-type"] = content_type
    kind = message.get_content_type()
    if kind != JSON and not (kind.startswith("application/") and kind.endswith("+json")):
        raise ProblemError("unsupported_media_type", "send the header 'Content-Type: application/json'")


async def read_body(request: Request, limit: int) -> bytes:
    """Read a body of at most `limit` bytes; what is beyond the limit is never kept.

    Raises:
        ProblemError: it is larger, ends early, or takes longer than `BODY_SECONDS`.
    """
    declared = request.headers.get("content-length", "")[:20]  # more digits than any limit has
    if declared.isdecimal() and int(declared) > limit:
        _too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    _too_large(limit)
    except TimeoutError:
        raise ProblemError("slow_body", f"the body must arrive within {BODY_SECONDS:g} seconds") from None
    except ClientDisconnect:
        raise ProblemError("incomplete_body", "the connection was closed before the body's end") from None
    return bytes(body)


def _too_large(limit: int) -> NoReturn:
    raise ProblemError("body_too_large", f"a body may have at most {limit} bytes")


def parsed(body: bytes) -> JsonValue:
    """Parse strict JSON: UTF-8, no duplicate key or half a character in one, no NaN, no deep nesting.

    Raises:
        ProblemError: it is not.

    >>> parsed(b'{"input": "fine"}')
    {'input': 'fine'}
    """
    try:
        document: JsonValue = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_checked_keys, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise ProblemError("malformed_json", f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise ProblemError("malformed_json", "nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ProblemError(
            "malformed_json", f"{reason_of(error)} at line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError:
        raise ProblemError("malformed_json", "a number has too many digits") from None
    return document


def _checked_keys(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for name, value in pairs:
        if name in found:
            raise ProblemError("malformed_json", f"the key {name[:MAX_NAME]!a} stands twice in one object")
        if any("\ud800" <= sign <= "\udfff" for sign in name):
            raise ProblemError("malformed_json", f"the key {name[:MAX_NAME]!a} holds a lone surrogate")
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ProblemError("malformed_json", f"{name} is not JSON")


def validated(document: JsonValue, limits: ServiceSettings) -> PolarityRequest:
    """Hold a document against the documented form.

    Raises:
        ProblemError: listing what is wrong, without its values.
    """
    _check_size(document, limits.max_texts)
    try:
        return PolarityRequest.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        items = [_item(problem["loc"], problem["type"], problem["msg"]) for problem in found]
    named = f"{items[0].pointer or 'the body'}: {items[0].detail}"
    more = f" (and {len(items) - 1} more)" if len(items) > 1 else ""
    raise ProblemError("validation", named + more, errors=items)


def _check_size(document: JsonValue, max_texts: int) -> None:
    """Refuse by count first, so that a million faults are never listed one by one."""
    if not isinstance(document, dict):
        return
    if len(document) > MAX_FIELDS:
        raise ProblemError("validation", f"{len(document)} fields; the request has two, input and explain")
    texts = document.get("input")
    if isinstance(texts, list) and len(texts) > max_texts:
        raise ProblemError("too_many_texts", f"{len(texts)} texts; at most {max_texts} in one request")


def _item(loc: tuple[int | str, ...], kind: str, message: str) -> ProblemItem:
    """Say one of pydantic's errors. It tags the form of `input` in the path, which no client sent."""
    tags = ((1, "text"), (1, "texts"))
    path = [str(part)[:MAX_NAME] for at, part in enumerate(loc) if (at, part) not in tags]
    pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path)
    detail = {"extra_forbidden": "unknown field", "missing": "is missing"}.get(kind)
    if not loc:
        detail = "must be an object with the field input"
    detail = detail or message.replace("Input should", "must")
    return ProblemItem(code="validation", detail=detail, pointer=pointer)


def check_texts(texts: list[str], limits: ServiceSettings, *, single: bool) -> None:
    """Refuse texts that cannot be classified.

    Raises:
        ProblemError: named after the first bad text, listing all of them.
    """
    if not texts:
        raise ProblemError("empty_input", "the list 'input' holds no text")
    found = [
        (at, *fault) for at, text in enumerate(texts) if (fault := _fault(text, limits.max_chars)) is not None
    ]
    if not found:
        return
    items = [
        ProblemItem(code=code, detail=detail, pointer="/input" if single else f"/input/{at}", index=at)
        for at, code, detail in found
    ]
    at, code, detail = found[0]
    raise ProblemError(code, f"{'the text' if single else f'text {at}'} {detail}", errors=items)


def _fault(text: str, max_chars: int) -> tuple[Code, str] | None:
    if len(text) > max_chars:
        return "text_too_long", f"has {len(text)} characters; at most {max_chars} are read"
    if problem := text_problem(text):
        return "invalid_text" if has_visible(text) else "empty_text", problem
    return None
