"""What a server really does: the real llama.cpp, and servers that take everything and do nothing."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from polarity.backends.completer import Completer, Fault
from polarity.backends.constrained import CANARY
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.proving import Api, Asked, Constraining, candidates, proven_strategy
from polarity.contract import Contract, mapper
from polarity.errors import BackendRejected
from polarity.types import Completion, Failure, Scores, Verdict
from tests.misbehaving import (
    Misbehaving,
    Reply,
    Request,
    Script,
    always,
    completed,
    content,
    error,
    held_to,
    keeping,
    misbehaving,
    said,
    where,
)

from .helpers import llm_on, real_llm

APIS: list[Api] = ["completions", "chat"]
IGNORED = "ignored, the answer was 'kettle'"
LOGPROBS = content(*((f" word{at}", -1.0 - at) for at in range(6)))


@asynccontextmanager
async def asking(script: Script, api: Api = "chat") -> AsyncIterator[tuple[Asked, Misbehaving]]:
    """Ask a scripted server."""
    async with misbehaving(script) as server:
        completer = Completer(server.base_url, _no_key(), "some-model")
        yield Asked(completer, api), server
        await completer.aclose()


def _no_key() -> Any:
    from pydantic import SecretStr

    return SecretStr("")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("key", "way"),
    [
        ("grammar", "grammar"),
        ("structured_outputs", "choice"),
        ("guided_choice", "guided_choice"),
        ("response_format", "json_schema"),
    ],
)
async def test_each_way_is_found_and_asked_by(key: str, way: str, contract: Contract) -> None:
    """The one that the server keeps to is used from then on; its answer is mapped like any other."""
    async with (
        misbehaving(keeping(key)) as server,
        llm_on(server.base_url, contract, strategy="constrained", api="chat") as backend,
    ):
        raws = await backend.predict(["Lovely.", "Fine."])
    assert all(isinstance(raw, Completion) for raw in raws)
    assert ["POSITIVE"] * 2 == [getattr(mapper.map(raw, contract), "label", None) for raw in raws]
    asked = [request for request in server.requests if CANARY not in json.dumps(request.body)]
    assert [True, True] == [key in request.body for request in asked]
    assert not any("stop" in request.body for request in asked)
    tried = ["grammar", "choice", "guided_choice", "json_schema"].index(way) + 1
    assert tried == len(server.requests) - len(asked)


@pytest.mark.anyio
async def test_completions_are_held_to_words_behind_a_blank(contract: Contract) -> None:
    """As the prompt teaches them: without it the model would be made to break its own tokens."""

    def script(request: Request) -> Reply:
        return completed(held_to(request.body["grammar"]))

    async with (
        misbehaving(script) as server,
        llm_on(server.base_url, contract, strategy="constrained") as backend,
    ):
        (raw,) = await backend.predict(["Fine."])
    assert ' | " positive"' in server.requests[-1].body["grammar"]
    assert " positive" == getattr(raw, "text", None)


@pytest.mark.anyio
async def test_where_nothing_is_enforced_that_is_said(contract: Contract) -> None:
    """An error that names what was tried and why each did not do; not asked again."""
    refused = where("json_schema", error(400, "response_format: unknown"), otherwise=said("kettle"))

    def script(request: Request) -> Reply:
        return error(400, "no such field") if "response_format" in request.body else refused(request)

    async with (
        misbehaving(script) as server,
        llm_on(server.base_url, contract, strategy="constrained", api="chat") as backend,
    ):
        with pytest.raises(BackendRejected) as caught:
            await backend.predict(["one"])
        with pytest.raises(BackendRejected):
            await backend.predict(["two"])
    assert "enforces no constraint: set llm.strategy = 'score' or 'free'" in str(caught.value)
    assert f"grammar: {IGNORED}; choice: {IGNORED}; guided_choice: {IGNORED}" in str(caught.value)
    assert "json_schema: refused, " in str(caught.value)
    assert 4 == len(server.requests)


@pytest.mark.anyio
async def test_what_cannot_be_said_now_is_tried_again(contract: Contract) -> None:
    """A busy server proves nothing: what was found out stays, and the rest is asked with the next text."""
    busy = [error(503)] * 4

    def script(request: Request) -> Reply:
        if "response_format" in request.body:
            return busy.pop() if busy else said(held_to(request.body["response_format"]))
        return said("kettle")

    async with asking(script) as (asked, server):
        constraining = Constraining(asked, contract)
        with pytest.raises(Fault, match="server_error"):
            await constraining.found()
        assert {"grammar", "choice", "guided_choice"} == constraining.tried.keys()
        busy.clear()
        assert "json_schema" == await constraining.found()
    assert 5 == len(server.requests)


@pytest.mark.anyio
async def test_a_refused_key_is_no_proof(contract: Contract) -> None:
    """What concerns every text comes through by its own name."""
    async with asking(always(error(401, "bad key"))) as (asked, _):
        with pytest.raises(BackendRejected) as caught:
            await Constraining(asked, contract).found()
    assert "unauthorized" == caught.value.reason


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("script", "strategy"),
    [
        (always(said("kettle", logprobs=LOGPROBS)), "score"),
        (always(said("kettle", logprobs=content((" a", -1.0)))), "free"),
        (always(said("kettle")), "free"),
        (keeping("response_format"), "constrained"),
        (
            keeping("response_format", otherwise=error(400, "logprobs is not supported", param="logprobs")),
            "constrained",
        ),
    ],
)
async def test_auto_chooses_by_proof(script: Script, strategy: str, contract: Contract) -> None:
    """Scores need enough candidates; else a constraint that is enforced; else text."""
    async with asking(script) as (asked, _):
        assert strategy == await proven_strategy(asked, Constraining(asked, contract))


@pytest.mark.anyio
async def test_auto_answers_by_what_it_chose(contract: Contract) -> None:
    """Once for all texts, and the backend says which."""
    async with (
        misbehaving(keeping("response_format", otherwise=said("positive"))) as server,
        llm_on(server.base_url, contract, strategy="auto", api="chat") as backend,
    ):
        assert backend.strategy is None
        raws = await backend.predict(["one", "two"])
        assert "constrained" == backend.strategy
    assert ['{"label": "positive"}'] * 2 == [raw.text for raw in raws if isinstance(raw, Completion)]
    assert 1 + 4 + 2 == len(server.requests)


@pytest.mark.anyio
async def test_auto_waits_for_a_server_that_is_away(contract: Contract) -> None:
    """A text fails by its own reason, and the next one asks again."""
    async with (
        misbehaving(always(error(503))) as server,
        llm_on(server.base_url, contract, strategy="auto", api="chat", retries=0) as backend,
    ):
        (raw,) = await backend.predict(["one"])
        assert backend.strategy is None
    assert "server_error" == getattr(raw, "reason", None)


@pytest.mark.anyio
@pytest.mark.parametrize("api", APIS)
async def test_the_real_server_keeps_to_a_grammar(
    api: Api, embedded_server: EmbeddedServer, short_contract: Contract
) -> None:
    """It is proven by a word that SmolLM2 would never say; every answer is one label's word."""
    backend = real_llm(embedded_server, short_contract, api=api, strategy="constrained")
    raws = await backend.predict(["I love it, wonderful!", "Terrible. It broke after a day."])
    asked = Asked(backend._completer, api)
    enough = await candidates(asked)
    await backend.aclose()
    assert all(isinstance(raw, Completion) and "stop" == raw.finish_reason for raw in raws)
    assert all(isinstance(mapper.map(raw, short_contract), Verdict) for raw in raws)
    assert 20 == enough


def _kinds(raws: Iterable[object]) -> set[type]:
    return {type(raw) for raw in raws} - {Failure}


@pytest.mark.anyio
async def test_the_real_server_is_asked_for_scores_under_auto(
    embedded_server: EmbeddedServer, contract: Contract
) -> None:
    """It shows its candidates."""
    backend = real_llm(embedded_server, contract, strategy="auto")
    raws = await backend.predict(["I love it, wonderful!"])
    await backend.aclose()
    assert {Scores} == _kinds(raws)
