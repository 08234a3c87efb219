"""The routes: what a caller sees."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from polarity.classifier import Classifier
from polarity.errors import CheckpointError
from polarity.service import create_app
from polarity.service.shield import HEADERS
from polarity.settings import Settings
from polarity.types import Completion, RawOutput
from tests.cautious import cautious_contract

from .helpers import Say, Scripted, bert, classifier_of, fails, says, scores, service, settings_of


def test_one_text_gets_one_label() -> None:
    """A single text gives one result, with the documented keys and nothing else."""
    before = int(time.time())
    with service(bert(0.9)) as client:
        answer = client.post("/polarity", json={"input": "Lovely."})
    body = answer.json()
    assert answer.status_code == 200
    assert ["id", "created", "backend", "contract", "model", "weights", "results", "usage"] == list(body)
    assert body["id"].startswith("pol-")
    assert len("pol-") + 32 == len(body["id"])
    assert before <= body["created"] <= time.time()
    assert (body["backend"], body["model"]) == ("bert", {"bert": "tiny"})
    assert cautious_contract().ref._asdict() == body["contract"]
    (result,) = body["results"]
    assert result == {
        "index": 0,
        "label": "POSITIVE",
        "confidence": 0.9,
        "scores": {"NEGATIVE": pytest.approx(0.1), "NEUTRAL": 0.0, "POSITIVE": 0.9},
        "decided_by": "bert",
        "tokens": 5,
        "truncated": False,
        "known": None,
    }
    assert body["usage"] == {"prompt_tokens": 5, "completion_tokens": 0, "total_tokens": 5}


def test_a_batch_keeps_its_order() -> None:
    """Each result stands at its text's place."""
    backend = Scripted("bert", lambda text: scores(1.0 if text == "good" else 0.0, truncated=text == "good"))
    with service(backend) as client:
        results = client.post("/polarity", json={"input": ["bad", "good", "bad"]}).json()["results"]
    assert [0, 1, 2] == [result["index"] for result in results]
    assert ["NEGATIVE", "POSITIVE", "NEGATIVE"] == [result["label"] for result in results]
    assert [False, True, False] == [result["truncated"] for result in results]


def test_a_label_without_a_measured_probability_has_none() -> None:
    """Free text yields a label but no confidence: it is null, not an invented 1.0."""
    with service(Scripted("llm", says("Positive."))) as client:
        body = client.post("/polarity", json={"input": "Lovely."}).json()
    (result,) = body["results"]
    assert (result["label"], result["confidence"], result["scores"]) == ("POSITIVE", None, None)
    assert body["usage"] == {"prompt_tokens": 20, "completion_tokens": 2, "total_tokens": 22}


def test_a_confident_bert_spares_the_llm_unless_explained() -> None:
    """The LLM is asked only where the policy needs it, or the caller wants to see both."""
    llm = Scripted("llm", says("positive"))
    with service(bert(1.0), llm) as client:
        plain = client.post("/polarity", json={"input": "Lovely."}).json()
        assert llm.calls == 0
        explained = client.post("/polarity", json={"input": "Lovely.", "explain": True}).json()
    assert llm.calls == 1
    assert plain["results"][0]["label"] == explained["results"][0]["label"]
    assert plain["usage"]["total_tokens"] == 5
    assert explained["usage"]["total_tokens"] == 27


def test_explain_shows_what_each_backend_said_and_how_it_was_read() -> None:
    """Both raw outputs and both outcomes are there, with the rule and the span."""
    with service(bert(0.9), Scripted("llm", says("Sentiment: mostly negative"))) as client:
        (result,) = client.post("/polarity", json={"input": "Hm.", "explain": True}).json()["results"]
    said, read = result["answers"]["llm"].values()
    assert ("completion", "Sentiment: mostly negative") == (said["kind"], said["text"])
    assert ("verdict", "NEGATIVE", "frame/sentiment: {label}") == (read["kind"], read["label"], read["rule"])
    assert {"start": 11, "end": 26, "text": "mostly negative"} == read["span"]
    said, read = result["answers"]["bert"].values()
    assert (said["kind"], said["source"], read["rule"]) == ("scores", "softmax", "binding/positive")


def test_what_a_model_says_may_hold_a_lone_surrogate() -> None:
    """A half character from a model is shown as U+FFFD instead of failing the request."""
    llm = Scripted("llm", lambda _: Completion(text="positive \ud800"))
    with service(bert(0.9), llm) as client:
        (result,) = client.post("/polarity", json={"input": "Hm.", "explain": True}).json()["results"]
    assert result["answers"]["llm"]["raw"]["text"] == "positive \ufffd"


def test_what_nobody_expected_is_a_500_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours is a problem document without the exception's text; the log has it."""

    def say(_: str) -> RawOutput:
        raise ZeroDivisionError("s3cret")

    with service(Scripted("bert", say)) as client:
        answer = client.post("/polarity", json={"input": "Hm."})
    assert (500, "internal") == (answer.status_code, answer.json()["code"])
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "s3cret" not in answer.text
    assert "s3cret" in caplog.text


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ({}, 401),
        ({"Authorization": b"Bearer wrong"}, 401),
        ({"Authorization": b"Bearer "}, 401),
        ({"Authorization": b"Basic first"}, 401),
        ({"Authorization": "Bearer sch\xfcssel".encode("latin-1")}, 401),
        ({"Authorization": b"Bearer first"}, 200),
        ({"Authorization": "bearer zweit\u00fc".encode()}, 200),
    ],
)
def test_with_keys_a_caller_needs_one(header: dict[str, bytes], status: int) -> None:
    """Any of the keys opens, anything else is 401 with WWW-Authenticate; odd bytes crash nothing."""
    with service(bert(), api_keys=["first", "zweit\u00fc"]) as client:
        answer = client.post(
            "/polarity",
            json={"input": "Hm."},
            headers=[(name.encode(), value) for name, value in header.items()],
        )
    assert status == answer.status_code
    assert ("Bearer" if status == 401 else None) == answer.headers.get("www-authenticate")


def test_a_caller_without_a_key_is_refused_before_its_body_is_read() -> None:
    """A bad body from a stranger is 401, not 400."""
    with service(bert(), api_keys=["first"]) as client:
        assert 401 == client.post("/polarity", content=b"{").status_code


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nope", 404, "not_found"),
        ("POST", "/polarity/", 404, "not_found"),
        ("GET", "/livez/", 404, "not_found"),
        ("GET", "/polarity", 405, "method_not_allowed"),
    ],
)
def test_wrong_addresses_are_problems_too(method: str, path: str, status: int, code: str) -> None:
    """404 and 405 have the documented form, and 405 says what is allowed."""
    with service(bert()) as client:
        answer = client.request(method, path, follow_redirects=False)
    assert (status, code) == (answer.status_code, answer.json()["code"])
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("POST" if status == 405 else None) == answer.headers.get("allow")


@pytest.mark.parametrize("path", ["/livez", "/", "/docs", "/openapi.json", "/nope"])
def test_every_response_has_security_headers(path: str) -> None:
    """Pages may set their own policy; nothing goes without one."""
    with service(bert()) as client:
        answer = client.get(path)
    assert [] == [name for name in HEADERS if name not in answer.headers]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_while_loading_the_process_lives_but_is_not_ready() -> None:
    """Loading takes place beside the event loop; callers are asked to come back."""
    go_on = threading.Event()
    backend = bert()

    def slow(settings: Settings) -> Classifier:
        assert go_on.wait(5)
        return classifier_of(backend)(settings)

    with TestClient(create_app(settings_of(backend), classifier=slow)) as client:
        try:
            assert 200 == client.get("/livez").status_code
            for answer in (client.get("/readyz"), client.post("/polarity", json={"input": "Hm."})):
                assert (503, "loading") == (answer.status_code, answer.json()["code"])
                assert "2" == answer.headers["retry-after"]
        finally:
            go_on.set()
    assert backend.closed == 1, "what was loaded while the service stopped is closed"


def test_a_classifier_that_cannot_be_loaded_is_never_ready() -> None:
    """The reason stays in the log: it may name a path."""

    def failing(_: Settings) -> Classifier:
        raise CheckpointError("/srv/models/x is corrupt")

    with service(bert(), factory=failing) as client:
        answers = [client.get("/readyz"), client.post("/polarity", json={"input": "Hm."})]
        assert 200 == client.get("/livez").status_code
    for answer in answers:
        assert (503, "unavailable") == (answer.status_code, answer.json()["code"])
        assert "/srv/models" not in answer.text


@pytest.mark.slow
def test_more_requests_than_admitted_are_told_to_come_back() -> None:
    """The one beyond the limit is a 429 at once; those under way are answered; then there is room again."""
    backend = Scripted("bert", lambda _: scores(0.9), delay_s=0.3)
    with service(backend, max_in_flight=2) as client, ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: client.post("/polarity", json={"input": "Hm."}), range(4)))
        assert [200, 200, 429, 429] == sorted(answer.status_code for answer in statuses)
        (refused, _) = [answer for answer in statuses if answer.status_code == 429]
        assert ("overloaded", "1") == (refused.json()["code"], refused.headers["retry-after"])
        assert 200 == client.post("/polarity", json={"input": "Hm."}).status_code
        assert 200 == client.get("/livez").status_code


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/", "/docs", "/openapi.json"])
@pytest.mark.parametrize(("say", "status"), [(says("positive"), 200), (fails("timeout"), 503)])
def test_head_is_get_without_a_body(path: str, say: Say, status: int) -> None:
    """Whoever only wants the status gets the one that GET would give."""
    with service(Scripted("llm", say)) as client:
        answer = client.head(path)
    assert (status if path == "/readyz" else 200, b"") == (answer.status_code, answer.content)


def test_a_refused_body_gives_its_place_back() -> None:
    """Bad requests do not use up admission."""
    with service(bert(), max_in_flight=1) as client:
        statuses = [client.post("/polarity", content=b"{").status_code for _ in range(3)]
        assert [400, 400, 400] == statuses
        assert 200 == client.post("/polarity", json={"input": "Hm."}).status_code


def test_every_backend_is_closed_at_the_end() -> None:
    """Leaving the service closes what it loaded, once."""
    backends = bert(), Scripted("llm", says("positive"))
    with service(*backends):
        assert [0, 0] == [backend.closed for backend in backends]
    assert [1, 1] == [backend.closed for backend in backends]
