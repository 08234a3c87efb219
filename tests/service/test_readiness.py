"""Readiness: who counts as answering."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from polarity.backends.llm import LlmBackend
from polarity.classifier import Classifier
from polarity.contract import load_contract
from polarity.service.readiness import Readiness, limit_of
from polarity.service.runtime import Runtime
from polarity.settings import Settings

from .helpers import Broken, Scripted, bert, classifier_of, fails, says, service, settings_of


@pytest.mark.parametrize(
    ("backends", "state", "states"),
    [
        ([bert()], "ready", {"bert": "ready"}),
        ([bert(), Scripted("llm", says("positive"))], "ready", {"bert": "ready", "llm": "ready"}),
        ([Scripted("llm", says("no idea"))], "ready", {"llm": "ready"}),
        ([Scripted("llm", says("mixed"))], "ready", {"llm": "ready"}),
        ([bert(), Scripted("llm", fails("connection"))], "degraded", {"bert": "ready", "llm": "connection"}),
        ([bert(), Broken("llm", says(""))], "degraded", {"bert": "ready", "llm": "unavailable"}),
        (
            [Broken("bert", says("")), Scripted("llm", says("positive"))],
            "degraded",
            {"bert": "unavailable", "llm": "ready"},
        ),
    ],
)
def test_a_service_that_can_answer_is_ready(
    backends: list[Scripted], state: str, states: dict[str, str]
) -> None:
    """One backend that answers is enough; the others are named."""
    with service(*backends) as client:
        answer = client.get("/readyz")
    assert (200, {"status": state, "backends": states}) == (answer.status_code, answer.json())


@pytest.mark.parametrize(
    ("backends", "named"),
    [
        ([Scripted("llm", fails("timeout"))], "llm: timeout"),
        ([Broken("llm", says(""))], "llm: unavailable"),
        (
            [Broken("bert", says("")), Scripted("llm", fails("connection"))],
            "bert: unavailable, llm: connection",
        ),
    ],
)
def test_a_service_that_cannot_answer_names_who_fails(backends: list[Scripted], named: str) -> None:
    """503 with Retry-After, each backend and its reason, and no address of ours."""
    with service(*backends) as client:
        answer = client.get("/readyz")
    assert (503, "unavailable") == (answer.status_code, answer.json()["code"])
    assert f"no backend answers ({named})" == answer.json()["detail"]
    assert "5" == answer.headers["retry-after"]
    assert "10.0.0.7" not in answer.text


def test_only_who_fails_is_listed_and_by_its_own_reason() -> None:
    """Each failing backend is an item: the code is the problem's, the reason its own."""
    with service(Scripted("llm", fails("timeout"))) as client:
        items = client.get("/readyz").json()["errors"]
    assert [{"code": "unavailable", "detail": "backend 'llm' does not answer", "reason": "timeout"}] == items


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"backend": "bert", "llm": {"deadline_ms": 60_000}}, 5.0),
        ({"backend": "both"}, 5.0),
        ({"backend": "both", "llm": {"deadline_ms": 9_000}}, 10.0),
        ({"backend": "llm"}, 11.0),
        ({"backend": "llm", "llm": {"deadline_ms": 300}}, 5.0),
    ],
)
def test_a_probe_waits_longer_than_the_llm_may_take(settings: dict[str, object], expected: float) -> None:
    """An LLM that answers within its deadline is waited for; where there is none, its deadline is naught."""
    assert expected == limit_of(Settings.model_validate(settings))


def test_an_llm_that_hangs_does_not_hide_a_bert_that_answers_in_its_place() -> None:
    """Where texts get their label from BERT instead, the service is degraded, with 200."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        llm = {"server": "remote", "base_url": url, "deadline_ms": 300}
        settings = Settings.model_validate({"backend": "llm", "on_unmapped": "bert", "llm": llm})

        def build(settings: Settings) -> Classifier:
            contract = load_contract()
            hung = LlmBackend.start(settings.llm, contract, deadline_s=settings.deadline_s(patient=False))
            return Classifier(contract, [bert(), hung], llm_first=True)

        with service(factory=build, settings=settings) as client:
            start = time.monotonic()
            ready, labelled = client.get("/readyz"), client.post("/polarity", json={"input": "Hm."})
            took = time.monotonic() - start
    assert (200, "degraded") == (ready.status_code, ready.json()["status"])
    assert {"llm": "timeout", "bert": "ready"} == ready.json()["backends"]
    assert (200, "bert:timeout") == (labelled.status_code, labelled.json()["results"][0]["decided_by"])
    assert took < 4


def test_asking_often_costs_the_backends_one_question() -> None:
    """The answer is kept for a moment, also for callers who ask at the same time."""
    llm = Scripted("llm", says("positive"), delay_s=0.05)
    with service(llm) as client, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.get("/readyz"), range(8)))
    assert [200] * 8 == [answer.status_code for answer in answers]
    assert llm.calls == 1


def test_a_kept_answer_is_forgotten() -> None:
    """After its time the backends are asked anew."""
    llm = Scripted("llm", says("positive"))
    runtime = Runtime(settings_of(llm), classifier_of(llm))

    async def ask_twice() -> None:
        await runtime.load()
        readiness = Readiness(runtime, keep_s=0.0)
        await readiness.check()
        await readiness.check()

    anyio.run(ask_twice)
    assert llm.calls == 2


def test_a_backend_that_hangs_is_not_waited_for() -> None:
    """The question is bounded in time."""
    llm = Scripted("llm", says("positive"), delay_s=30)
    runtime = Runtime(settings_of(llm), classifier_of(llm))

    async def ask() -> str:
        await runtime.load()
        with pytest.raises(Exception, match="llm: timeout") as refused:
            await Readiness(runtime, limit_s=0.05).check()
        return str(refused.value)

    assert "no backend answers (llm: timeout)" == anyio.run(ask)
