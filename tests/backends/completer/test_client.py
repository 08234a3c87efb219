"""One server behind one call: what is asked, what is learned, and what comes back over the wire."""

import asyncio
import gzip
import json
import logging
import math
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from polarity.backends.completer import Completer, Fault, Reply
from polarity.backends.completer.connection import MAX_ANSWER_BYTES
from polarity.errors import BackendRejected
from polarity.types import Completion, Usage
from tests.misbehaving import (
    Misbehaving,
    Request,
    always,
    completed,
    content,
    error,
    in_turn,
    legacy,
    misbehaving,
    said,
    sent,
)
from tests.misbehaving import Reply as Scripted

KEY = "sk-Very.Secret_0123456789"
BOMB = Scripted(gzip.compress(b" " * (MAX_ANSWER_BYTES + 1)), headers={"content-encoding": "gzip"})


@asynccontextmanager
async def _asking(reply: Scripted) -> AsyncIterator[tuple[Completer, Misbehaving]]:
    async with misbehaving(always(reply)) as server:
        completer = Completer(server.base_url, SecretStr(KEY), "some-model")
        yield completer, server
        await completer.aclose()


async def _ask(completer: Completer, api: str = "completions", top_logprobs: int | None = None) -> Reply:
    how: dict[str, Any] = {"stop": ["\n"], "max_tokens": 3, "temperature": 0.0, "top_logprobs": top_logprobs}
    if api == "chat":
        return await completer.ask([{"role": "user", "content": "Fine?"}], **how)
    return await completer.ask("Fine?", **how)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reason", "failure"),
    [
        ("abort", "server_error"),
        ("ERROR", "server_error"),
        ("cancelled", "server_error"),
        ("tool_calls", "bad_response"),
        ("FunctionCall.TOOL_USE", "bad_response"),
    ],
)
async def test_what_is_no_answer(reason: str, failure: str) -> None:
    """An aborted "positive" may have gone on with "but", and is asked again; a tool call is none."""
    async with _asking(completed("positive", finish_reason=reason)) as (completer, _):
        with pytest.raises(Fault, match="finish reason is") as caught:
            await _ask(completer)
    assert failure == caught.value.failure.reason


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
        *(
            ("completions", completed("a", finish_reason=word), "stop")
            for word in (
                "STOP",
                "eos",
                "eos_token",
                "end_turn",
                "stop_sequence",
                "FinishReason.STOP",
                "",
                None,
            )
        ),
        *(
            ("chat", said("a", finish_reason=word), "length")
            for word in ("max_tokens", "MAX_TOKENS", "max-output-tokens", "model_length")
        ),
        ("chat", said("", finish_reason="SAFETY"), "content_filter"),
        ("chat", said("good", finish_reason="novel"), "novel"),
        ("completions", completed("good", finish_reason=7), "7"),
        ("chat", said(["go", {"type": "text", "text": "od"}]), Completion(text="good", usage=Usage(9, 1))),
        (
            "chat",
            said([{"type": "thinking", "thinking": [{"text": "bad"}]}, {"type": "text", "text": "good"}]),
            Completion(text="good", reasoning="bad", usage=Usage(9, 1)),
        ),
        (
            "chat",
            said("good", reasoning_content="bad"),
            Completion(text="good", reasoning="bad", usage=Usage(9, 1)),
        ),
        ("chat", said("good", reasoning={"effort": "low"}), Completion(text="good", usage=Usage(9, 1))),
        (
            "chat",
            said("", reasoning="Let me see", finish_reason="length"),
            Completion(
                text="<think>Let me see",
                finish_reason="length",
                reasoning="Let me see",
                usage=Usage(9, 1),
            ),
        ),
        (
            "completions",
            sent({"choices": [{"index": 1, "text": "bad"}, {"index": 0, "text": "good"}], "usage": None}),
            Completion(text="good"),
        ),
        (
            "completions",
            sent({"choices": [{"text": "good", "finish_reason": None}], "usage": {"completion_tokens": 3}}),
            "length",
        ),
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
        (sent({"choices": [{"text": ["a"], "message": {"content": [{"type": "text"}]}}]}), "bad_response"),
        (sent({"choices": [{"text": None, "message": None, "finish_reason": "stop"}]}), "bad_response"),
        (Scripted(b"not gzip", headers={"content-encoding": "gzip"}), "connection"),
        (Scripted(b'{"choices": []}', cut=True), "connection"),
        (Scripted(b" " * (MAX_ANSWER_BYTES + 1)), "bad_response"),
        (Scripted(b" " * (MAX_ANSWER_BYTES + 1), status=500), "bad_response"),
        (BOMB, "bad_response"),
        (sent({"error": {"message": "no"}}), "bad_response"),
        (sent({"error": {"message": "busy", "code": 429}}), "rate_limited"),
        (sent({"error": "overloaded", "code": "overloaded_error"}), "server_error"),
        (
            sent({"choices": [{"finish_reason": "error", "error": {"code": 502, "message": "x"}}]}),
            "server_error",
        ),
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
    assert pytest.approx({" good": 0.5, " bad": 0.25}) == (
        asked.candidates and asked.candidates.probabilities
    )
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


Body = dict[str, Any]


def _refusing(refusal: Callable[[Body], Scripted | None], answer: Scripted) -> Callable[[Request], Scripted]:
    return lambda request: refusal(request.body) or answer


SCORES = said("a", logprobs=content(("a", 0.0)))
OLD_SCORES = completed("a", logprobs=content(("a", 0.0)))


def _renames(body: Body) -> Scripted | None:
    if "max_tokens" not in body:
        return None
    return error(
        400,
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'.",
        code="unsupported_parameter",
        param="max_tokens",
    )


def _without(name: str, refusal: Scripted) -> Callable[[Body], Scripted | None]:
    return lambda body: refusal if name in body else None


def _at_most(name: str, most: int, refusal: Scripted) -> Callable[[Body], Scripted | None]:
    return lambda body: refusal if body.get(name, 0) > most else None


REFUSALS: list[tuple[str, Callable[[Body], Scripted | None], list[str]]] = [
    ("chat", _renames, ["max_tokens is sent as max_completion_tokens"]),
    (
        "chat",
        _without("stop", error(400, "Unsupported parameter: 'stop' is not supported with this model.")),
        ["stop is left out"],
    ),
    (
        "chat",
        _without(
            "temperature", error(400, "Unsupported value: only the default (1) is.", param="temperature")
        ),
        ["temperature is left out"],
    ),
    (
        "chat",
        _without("logprobs", error(400, "`logprobs` is not supported with this model")),
        ["logprobs is left out", "top_logprobs is left out"],
    ),
    (
        "chat",
        _without("logprobs", sent({"detail": [{"loc": ["body", "logprobs"], "msg": "Extra"}]}, status=422)),
        ["logprobs is left out", "top_logprobs is left out"],
    ),
    (
        "chat",
        _without("top_logprobs", error(400, 'Invalid JSON payload: Unknown name "top_logprobs"')),
        ["top_logprobs is left out"],
    ),
    (
        "chat",
        _at_most(
            "top_logprobs", 5, error(400, "'top_logprobs' must be between 0 and 5", param="top_logprobs")
        ),
        ["at most 5 candidates are asked for"],
    ),
    (
        "completions",
        _at_most("logprobs", 5, error(400, "Requested sample logprobs of 7, greater than max allowed: 5")),
        ["at most 5 candidates are asked for"],
    ),
    ("chat", _without("seed", error(400, "seed is not supported")), ["seed is left out"]),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("api", "refusal", "learned"), REFUSALS)
async def test_what_a_server_refuses_by_name_is_learned(
    api: str, refusal: Callable[[Body], Scripted | None], learned: list[str]
) -> None:
    """The first text is answered, the second one asks rightly at once, and what was learned is told."""
    answer = SCORES if api == "chat" else OLD_SCORES
    async with misbehaving(_refusing(refusal, answer)) as server:
        completer = Completer(server.base_url, SecretStr(KEY), "m", extra_body={"seed": 7})
        assert () == completer.learned
        for _ in range(2):
            assert "a" == (await _ask(completer, api, top_logprobs=7)).completion.text
        await completer.aclose()
    assert learned == list(completer.learned)
    assert 3 == len(server.requests)
    assert server.requests[1].body == server.requests[2].body


@pytest.mark.anyio
async def test_several_refusals_are_learned_one_after_the_other() -> None:
    """Also by texts that are under way at the same time: what one learned serves all that come later."""

    def refusal(body: Body) -> Scripted | None:
        return _renames(body) or (error(400, "'stop' is not supported") if "stop" in body else None)

    async with misbehaving(_refusing(refusal, said("a"))) as server:
        completer = Completer(server.base_url, SecretStr(KEY), "m")
        await asyncio.gather(*(_ask(completer, "chat") for _ in range(5)))
        before = len(server.requests)
        await _ask(completer, "chat")
        await completer.aclose()
    assert ["max_tokens is sent as max_completion_tokens", "stop is left out"] == list(completer.learned)
    assert before + 1 == len(server.requests)
    assert 3 == server.requests[-1].body["max_completion_tokens"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("refusal", "asked", "reason"),
    [
        (error(400, "no 'max_tokens' here"), 2, "rejected"),
        (error(400, "the text says 'stop'"), 2, "rejected"),
        (error(400, "something else"), 1, "rejected"),
        (error(409, "'stop' is not supported"), 1, "rejected"),
        (
            error(400, "'max_tokens' is too large: 8. This model's maximum context length is 9."),
            1,
            "text_too_long",
        ),
        (error(400, "the prompt was refused by our content policy: 'stop'"), 1, "text_refused"),
    ],
)
async def test_nothing_is_learned_from_a_text(refusal: Scripted, asked: int, reason: str) -> None:
    """A lesson is kept only if it helped: a text that is refused for itself teaches nothing."""
    async with _asking(refusal) as (completer, server):
        with pytest.raises(Fault) as caught:
            await _ask(completer)
    assert () == completer.learned
    assert reason == caught.value.failure.reason
    assert asked == len(server.requests)


@pytest.mark.anyio
async def test_extra_body_and_headers_go_with_every_request(caplog: pytest.LogCaptureFixture) -> None:
    """The one is sent, the other is sent and never shown, also where the server sends it back."""
    caplog.set_level(logging.DEBUG)
    async with misbehaving(in_turn(completed("a"), error(400, "bad header tok-123"))) as server:
        headers = {"X-Gateway": SecretStr("tok-123"), "Authorization": SecretStr("Basic abc")}
        completer = Completer(
            server.base_url, SecretStr(KEY), "m", extra_body={"think": False}, extra_headers=headers
        )
        await _ask(completer)
        with pytest.raises(Fault) as caught:
            await _ask(completer)
        await completer.aclose()
    assert [False] * 2 == [request.body["think"] for request in server.requests]
    assert "tok-123" == server.requests[0].headers["x-gateway"]
    assert "Basic abc" == server.requests[0].headers["authorization"]
    assert "tok-123" not in f"{caught.value} {caplog.text} {completer!r}"


@pytest.mark.anyio
async def test_azures_addresses(caplog: pytest.LogCaptureFixture) -> None:
    """The query goes with every request behind the endpoint, and the key by Azure's own header."""
    async with misbehaving(always(said("a"))) as server:
        base = server.base_url.replace("/v1", "/openai/deployments/mine?api-version=2024-10-21")
        completer = Completer(base, SecretStr(KEY), "m")
        for _ in range(2):
            await _ask(completer, "chat")
        await completer.aclose()
    (path,) = {request.path for request in server.requests}
    assert "/openai/deployments/mine/chat/completions?api-version=2024-10-21" == path
    assert KEY == server.requests[0].headers["api-key"]
    assert "authorization" not in server.requests[0].headers
    assert KEY not in caplog.text


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("base", "reply", "advice"),
    [
        ("", error(404, "Not Found"), "/v1'"),
        ("", Scripted(b"<html>", headers={"content-type": "text/html"}), "/v1'"),
        ("", sent({"content": "a native answer"}), "/v1'"),
        ("/v1/chat/completions", error(404, "Not Found"), "/v1'"),
        ("/v1/completions/", Scripted(status=405), "/v1'"),
        ("/v2", Scripted(status=404), "check llm.base_url and llm.api"),
    ],
)
async def test_a_wrong_base_url_is_told_with_what_to_try(base: str, reply: Scripted, advice: str) -> None:
    """The message names the address that was asked, and the base URL to try."""
    async with misbehaving(always(reply)) as server:
        completer = Completer(server.base_url.removesuffix("/v1") + base, SecretStr(""), "m")
        with pytest.raises((Fault, BackendRejected)) as caught:
            await _ask(completer)
        await completer.aclose()
    told = str(caught.value)
    assert f"{server.base_url.removesuffix('/v1')}{base.rstrip('/')}/completions" in told
    assert advice in told


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "gopher"])
async def test_a_proxy_that_cannot_be_used(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is one sentence for a server elsewhere, and never concerns a server on this machine."""
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:9")
    with pytest.raises(BackendRejected, match=r"ALL_PROXY.*(pip install socksio|cannot be used)"):
        Completer("https://llm.example/v1", SecretStr(""), "m")
    async with _asking(completed("good")) as (completer, server):
        await _ask(completer)
    assert 1 == len(server.requests)


@pytest.mark.anyio
async def test_a_compressed_answer_is_unpacked() -> None:
    """A server may compress what fits."""
    body = gzip.compress(json.dumps({"choices": [{"text": "good"}]}).encode())
    async with _asking(Scripted(body, headers={"content-encoding": "gzip"})) as (completer, _):
        assert "good" == (await _ask(completer)).completion.text
