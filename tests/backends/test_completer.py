"""Every error of the vendor's client and every shape of an answer, translated."""

import logging
import math
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx2
import openai
import pytest
from pydantic import SecretStr

from polarity.backends.completer import (
    MAX_ANSWER_BYTES,
    Completer,
    Fault,
    Reply,
    _candidates,
    translated,
)
from polarity.errors import BackendRejected
from polarity.types import Completion, Usage
from tests.misbehaving import Misbehaving, always, completed, content, error, legacy, misbehaving, said, sent
from tests.misbehaving import Reply as Scripted

KEY = "sk-Very.Secret_0123456789"

TRANSLATIONS: dict[str, str] = {  # every API error of the vendor -> what becomes of it
    "APIError": "bad_response",
    "APIResponseValidationError": "bad_response",
    "APIStatusError": "rejected",
    "BadRequestError": "rejected",
    "AuthenticationError": "BackendRejected",
    "OAuthError": "BackendRejected",
    "PermissionDeniedError": "BackendRejected",
    "NotFoundError": "BackendRejected",
    "ConflictError": "rejected",
    "UnprocessableEntityError": "rejected",
    "RateLimitError": "rate_limited",
    "InternalServerError": "server_error",
    "APIConnectionError": "connection",
    "APITimeoutError": "timeout",
}


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _below(child)


def _raised(kind: type[Exception], status: int | None = None) -> Exception:
    """Make an error without its constructor, which differs from class to class."""
    bare = kind.__new__(kind)
    made: Any = bare
    default = 500 if kind is openai.InternalServerError else 418
    made.message = "made up"
    made.status_code = status or getattr(kind, "status_code", default)
    made.response = httpx2.Response(made.status_code, request=httpx2.Request("POST", "http://nowhere"))
    return bare


def _translated(error: Exception, secret: str = "") -> Exception:
    with pytest.raises((Fault, BackendRejected)) as caught, translated(secret):
        raise error
    return caught.value


def test_no_error_of_the_vendor_is_unknown() -> None:
    """A new exception class in the client is a decision to take: into which failure is it translated?"""
    assert set(TRANSLATIONS) == {kind.__name__ for kind in _below(openai.APIError)}


@pytest.mark.parametrize("kind", list(_below(openai.APIError)), ids=lambda kind: kind.__name__)
def test_api_errors_are_translated(kind: type[Exception]) -> None:
    """Each class becomes its fault, or a rejection of the backend as configured."""
    found = _translated(_raised(kind))
    expected = TRANSLATIONS[kind.__name__]
    assert expected == (found.failure.reason if isinstance(found, Fault) else type(found).__name__)


@pytest.mark.parametrize("kind", list(_below(openai.OpenAIError)), ids=lambda kind: kind.__name__)
def test_no_other_error_of_the_vendor_comes_through(kind: type[Exception]) -> None:
    """Also what is no API error is translated."""
    assert isinstance(_translated(_raised(kind)), Fault | BackendRejected)


@pytest.mark.parametrize(
    ("status", "reason", "passing"),
    [
        (400, "rejected", False),
        (408, "timeout", True),
        (409, "rejected", False),
        (413, "rejected", False),
        (422, "rejected", False),
        (429, "rate_limited", True),
        (499, "rejected", False),
        (500, "server_error", True),
        (503, "server_error", True),
        (599, "server_error", True),
    ],
)
def test_a_status_says_whether_another_attempt_may_help(status: int, reason: str, *, passing: bool) -> None:
    """Limits and servers' troubles pass; a request that is wrong stays wrong."""
    fault = _translated(_raised(openai.APIStatusError, status))
    assert isinstance(fault, Fault)
    assert (reason, passing) == (fault.failure.reason, fault.passing)


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), OverflowError("x"), RecursionError("x"), AttributeError("x"), RuntimeError("x")],
    ids=lambda error: type(error).__name__,
)
def test_a_wrong_shape_is_a_bad_response(error: Exception) -> None:
    """Whatever reading an unvalidated answer raises is a bad response, and another attempt does not help."""
    fault = _translated(error)
    assert isinstance(fault, Fault)
    assert ("bad_response", False) == (fault.failure.reason, fault.passing)


def test_a_fault_is_not_translated_twice() -> None:
    """What is already a fault passes as it is."""
    fault = Fault("rate_limited", "slow down", 2.0)
    assert fault is _translated(fault)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        ("0", 0.0),
        ("0.25", 0.25),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_seconds(header: str | None, seconds: float | None) -> None:
    """A usable number of seconds, or nothing."""
    error: Any = _raised(openai.RateLimitError)
    if header is not None:
        error.response.headers["retry-after"] = header
    fault = _translated(error)
    assert isinstance(fault, Fault)
    assert seconds == fault.retry_after_s


@pytest.mark.parametrize(
    ("logprobs", "expected"),
    [
        (None, None),
        ({"top_logprobs": [{" good": math.log(0.5), " bad": math.log(0.25)}]}, {" good": 0.5, " bad": 0.25}),
        ({"top_logprobs": [{" good": 0.0}], "content": None}, {" good": 1.0}),
        ({"top_logprobs": [{}]}, None),
        ({"top_logprobs": [None]}, None),
        ({"top_logprobs": []}, None),
        ({"top_logprobs": None, **content((" good", math.log(0.5)))}, {" good": 0.5}),
        (content((" good", math.log(0.5)), (" good", math.log(0.25))), {" good": 0.75}),
        (content((" good", 0.0), (" bad", -math.inf)), {" good": 1.0, " bad": 0.0}),
        (content((" good", 0.01)), {" good": math.exp(0.01)}),
        (content(), None),
        ({"content": []}, None),
        ({"content": [{"top_logprobs": None}]}, None),
        ({"content": [SimpleNamespace(top_logprobs=[SimpleNamespace(token="a", logprob=0.0)])]}, {"a": 1.0}),
    ],
)
def test_candidates_in_both_shapes(
    logprobs: dict[str, Any] | None, expected: dict[str, float] | None
) -> None:
    """The first token's candidates; those that decode to one string are summed; none are None."""
    found = _candidates(SimpleNamespace(**logprobs) if logprobs else None)
    assert (expected and pytest.approx(expected)) == found


@pytest.mark.parametrize(
    "logprobs",
    [
        content(("a", math.nan)),
        content(("a", 3.0)),
        content(("a", 1e9)),
        content(("a", "-1")),
        content(("a", None)),
        content((None, -1.0)),
        content(("a", 0.0), ("b", 0.0)),
        {"content": [{}]},
        {"content": [{"top_logprobs": ["a"]}]},
        {"top_logprobs": [{"a": None}]},
        {"top_logprobs": [{"a": 0.5}]},
        {"top_logprobs": ["a"]},
    ],
)
def test_what_are_no_log_probabilities_is_a_bad_response(logprobs: dict[str, Any]) -> None:
    """Nonsense is never read as some probability."""
    with pytest.raises(Fault, match="bad_response"), translated():
        _candidates(SimpleNamespace(**logprobs))


@asynccontextmanager
async def _asking(reply: Scripted) -> AsyncIterator[tuple[Completer, Misbehaving]]:
    async with misbehaving(always(reply)) as server:
        completer = Completer(server.base_url, SecretStr(KEY), "some-model")
        yield completer, server
        await completer.aclose()


async def _ask(completer: Completer, api: str = "completions", top_logprobs: int | None = None) -> Reply:
    how: dict[str, Any] = {"stop": ["\n"], "max_tokens": 3, "temperature": 0.0, "top_logprobs": top_logprobs}
    if api == "chat":
        return await completer.chat([{"role": "user", "content": "Fine?"}], **how)
    return await completer.complete("Fine?", **how)


@pytest.mark.anyio
@pytest.mark.parametrize("reason", ["novel", None, "abort", "tool_calls", 0])
async def test_an_answer_that_did_not_end_is_a_bad_response(reason: str | int | None) -> None:
    """An aborted "positive" may have gone on with "but": only a known finish reason makes an answer."""
    async with _asking(completed("positive", finish_reason=reason)) as (completer, _):
        with pytest.raises(Fault, match="finish reason is"):
            await _ask(completer)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("api", "reply", "expected"),
    [
        ("completions", completed("good"), Completion(text="good", usage=Usage(9, 1))),
        ("completions", completed("good", finish_reason="length"), "length"),
        ("completions", completed("", finish_reason="content_filter"), "content_filter"),
        ("chat", said("good"), Completion(text="good", usage=Usage(9, 1))),
        ("chat", said("good", finish_reason="length"), "length"),
        ("chat", said("", finish_reason="content_filter"), "content_filter"),
        ("chat", said(None, refusal="No."), Completion(text="", refusal="No.", usage=Usage(9, 1))),
        ("completions", sent({"choices": [{"text": "a", "finish_reason": "stop"}]}), "stop"),
        ("completions", sent({"choices": [{"text": "a", "finish_reason": "stop"}], "usage": "much"}), "stop"),
        ("completions", completed("a", logprobs={"content": "unasked"}), "stop"),
    ],
)
async def test_completions_are_read(api: str, reply: Scripted, expected: Completion | str) -> None:
    """Text, finish reason, refusal and usage, from both endpoints; a name stands for the finish reason."""
    async with _asking(reply) as (completer, _):
        found = (await _ask(completer, api)).completion
    assert expected == (found if isinstance(expected, Completion) else found.finish_reason)


@pytest.mark.anyio
@pytest.mark.parametrize("api", ["completions", "chat"])
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Scripted(b"{"), "bad_response"),
        (Scripted(b""), "bad_response"),
        (Scripted(b"[" * 100_000), "bad_response"),
        (Scripted(b"\xff\xfe{}"), "bad_response"),
        (Scripted(b"<html>", headers={"content-type": "text/html"}), "bad_response"),
        (sent([1, 2]), "bad_response"),
        (sent("positive"), "bad_response"),
        (sent(None), "bad_response"),
        (sent({}), "bad_response"),
        (sent({"choices": None}), "bad_response"),
        (sent({"choices": []}), "bad_response"),
        (sent({"choices": [None]}), "bad_response"),
        (sent({"choices": ["positive"]}), "bad_response"),
        (sent({"choices": {"text": "positive"}}), "bad_response"),
        (sent({"choices": [{}]}), "bad_response"),
        (
            sent({"choices": [{"text": 1, "message": {"content": 1}, "finish_reason": "stop"}]}),
            "bad_response",
        ),
        (sent({"choices": [{"text": ["a"], "message": {"content": ["a"]}}]}), "bad_response"),
        (sent({"choices": [{"text": None, "message": None, "finish_reason": "stop"}]}), "bad_response"),
        (Scripted(b"not gzip", headers={"content-encoding": "gzip"}), "connection"),
        (Scripted(b'{"choices": []}', cut=True), "connection"),
        (Scripted(b" " * (MAX_ANSWER_BYTES + 1)), "bad_response"),
        (Scripted(b" " * (MAX_ANSWER_BYTES + 1), status=500), "bad_response"),
        (Scripted(b"<html>" * 9000, status=502), "server_error"),
        (error(400, "x" * 9000), "rejected"),
        (Scripted(status=302), "rejected"),
    ],
)
async def test_answers_that_are_none(api: str, reply: Scripted, reason: str) -> None:
    """Each is one fault with a short detail on one line, never another exception."""
    async with _asking(reply) as (completer, _):
        with pytest.raises(Fault) as caught:
            await _ask(completer, api)
    failure = caught.value.failure
    assert reason == failure.reason
    assert 0 < len(failure.detail) < 400
    assert "\n" not in failure.detail


@pytest.mark.anyio
async def test_a_refusal_that_is_no_text_is_a_bad_response() -> None:
    """The guards of the mapper read the refusal: it must be what it is declared to be."""
    async with _asking(said("good", refusal={"why": 1})) as (completer, _):
        with pytest.raises(Fault, match="bad_response"):
            await _ask(completer, "chat")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("api", "reply"),
    [
        (
            "completions",
            completed(" good", logprobs=legacy(**{" good": math.log(0.5), " bad": math.log(0.25)})),
        ),
        (
            "completions",
            completed(" good", logprobs=content((" good", math.log(0.5)), (" bad", math.log(0.25)))),
        ),
        ("chat", said(" good", logprobs=content((" good", math.log(0.5)), (" bad", math.log(0.25))))),
    ],
)
async def test_candidates_come_over_the_wire(api: str, reply: Scripted) -> None:
    """Through the real client, both shapes arrive; and without being asked for, none do."""
    async with _asking(reply) as (completer, _):
        asked, unasked = await _ask(completer, api, top_logprobs=2), await _ask(completer, api)
    assert pytest.approx({" good": 0.5, " bad": 0.25}) == asked.candidates
    assert unasked.candidates is None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("api", "path", "asked"),
    [
        ("completions", "/v1/completions", {"prompt": "Fine?", "logprobs": 7}),
        (
            "chat",
            "/v1/chat/completions",
            {"messages": [{"role": "user", "content": "Fine?"}], "logprobs": True, "top_logprobs": 7},
        ),
    ],
)
async def test_what_is_asked(
    api: str, path: str, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request holds what was set, the key, and nothing from the environment of another account."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-other")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-other")
    reply = (
        said("a", logprobs=content(("a", 0.0)))
        if api == "chat"
        else completed("a", logprobs=content(("a", 0.0)))
    )
    async with _asking(reply) as (completer, server):
        await _ask(completer, api, top_logprobs=7)
    common = {"model": "some-model", "stop": ["\n"], "max_tokens": 3, "temperature": 0.0}
    (request,) = server.requests
    assert (path, {**common, **asked}) == (request.path, request.body)
    assert f"Bearer {KEY}" == request.headers["authorization"]
    assert "other" not in str(request.headers)


@pytest.mark.anyio
async def test_a_server_on_this_host_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment gets neither the texts nor the key of a loopback server."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with _asking(completed("good")) as (completer, server):
        await _ask(completer)
    assert 1 == len(server.requests)


@pytest.mark.anyio
@pytest.mark.parametrize("status", [400, 401, 429, 500])
async def test_the_key_is_never_shown(status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Not in an error, its traceback, a log line or a repr, also where the server sends it back."""
    caplog.set_level(logging.DEBUG)
    async with _asking(error(status, f"bad key\n{KEY}!")) as (completer, _):
        with pytest.raises((Fault, BackendRejected)) as caught:
            await _ask(completer)
    shown = "".join(traceback.format_exception(caught.value))
    assert "***" in str(caught.value)
    assert KEY not in f"{shown} {caplog.text} {completer!r} {vars(caught.value)}"


@pytest.mark.parametrize("key", ["sk-a\n", " sk-a", "sk a", "sk-ä", "sk-\x00", "sk-\u200b"])
def test_a_key_that_no_header_can_carry_is_refused(key: str) -> None:
    """At once and without showing it: the HTTP client's own error would show it."""
    with pytest.raises(BackendRejected, match=r"llm\.api_key") as caught:
        Completer("http://127.0.0.1:9/v1", SecretStr(key), "m")
    assert key not in str(caught.value)


@pytest.mark.anyio
async def test_no_key_is_fine() -> None:
    """Many local servers have none."""
    async with misbehaving(always(completed("good"))) as server:
        completer = Completer(server.base_url, SecretStr(""), "m")
        assert "good" == (await _ask(completer)).completion.text
        await completer.aclose()


@pytest.mark.anyio
async def test_a_refused_connection_is_a_passing_fault(unused_port: Callable[[], int]) -> None:
    """Nobody listens: perhaps somebody will."""
    completer = Completer(f"http://127.0.0.1:{unused_port()}/v1", SecretStr(""), "m")
    with pytest.raises(Fault) as caught:
        await _ask(completer)
    await completer.aclose()
    assert ("connection", True) == (caught.value.failure.reason, caught.value.passing)
