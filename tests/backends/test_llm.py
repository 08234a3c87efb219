"""The LLM backend: the real model first, then a server that misbehaves."""

import asyncio
import gc
import math
from collections.abc import Callable
from typing import Any, Literal

import pytest

from polarity.backends import attempts
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.llm import LlmBackend
from polarity.contract import Contract, mapper
from polarity.errors import BackendRejected, BackendUnavailable
from polarity.settings import LlmSettings
from polarity.types import Completion, Failure, Scores, Verdict
from tests.misbehaving import (
    Misbehaving,
    Reply,
    Request,
    always,
    completed,
    content,
    error,
    held_to,
    in_turn,
    legacy,
    misbehaving,
    said,
    sent,
    where,
)

from .helpers import llm_on, real_llm

REVIEWS = ["I love it, wonderful!", "Terrible. It broke after a day.", "Absolutely brilliant, thank you!"]
GOOD = completed(" positive")


@pytest.mark.anyio
@pytest.mark.parametrize("strategy", ["score", "free"])
@pytest.mark.parametrize("api", ["completions", "chat"])  # the slower one: the server keeps the examples
async def test_the_real_model_answers(
    api: Literal["completions", "chat"],
    strategy: Literal["score", "free"],
    embedded_server: EmbeddedServer,
    contract: Contract,
) -> None:
    """Plain opinions get raw outputs of the strategy's kind; by completion they are read rightly."""
    backend = real_llm(embedded_server, contract, api=api, strategy=strategy)
    raws = await backend.predict(REVIEWS if api == "completions" else REVIEWS[:1])
    await backend.aclose()
    assert {Scores if strategy == "score" else Completion} == {type(raw) for raw in raws}
    assert all(raw.usage.prompt_tokens > 100 for raw in raws if not isinstance(raw, Failure))
    if api == "completions":
        outcomes = [mapper.map(raw, contract) for raw in raws]
        labels = [outcome.label if isinstance(outcome, Verdict) else None for outcome in outcomes]
        assert ["POSITIVE", "NEGATIVE", "POSITIVE"] == labels


@pytest.mark.llm
@pytest.mark.anyio
async def test_closing_the_real_server_under_way(short_contract: Contract) -> None:
    """The caller is told, closing waits for no answer, and a new backend answers in the same process."""
    settings = LlmSettings(strategy="free", concurrency=2, threads=1)
    first = LlmBackend.start(settings, short_contract, deadline_s=math.inf)
    call = asyncio.create_task(first.predict(["good " * 150] * 3))
    await asyncio.sleep(0.2)
    await first.aclose()
    with pytest.raises(BackendUnavailable, match="closed"):
        await call
    second = LlmBackend.start(settings, short_contract, deadline_s=math.inf)
    (raw,) = await second.predict(["good"])
    await second.aclose()
    assert isinstance(raw, Completion)
    assert "smollm2" == second.model


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b'{"choices": []}', cut=True), "connection"),
        (error(429), "rate_limited"),
        (error(500), "server_error"),
        (error(400), "rejected"),
        (Reply(b"{"), "bad_response"),
        (Reply(b"<html>", headers={"content-type": "text/html"}), "bad_response"),
        (completed(None), "bad_response"),
        (completed(" positive", delay_s=30), "timeout"),
    ],
)
async def test_one_text_fails_alone(reply: Reply, reason: str, contract: Contract) -> None:
    """Whatever happens to one text is a failure in its place; its neighbours are answered."""
    texts = ["one", "zebra", "three"]
    async with (
        misbehaving(where("zebra", reply, otherwise=GOOD)) as server,
        llm_on(server.base_url, contract, strategy="free", deadline_s=2.0) as backend,
    ):
        first, failed, third = await backend.predict(texts)
    assert isinstance(failed, Failure)
    assert reason == failed.reason
    assert [" positive"] * 2 == [raw.text for raw in (first, third) if isinstance(raw, Completion)]


FIREWALL = Reply(b"<html>blocked</html>", status=403, headers={"content-type": "text/html"})


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error(400, "the request exceeds the available context size"), "text_too_long"),
        (error(400, "x", code="context_length_exceeded"), "text_too_long"),
        (Reply(b"<html>", status=413), "text_too_long"),
        (error(400, "x", code="content_filter"), "text_refused"),
        (error(403, "your input was flagged"), "text_refused"),
        (FIREWALL, "rejected"),
    ],
)
async def test_one_bad_text_never_costs_the_others(reply: Reply, reason: str, contract: Contract) -> None:
    """It is told why, is not asked again, and its neighbours are answered."""
    async with (
        misbehaving(where("zebra", reply, otherwise=GOOD)) as server,
        llm_on(server.base_url, contract, strategy="free", retries=3) as backend,
    ):
        first, failed, third = await backend.predict(["one", "zebra", "three"])
    assert reason == getattr(failed, "reason", None)
    assert [Completion, Completion] == [type(first), type(third)]
    assert 3 == len(server.requests)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error(401, "no such key"), "unauthorized"),
        (error(402, "pay first"), "quota_used_up"),
        (error(429, "pay first", code="insufficient_quota", retry_after="1"), "quota_used_up"),
        (error(404, "x", code="model_not_found"), "unknown_model"),
        (error(404, "Not Found"), "unavailable"),
    ],
)
async def test_what_concerns_every_text_is_named(reply: Reply, reason: str, contract: Contract) -> None:
    """The key, the money, the model, the address: an error with its reason, after one request."""
    async with (
        misbehaving(always(reply)) as server,
        llm_on(server.base_url, contract, strategy="free", retries=3) as backend,
    ):
        with pytest.raises(BackendRejected) as caught:
            await backend.predict(["one"])
    assert reason == caught.value.reason
    assert 1 == len(server.requests)


@pytest.mark.anyio
async def test_an_error_within_an_answer_is_asked_again(contract: Contract) -> None:
    """A gateway passes a busy model's error on with status 200: it passes."""
    busy = sent({"error": {"message": "Provider is busy", "code": 429}})
    async with (
        misbehaving(in_turn(busy, GOOD)) as server,
        llm_on(server.base_url, contract, strategy="free", retries=1) as backend,
    ):
        (raw,) = await backend.predict(["one"])
    assert isinstance(raw, Completion)
    assert 2 == len(server.requests)


@pytest.mark.anyio
async def test_nobody_listens(contract: Contract, unused_port: Callable[[], int]) -> None:
    """A refused connection is a failure of each text: the server may come back."""
    async with llm_on(f"http://127.0.0.1:{unused_port()}/v1", contract) as backend:
        raws = await backend.predict(["a", "b"])
    assert ["connection"] * 2 == [raw.reason for raw in raws if isinstance(raw, Failure)]


@pytest.mark.anyio
@pytest.mark.parametrize("retries", [0, 1, 3])
@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_passing_faults_are_tried_again(retries: int, status: int, contract: Contract) -> None:
    """As often as the settings say, and no attempt more: the client itself does not retry."""
    async with (
        misbehaving(always(error(status))) as server,
        llm_on(server.base_url, contract, strategy="free", retries=retries) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert isinstance(raw, Failure)
    assert 1 + retries == len(server.requests)


@pytest.mark.anyio
@pytest.mark.parametrize("reply", [error(400), error(422), Reply(b"{"), completed(None)])
async def test_lasting_faults_are_not_tried_again(reply: Reply, contract: Contract) -> None:
    """What is wrong stays wrong."""
    async with (
        misbehaving(always(reply)) as server,
        llm_on(server.base_url, contract, strategy="free", retries=3) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert isinstance(raw, Failure)
    assert 1 == len(server.requests)


@pytest.mark.anyio
@pytest.mark.parametrize("fault", [error(500), error(503), Reply(b"[]", cut=True)])
async def test_a_fault_that_passes_is_answered(fault: Reply, contract: Contract) -> None:
    """Two faults, then an answer, within two retries."""
    async with (
        misbehaving(in_turn(fault, fault, GOOD)) as server,
        llm_on(server.base_url, contract, strategy="free", retries=2) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert isinstance(raw, Completion)
    assert 3 == len(server.requests)


@pytest.mark.anyio
async def test_retry_after_is_honoured(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next attempt comes when the server said, not before: so long is the pause."""
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def passed(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", passed)
    monkeypatch.setattr(attempts, "_now", lambda: asyncio.get_running_loop().time() + sum(pauses))
    async with (
        misbehaving(in_turn(error(429, retry_after="30"), GOOD)) as server,
        llm_on(server.base_url, contract, strategy="free", deadline_s=60.0) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert [30.0] == [seconds for seconds in pauses if seconds]  # the server's own are none
    assert isinstance(raw, Completion)


@pytest.mark.anyio
async def test_retry_after_beyond_the_deadline(contract: Contract) -> None:
    """Is a timeout at once, which says why: waiting for the deadline would help nobody."""
    async with (
        misbehaving(always(error(429, "slow down", retry_after="60"))) as server,
        llm_on(server.base_url, contract, strategy="free", deadline_s=50.0) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert isinstance(raw, Failure)
    assert "timeout" == raw.reason
    assert "the next attempt would come after the deadline" in raw.detail  # which nobody waited for
    assert "slow down" in raw.detail
    assert 1 == len(server.requests)


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_text_that_waits_to_be_asked_again_holds_no_place(contract: Contract) -> None:
    """With one place, the second text is answered during the first one's pause."""
    async with (
        misbehaving(in_turn(error(503, retry_after="0.5"), GOOD)) as server,
        llm_on(server.base_url, contract, strategy="free", concurrency=1) as backend,
    ):
        raws = await backend.predict(["first", "second"])
    assert [Completion] * 2 == [type(raw) for raw in raws]
    assert ["first", "second", "first"] == [request.prompt.split()[-2] for request in server.requests]


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_server_that_hangs_is_given_up(contract: Contract) -> None:
    """Forty requests of one text each: five cost their deadline, the others get their failure at once."""
    async with (
        misbehaving(always(completed(" positive", delay_s=60))) as server,
        llm_on(server.base_url, contract, strategy="free", deadline_s=0.5) as backend,
    ):
        raws = [raw for _ in range(40) for raw in await backend.predict(["good"])]
        circuit = backend.condition.circuit
    assert ["timeout"] * 5 + ["unavailable"] * 35 == [raw.reason for raw in raws if isinstance(raw, Failure)]
    assert len(server.requests) <= 5
    assert "timeout: no answer within 500 ms" in getattr(raws[-1], "detail", "")
    assert "open" == circuit.state


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_server_that_is_back_is_found(contract: Contract) -> None:
    """After the pause one request passes; it is answered, and so are all that follow."""
    async with (
        misbehaving(in_turn(*[error(500)] * 5, GOOD)) as server,
        llm_on(server.base_url, contract, strategy="free", retries=0) as backend,
    ):
        failed = [raw for _ in range(20) for raw in await backend.predict(["good"])]
        await asyncio.sleep(1.1)
        back = [raw for _ in range(3) for raw in await backend.predict(["good"])]
    assert {"server_error", "unavailable"} == {raw.reason for raw in failed if isinstance(raw, Failure)}
    assert [Completion] * 3 == [type(raw) for raw in back]
    assert 5 + 3 == len(server.requests)


@pytest.mark.slow
@pytest.mark.anyio
async def test_over_a_file_429_costs_no_text_its_answer(contract: Contract) -> None:
    """A server that takes two at once, and says so to the others, answers sixty texts all the same."""
    servers: list[Misbehaving] = []

    def crowded(_: Request) -> Reply:
        return error(429) if servers[0].at_once > 1 else completed(" positive", delay_s=0.02)

    async with (
        misbehaving(crowded) as server,
        llm_on(
            server.base_url, contract, strategy="free", concurrency=8, deadline_s=60.0, patient=True
        ) as backend,
    ):
        servers.append(server)
        raws = await backend.predict(["good"] * 60)
    assert {Completion} == {type(raw) for raw in raws}


@pytest.mark.anyio
async def test_who_was_refused_is_not_asked_again(contract: Contract) -> None:
    """Two hundred calls with a refused key are a handful of requests; each is told why."""
    async with (
        misbehaving(always(error(401, "no such key"))) as server,
        llm_on(server.base_url, contract, strategy="free") as backend,
    ):
        for _ in range(200):
            with pytest.raises(BackendRejected, match="no such key"):
                await backend.predict(["good"])
    assert 1 == len(server.requests)


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_deadline_is_one_budget(contract: Contract) -> None:
    """Queueing counts: of six slow answers on two places, those that do not fit are timeouts in time."""
    async with (
        misbehaving(always(completed(" positive", delay_s=0.5))) as server,
        llm_on(server.base_url, contract, strategy="free", concurrency=2, deadline_s=0.8) as backend,
    ):
        raws = await backend.predict(["good"] * 6)
    assert [Completion] * 2 + [Failure] * 4 == [type(raw) for raw in raws]
    assert {"timeout"} == {raw.reason for raw in raws if isinstance(raw, Failure)}


@pytest.mark.slow
@pytest.mark.anyio
async def test_attempts_share_the_deadline(contract: Contract) -> None:
    """Ten retries of a slow failure end at the deadline, not ten times later."""
    async with (
        misbehaving(always(Reply(status=500, delay_s=0.2))) as server,
        llm_on(server.base_url, contract, strategy="free", retries=10, deadline_s=0.7) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert len(server.requests) < 10
    assert isinstance(raw, Failure)
    assert "timeout" == raw.reason


@pytest.mark.anyio
async def test_concurrency_is_bounded_over_all_calls(contract: Contract) -> None:
    """Two calls of eight texts never have more than three requests under way, and do have three."""
    async with (
        misbehaving(always(completed(" positive", delay_s=0.05))) as server,
        llm_on(server.base_url, contract, strategy="free", concurrency=3) as backend,
    ):
        await asyncio.gather(backend.predict(["good"] * 8), backend.predict(["bad"] * 8))
    assert 3 == server.most_at_once
    assert 16 == len(server.requests)


@pytest.mark.anyio
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_refusal_of_the_backend_is_raised(status: int, contract: Contract) -> None:
    """Bad credentials or an unknown model concern every text: one error, and no task is left behind."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with (
        misbehaving(
            where("zebra", error(status, "no such key"), otherwise=completed("a", delay_s=5))
        ) as server,
        llm_on(server.base_url, contract, strategy="free", concurrency=3) as backend,
    ):
        before = asyncio.all_tasks()
        with pytest.raises(BackendRejected, match="no such key"):
            await backend.predict(["slow", "zebra", "zebra", "later", "zebra"])
        left = [task for task in asyncio.all_tasks() - before if "_answer" in str(task.get_coro())]
    gc.collect()
    await asyncio.sleep(0)
    assert [] == left
    assert [] == complaints


@pytest.mark.anyio
async def test_cancelling_a_call_ends_its_requests(contract: Contract) -> None:
    """The caller sees its cancellation, no task is left, and every place is free again."""
    async with (
        misbehaving(where("zebra", completed("a", delay_s=30), otherwise=GOOD)) as server,
        llm_on(server.base_url, contract, strategy="free", concurrency=1) as backend,
    ):
        call = asyncio.create_task(backend.predict(["zebra"] * 3))
        await asyncio.sleep(0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert set() == backend._calls
        (raw,) = await backend.predict(["good"])
    assert isinstance(raw, Completion)


@pytest.mark.anyio
@pytest.mark.parametrize("wait_s", [0.0, 0.1])
async def test_closing_under_way(wait_s: float, contract: Contract) -> None:
    """The caller is told that the backend is unavailable; it is not told that it was cancelled itself."""
    async with (
        misbehaving(always(completed("a", delay_s=30))) as server,
        llm_on(server.base_url, contract, strategy="free") as backend,
    ):
        call = asyncio.create_task(backend.predict(["good"] * 6))
        await asyncio.sleep(wait_s)
        async with asyncio.timeout(5):
            await backend.aclose()
        with pytest.raises(BackendUnavailable, match="closed"):
            await call


SCORED: list[tuple[Literal["completions", "chat"], Reply]] = [
    ("completions", completed(" positive", logprobs=legacy(**{" positive": math.log(0.5)}))),
    ("completions", completed(" positive", logprobs=content((" positive", math.log(0.5))))),
    ("chat", said("positive", logprobs=content(("positive", math.log(0.5))))),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("api", "reply"), SCORED)
async def test_scores_from_both_shapes(
    api: Literal["completions", "chat"], reply: Reply, contract: Contract
) -> None:
    """Log-probabilities become scores, with the tokens that were read."""
    async with (
        misbehaving(always(reply)) as server,
        llm_on(server.base_url, contract, api=api, top_logprobs=5) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert isinstance(raw, Scores)
    assert ("logprobs", 9) == (raw.source, raw.tokens)
    assert [pytest.approx(0.5)] == list(raw.probabilities.values())
    assert 1 == server.requests[0].body["max_tokens"]


FEW = {" the": 0.5, " a": 0.2, " it": 0.1, " positive": 0.06, " this": 0.05}
MANY = {**FEW, " negative": 0.04, " neutral": 0.01}


def _candidates(shown: dict[str, float]) -> Reply:
    return completed(" the", logprobs=content(*((token, math.log(p)) for token, p in shown.items())))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("limit", "refusal", "asked", "shown"),
    [
        (25, None, [5, 25, 5, 25], 7),
        (7, error(400, "logprobs must be at most 7"), [5, 25, 7, 5, 7], 7),
        (5, error(400, "logprobs must be at most 5"), [5, 25, 5, 5], 5),
        (5, error(400, "too many logprobs"), [5, 25, 5, 5], 5),
        (5, error(400, "no"), [5, 25, 5], 5),
        (5, None, [5, 25, 5], 5),
    ],
    ids=[
        "shows more",
        "names a larger limit",
        "names its limit",
        "names no limit",
        "refuses",
        "shows no more",
    ],
)
async def test_candidates_that_do_not_suffice_are_asked_for_again(
    limit: int, refusal: Reply | None, asked: list[int], shown: int, contract: Contract
) -> None:
    """Once a text, as long as the server may show more than it did; what is spent is counted."""

    def script(request: Request) -> Reply:
        if refusal and request.body["logprobs"] > limit:
            return refusal
        return _candidates(MANY if min(request.body["logprobs"], limit) > 5 else FEW)

    async with (
        misbehaving(script) as server,
        llm_on(server.base_url, contract, top_logprobs=5) as backend,
    ):
        (first,) = await backend.predict(["good"])
        await backend.predict(["good"])
    assert asked == [request.body["logprobs"] for request in server.requests]
    assert isinstance(first, Scores)
    assert shown == len(first.probabilities)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("trouble", "settings"),
    [
        (error(503, "busy"), {"retries": 0}),
        (error(429, "slow down"), {"retries": 2}),
        (Reply(cut=True), {"retries": 0}),
        (completed("late", delay_s=30), {}),
        (error(401, "no such key"), {}),
        (_candidates(MANY), {"max_spend": 1.0, "prompt_price": 0.0, "completion_price": 1_000_000.0}),
    ],
    ids=["a server's trouble", "too many", "cut off", "late", "a refused key", "no money for it"],
)
async def test_what_was_told_first_stands_where_asking_again_fails(
    trouble: Reply, settings: dict[str, Any], contract: Contract
) -> None:
    """It is paid for: its candidates are the answer, whatever keeps more of them from coming."""

    def script(request: Request) -> Reply:
        return _candidates(FEW) if request.body["logprobs"] == 5 else trouble

    async with (
        misbehaving(script) as server,
        llm_on(server.base_url, contract, top_logprobs=5, deadline_s=1.0, **settings) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert isinstance(raw, Scores)
    assert (len(FEW), 9) == (len(raw.probabilities), raw.usage.prompt_tokens)


HIDDEN = {" the": 0.3, " a": 0.2, " it": 0.15, " this": 0.1, " an": 0.05}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("shown", "holds", "kind", "requests"),
    [
        (HIDDEN, True, Completion, 1 + 1 + 1),
        (HIDDEN, False, Scores, 1 + 4),
        ({" the": 0.3, " a": 0.2, " positive": 0.2, " negative": 0.15, " it": 0.1}, True, Scores, 1),
        ({" the": 0.9, " a": 0.05, " it": 0.02, " an": 0.01, " this": 0.001}, True, Scores, 1),
    ],
    ids=["nothing to read", "nothing is enforced", "a verdict", "hardly any mass is left"],
)
async def test_where_no_more_is_shown_a_word_is_asked_for(
    shown: dict[str, float], holds: bool, kind: type, requests: int, contract: Contract
) -> None:
    """Of a server that shows five at most: where nothing can be read, and labels may be among the rest."""

    def script(request: Request) -> Reply:
        if holds and "grammar" in request.body:
            return completed(held_to(request.body["grammar"]))
        if "logprobs" not in request.body:
            return completed("kettle")
        return _candidates(shown)

    async with (
        misbehaving(script) as server,
        llm_on(server.base_url, contract, requests_per_minute=600) as backend,
    ):
        (raw,) = await backend.predict(["good"])
        first = len(server.requests)
        await backend.predict(["good"])
    assert kind is type(raw)
    assert requests == first
    assert (1 + (kind is Completion)) == len(server.requests) - first
    assert 9 * requests == backend.condition.used.prompt_tokens - 9 * (1 + (kind is Completion))
    if isinstance(raw, Completion):
        outcome = mapper.map(raw, contract)
        assert isinstance(outcome, Verdict)
        assert ("POSITIVE", 2 * 9) == (outcome.label, raw.usage.prompt_tokens)


@pytest.mark.anyio
async def test_candidates_that_suffice_are_asked_for_once(contract: Contract) -> None:
    """Where the labels not shown have next to nothing, another question would tell nothing."""
    plain = _candidates({" positive": 0.9, " negative": 0.05, " the": 0.001})
    async with (
        misbehaving(always(plain)) as server,
        llm_on(server.base_url, contract, top_logprobs=3) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert 1 == len(server.requests)
    assert isinstance(raw, Scores)
    assert pytest.approx(0.001) == raw.unseen


@pytest.mark.anyio
@pytest.mark.parametrize("logprobs", [None, legacy(), content(), {"content": None}])
async def test_a_server_without_log_probabilities(logprobs: object, contract: Contract) -> None:
    """Is told from a silent model: the failure names the setting to change."""
    async with (
        misbehaving(always(completed(" positive", logprobs=logprobs))) as server,
        llm_on(server.base_url, contract) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert isinstance(raw, Failure)
    assert "bad_response" == raw.reason
    assert "llm.strategy" in raw.detail


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("api", "reply", "reason"),
    [
        ("completions", completed(""), "empty"),
        ("completions", completed(" \ufffd", finish_reason="length"), "truncated"),
        ("completions", completed("a", finish_reason="content_filter"), "filtered"),
        ("chat", said(None), "empty"),
        ("chat", said(None, refusal="I cannot."), "refusal"),
        ("chat", said("", refusal="I cannot.", logprobs=content(("positive", 0.0))), "refusal"),
        ("chat", said("", finish_reason="content_filter", logprobs=content(("positive", 0.0))), "filtered"),
    ],
)
async def test_no_answer_word_under_score(
    api: Literal["completions", "chat"], reply: Reply, reason: str, contract: Contract
) -> None:
    """A silent, half-said, filtered or refused answer is a completion for the contract to judge."""
    async with (
        misbehaving(always(reply)) as server,
        llm_on(server.base_url, contract, api=api) as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert isinstance(raw, Completion)
    assert reason == getattr(mapper.map(raw, contract), "reason", None)


@pytest.mark.anyio
async def test_a_budget_used_up_by_thinking_is_truncated(contract: Contract) -> None:
    """An answer that never came is told from an empty one, and shows what was thought."""
    thinking = said(None, finish_reason="length", reasoning_content="They love it")
    async with (
        misbehaving(always(thinking)) as server,
        llm_on(server.base_url, contract, api="chat", strategy="free") as backend,
    ):
        (raw,) = await backend.predict(["good"])
    assert "truncated" == getattr(mapper.map(raw, contract), "reason", None)
    assert "They love it" in getattr(raw, "text", "")


@pytest.mark.anyio
async def test_a_long_answer_is_the_contracts_business(contract: Contract) -> None:
    """A megabyte of text is a completion; it does not hurt its neighbours."""
    async with (
        misbehaving(where("zebra", completed("x" * 1_000_000), otherwise=GOOD)) as server,
        llm_on(server.base_url, contract, strategy="free") as backend,
    ):
        raws = await backend.predict(["zebra", "good"])
    assert ["too_long", None] == [getattr(mapper.map(raw, contract), "reason", None) for raw in raws]


def test_a_key_is_not_in_the_repr(contract: Contract) -> None:
    """Neither of the settings nor of the backend."""
    settings = LlmSettings.model_validate(
        {"server": "remote", "base_url": "http://127.0.0.1:9/v1", "api_key": "sk-Hidden"}
    )
    backend = LlmBackend.start(settings, contract, deadline_s=1.0)
    assert "Hidden" not in f"{settings!r} {backend!r} {vars(backend)!r}"
    asyncio.run(backend.aclose())


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("text", "truncated"),
    [
        ("fine", False),
        ("fine " * 1000, True),
        ("20:45" * 300, True),
        ("\u58ca" * 300, False),
        ("\u58ca" * 400, True),
    ],
)
async def test_a_cut_text_is_reported(text: str, truncated: bool, contract: Contract) -> None:
    """An answer to a text that the prompt could not hold says that it was truncated."""
    async with misbehaving(always(GOOD)) as server, llm_on(server.base_url, contract, strategy="free") as llm:
        (raw,) = await llm.predict([text])
    assert truncated is getattr(raw, "truncated", None)


@pytest.mark.anyio
@pytest.mark.parametrize(("api", "expected"), [("chat", (None, 256)), ("completions", (["\n"], 8))])
async def test_free_text_has_the_stops_and_the_budget_of_its_form(
    api: str, expected: tuple[list[str] | None, int], contract: Contract
) -> None:
    """A chat's answer may have lines and reasons; a completion ends with its line."""
    async with (
        misbehaving(always(said("positive") if api == "chat" else GOOD)) as server,
        llm_on(server.base_url, contract, api=api, strategy="free") as llm,
    ):
        await llm.predict(["fine"])
    (request,) = server.requests
    assert expected == (request.body.get("stop") or None, request.body["max_tokens"])
