"""The rows that `polarity doctor` shows of a server: a real one, and servers that break each promise."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from polarity.backends import proofs
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.proofs import Proof, prove
from polarity.contract import Contract
from tests.misbehaving import Reply, Request, always, completed, content, error, misbehaving, said, sent

from .helpers import llm_on, real_llm

STORY = "Once upon a time there stood a lighthouse"
Answers = Callable[[Request], Reply | None]


def _rows(found: list[Proof]) -> dict[str, tuple[bool | None, str]]:
    return {what: (ok, detail) for what, ok, detail in found}


async def _proven(
    answers: Answers, contract: Contract, **settings: Any
) -> dict[str, tuple[bool | None, str]]:
    """Prove a server that answers as scripted, and else with the same story whatever is asked."""

    def script(request: Request) -> Reply:
        return answers(request) or said(STORY)

    settings = {"api": "chat", "strategy": "free", "retries": 0, **settings}
    async with (
        misbehaving(script) as server,
        llm_on(server.base_url, contract, **settings) as backend,
    ):
        return _rows(await prove(backend, contract))


def _nothing(request: Request) -> Reply | None:
    return sent({"data": []}) if request.path.endswith("/models") else None


@pytest.mark.anyio
async def test_a_server_that_ignores_all_is_seen_through(contract: Contract) -> None:
    """It takes every request with status 200, and each row says what it did instead."""
    rows = await _proven(_nothing, contract)
    assert (None, "none are listed") == rows["models"]
    assert (None, "no log-probabilities") == rows["candidates"]
    ignored = (None, f"ignored, the answer was {STORY[:40] + '...'!r}")
    assert [ignored] * 4 == [rows[way] for way in ("grammar", "choice", "guided_choice", "json_schema")]
    assert (None, "ignored: the text goes on behind 'time'") == rows["stop"]
    assert (None, "not found out: every seed gives the same text") == rows["seed"]
    assert (None, "not tried: the server does not say how long its context is") == rows["too long"]
    assert (None, "taken: the server asks for no key") == rows["bad key"]
    assert (True, "answers; with its template a word is 9 tokens") == rows["chat"]


@pytest.mark.anyio
async def test_a_server_that_keeps_its_promises(contract: Contract) -> None:
    """Stop, seed, candidates, a named error for a text beyond its context and for a key."""

    def answers(request: Request) -> Reply | None:
        if request.path.endswith("/models"):
            return sent({"data": [{"id": "default", "max_model_len": 64}]})
        if "nobody" in request.headers["authorization"]:
            return error(401, "Incorrect API key")
        if len(request.prompt) > 300 and "word word" in request.prompt:
            return error(400, "This model's maximum context length is 64 tokens")
        if "seed" in request.body:
            return said(f"{STORY} {request.body['seed']}")
        if "top_logprobs" in request.body:
            return said("a", logprobs=content(*((f"w{at}", -2.0 - at) for at in range(6))))
        stop = request.body.get("stop")
        return said(STORY.partition(stop[0])[0]) if stop else None

    rows = await _proven(answers, contract)
    assert (True, "default") == rows["models"]
    assert (True, "6") == rows["candidates"]
    assert (True, "honoured: the text ends before 'time'") == rows["stop"]
    assert (True, "honoured: the same seed, the same text") == rows["seed"]
    assert (True, "a context of 64 tokens; a longer text is refused by name") == rows["too long"]
    assert rows["bad key"][0] is True
    assert rows["deadline"][1].startswith("llm.deadline_ms = ")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (said(STORY), "a context of 64 tokens; a longer text is cut, and nothing said"),
        (error(500, "oops"), "a context of 64 tokens; a longer text is refused as server_error: "),
        (error(400, "bad input"), "a context of 64 tokens; a longer text is refused as rejected: "),
    ],
)
async def test_a_text_too_long_that_is_not_named(answer: Reply, told: str, contract: Contract) -> None:
    """What comes instead is told: such texts would be read as something else."""

    def answers(request: Request) -> Reply | None:
        if request.path.endswith("/models"):
            return sent({"data": [{"id": "x", "meta": {"n_ctx": 64}}]})
        return answer if "word word" in request.prompt else None

    ok, detail = (await _proven(answers, contract))["too long"]
    assert ok is None
    assert detail.startswith(told)


@pytest.mark.anyio
async def test_too_large_a_context_is_not_filled(contract: Contract) -> None:
    """That would cost time and money."""

    def answers(request: Request) -> Reply | None:
        assert "word word" not in request.prompt
        is_models = request.path.endswith("/models")
        return sent({"data": [{"id": "default", "context_length": 128_000}]}) if is_models else None

    assert (None, "not tried: a context of 128,000 tokens") == (await _proven(answers, contract))["too long"]


@pytest.mark.anyio
async def test_a_seed_that_is_ignored(contract: Contract) -> None:
    """The same seed gives other texts each time."""
    count = iter(range(1000))

    def answers(request: Request) -> Reply | None:
        return said(f"{next(count)}") if "seed" in request.body else _nothing(request)

    assert (None, "ignored: the same seed gave two texts") == (await _proven(answers, contract))["seed"]


@pytest.mark.anyio
async def test_a_bad_key_that_is_refused_otherwise(contract: Contract) -> None:
    """Not as a refused key: then a real one that expires is not named, either."""

    def answers(request: Request) -> Reply | None:
        if "nobody" in request.headers["authorization"]:
            return error(400, "No such project.")
        return _nothing(request)

    ok, detail = (await _proven(answers, contract))["bad key"]
    assert (None, "refused, but as rejected: 400: No such project.") == (ok, detail)


@pytest.mark.anyio
async def test_an_endpoint_that_is_not_there(contract: Contract) -> None:
    """A row says so; the other rows are found out all the same."""

    def answers(request: Request) -> Reply | None:
        if request.path.endswith("/v1/completions"):
            return error(404, "Not Found")
        return _nothing(request)

    rows = await _proven(answers, contract)
    assert rows["completions"][0] is None
    assert "no: the LLM server has nothing at this address" in rows["completions"][1]
    assert rows["chat"][0] is True


@pytest.mark.anyio
async def test_a_passing_fault_is_asked_again(contract: Contract) -> None:
    """Once: some servers close the connection behind an error."""
    faults = [error(503)]

    def answers(request: Request) -> Reply | None:
        return faults.pop() if faults and "seed" in request.body else _models_fail(request)

    rows = await _proven(answers, contract)
    assert (None, "not found out: every seed gives the same text") == rows["seed"]
    assert rows["models"][1].startswith("no: server_error: 500")
    assert (None, "not tried: the server does not say how long its context is") == rows["too long"]


def _models_fail(request: Request) -> Reply | None:
    return error(500) if request.path.endswith("/models") else None


@pytest.mark.anyio
async def test_a_row_that_takes_too_long_is_given_up(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hanging server costs a limited time; it answers at neither endpoint, so no more is asked."""
    monkeypatch.setattr(proofs, "LONGEST_S", 0.05)
    async with (
        misbehaving(always(completed("never", delay_s=30))) as server,
        llm_on(server.base_url, contract, strategy="free", retries=0) as backend,
    ):
        rows = _rows(await prove(backend, contract))
    never = (None, "not found out: no answer within 0 s")
    assert {"completions": never, "chat": never} == rows


@pytest.mark.anyio
async def test_the_real_server(embedded_server: EmbeddedServer, short_contract: Contract) -> None:
    """llama.cpp: all but vLLM's ways, and JSON only under chat; SmolLM2's template is some thirty tokens."""
    backend = real_llm(embedded_server, short_contract, api="chat")
    rows = _rows(await prove(backend, short_contract))
    await backend.aclose()
    kept = {what for what, (ok, _) in rows.items() if ok}
    assert rows.keys() - {"choice", "guided_choice"} == kept, json.dumps(rows)
    assert (True, "answers; with its template a word is 31 tokens") == rows["chat"]
    assert (True, "a context of 2,048 tokens; a longer text is refused by name") == rows["too long"]
