"""Readiness: who counts as answering."""

import socket
from functools import partial
from pathlib import Path

import anyio
import pytest

from polarity.backends.llm import LlmBackend
from polarity.classifier import Classifier, build_classifier
from polarity.contract import load_contract
from polarity.service.probing import limit_of
from polarity.service.readiness import KEPT_S, Readiness
from polarity.service.runtime import Runtime
from polarity.settings import Settings
from tests.calibrations import calibration, with_calibrations
from tests.cautious import fitted_on

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
    assert (200, {"status": state, "backends": states, "warnings": []}) == (answer.status_code, answer.json())


def test_it_names_what_the_network_runs_by(tiny_checkpoint: Path) -> None:
    """What `auto` chose, by backend; of a language model's server nothing is known."""
    settings = Settings.model_validate({"backend": "bert", "bert": {"checkpoint": str(tiny_checkpoint)}})
    with service(factory=partial(build_classifier, patient=True), settings=settings) as client:
        assert {"bert": "torch fp32"} == client.get("/readyz").json()["runtimes"]


def test_another_runtime_than_is_asked_for_is_a_warning(tiny_checkpoint: Path) -> None:
    """It answers all the same, and whoever looks sees why it is slower than was meant."""
    bert = {"checkpoint": str(tiny_checkpoint), "runtime": "openvino", "precision": "int8"}
    settings = Settings.model_validate({"backend": "bert", "bert": bert})
    with service(factory=partial(build_classifier, patient=True), settings=settings) as client:
        found = client.get("/readyz").json()
    why = "openvino int8 is asked for, and was not made here, or failed: see polarity optimize"
    assert ({"bert": "torch fp32"}, [f"BERT runs by torch fp32: {why}"]) == (
        found["runtimes"],
        found["warnings"],
    )


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
        ({"backend": "both"}, 31.0),
        ({"backend": "both", "llm": {"deadline_ms": 9_000}}, 10.0),
        ({"backend": "llm"}, 11.0),
        ({"backend": "llm", "llm": {"deadline_ms": 300}}, 5.0),
    ],
)
def test_a_probe_waits_longer_than_the_llm_may_take(settings: dict[str, object], expected: float) -> None:
    """An LLM that answers within its deadline is waited for; where there is none, its deadline is naught."""
    assert expected == limit_of(Settings.model_validate(settings))


@pytest.mark.slow
def test_an_llm_that_hangs_does_not_hide_a_bert_that_answers_in_its_place() -> None:
    """Where texts get their label from BERT instead, the service is degraded, with 200.

    By its own deadline: had the probe's limit come first, BERT would be late, too.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        llm = {"server": "remote", "base_url": url, "deadline_ms": 300}
        settings = Settings.model_validate({"backend": "llm", "on_unmapped": "bert", "llm": llm})

        def build(settings: Settings) -> Classifier:
            contract = load_contract()
            hung = LlmBackend.start(settings.llm, contract, deadline_s=settings.deadline_s(patient=False))
            return Classifier(contract, [bert(), hung], llm_first=True)

        with service(factory=build, settings=settings) as client:
            ready, labelled = client.get("/readyz"), client.post("/polarity", json={"input": "Hm."})
    assert (200, "degraded") == (ready.status_code, ready.json()["status"])
    assert {"llm": "timeout", "bert": "ready"} == ready.json()["backends"]
    assert (200, "bert:timeout") == (labelled.status_code, labelled.json()["results"][0]["decided_by"])


@pytest.mark.parametrize(("backend", "status"), [("both", 200), ("llm", 503)])
def test_a_server_that_is_not_asked_any_more_shows(backend: str, status: int) -> None:
    """The circuit, why it is open, and when the next probe comes; no address of ours."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/v1"
    llm = {"server": "remote", "base_url": url, "deadline_ms": 5000, "retries": 0}
    settings = Settings.model_validate({"backend": backend, "llm": llm})

    def build(settings: Settings) -> Classifier:
        asked = LlmBackend.start(settings.llm, load_contract(), deadline_s=5.0)
        return Classifier(load_contract(), [asked] if backend == "llm" else [bert(0.5), asked])

    with service(factory=build, settings=settings) as client:
        before = client.get("/readyz")
        client.post("/polarity", json={"input": ["Hm."] * 8})
        after = client.get("/readyz")
    assert (status, status) == (before.status_code, after.status_code)
    assert "127.0.0.1" not in before.text + after.text
    if backend == "both":
        assert {"llm": {"state": "closed", "reason": None, "probe_in_s": 0.0}} == before.json()["circuits"]
        circuit = after.json()["circuits"]["llm"]
        assert ("open", "connection") == (circuit["state"], circuit["reason"])
    else:
        (item,) = after.json()["errors"]
        assert "backend 'llm' does not answer and is not asked (connection): the next probe" in item["detail"]


def test_asking_often_costs_the_backends_one_question() -> None:
    """The answer is kept for its time, also for callers who ask at the same time; then it is forgotten."""
    llm, now, calls = Scripted("llm", says("positive")), [100.0], []
    runtime = Runtime(settings_of(llm), classifier_of(llm))

    async def ask_at_once(readiness: Readiness) -> None:
        async with anyio.create_task_group() as callers:
            for _ in range(8):
                callers.start_soon(readiness.check)
        calls.append(llm.calls)

    async def ask() -> None:
        await runtime.load()
        readiness = Readiness(runtime, clock=lambda: now[0])
        for later in (0.0, KEPT_S - 1, 1.0):
            now[0] += later
            await ask_at_once(readiness)

    anyio.run(ask)
    assert [1, 1, 2] == calls


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


def test_other_models_than_the_policys_are_a_warning() -> None:
    """Where the policy decides, and the service is ready all the same; with the models it is for, none."""
    llm = {"server": "remote", "base_url": "http://127.0.0.1:9/v1", "model": "large"}
    settings = Settings.model_validate({"backend": "both", "bert": {"checkpoint": "org/tiny"}, "llm": llm})
    found = []
    for name in ("large", "small"):
        backends = [bert(), Scripted("llm", says("positive"))]
        factory = partial(_given, Classifier(fitted_on("org/tiny", name), backends))
        with service(*backends, factory=factory, settings=settings) as client:
            answer = client.get("/readyz")
        assert (200, "ready") == (answer.status_code, answer.json()["status"])
        found.append(answer.json()["warnings"])
    problem = "the policy was fitted on llm 'small' (weights unknown), and 'large' (weights unknown) answers"
    assert [[], [f"{problem}: fit it again, or its promise does not hold"]] == found


def test_scores_of_another_model_than_the_calibrations_are_a_warning() -> None:
    """Also under the LLM alone, where no policy decides."""
    llm = {"server": "remote", "base_url": "http://127.0.0.1:9/v1", "model": "large"}
    settings = Settings.model_validate({"backend": "llm", "llm": llm})
    contract = with_calibrations(load_contract(), calibration({}, name="small"))
    backend = Scripted("llm", says("positive"))
    factory = partial(_given, Classifier(contract, [backend]))
    with service(backend, factory=factory, settings=settings) as client:
        (warning,) = client.get("/readyz").json()["warnings"]
    assert warning.startswith("the contract calibrates llm 'small' (weights unknown), and 'large' ")


def _given(classifier: Classifier, _: Settings) -> Classifier:
    return classifier
