"""What the service decides is in the store, whatever became of it; what the store does shows to no caller."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from polarity.errors import StoreError
from polarity.service.storing import fingerprint_behind, llm_cost, models_behind
from polarity.settings import LlmSettings, Settings
from polarity.store import StoredDecision, open_store
from polarity.types import Answer, Completion, Decision, Failure, Model, Usage
from tests.store.helpers import wait_until

from .helpers import Broken, Scripted, bert, classifier_of, scores, service


def _settings(url: str, backend: str = "bert", **store: object) -> Settings:
    given = {"backend": backend, "store": {"enabled": True, "url": url, **store}}
    return Settings.model_validate(given)


def _stored(url: str) -> list[StoredDecision]:
    with open_store(url) as store:
        return list(store.decisions())


def test_every_text_of_a_request_is_stored(url: str) -> None:
    """One decision a text, under the id that the caller was told, with what was said and by whom."""
    backend = Scripted("bert", lambda text: scores(1.0 if text == "good" else 0.0), model="tiny")
    with service(backend, settings=_settings(url)) as client:
        body = client.post("/polarity", json={"input": ["good", "bad"]}).json()
    first, second = _stored(url)
    assert [(body["id"], 0, "good"), (body["id"], 1, "bad")] == [
        (one.request_id, one.index, one.text) for one in (first, second)
    ]
    assert [result["label"] for result in body["results"]] == [first.label, second.label]
    assert ("bert", None, "primary", "bert") == (
        first.decided_by,
        first.error,
        first.side,
        first.setup.backend,
    )
    assert body["contract"] == first.setup.contract._asdict()
    assert {"bert": Model("tiny")} == first.setup.models
    assert ["scores"] == [raw["kind"] for raw in first.raws.values()]
    assert first.latency_ms > 0


def test_a_text_without_a_label_is_stored_too(url: str) -> None:
    """Its problem's code stands in the label's place; the texts beside it keep theirs."""
    backend = Scripted("llm", lambda text: Completion(text="positive" if text == "good" else "not positive"))
    with service(backend, settings=_settings(url, "llm")) as client:
        assert 502 == client.post("/polarity", json={"input": ["good", "bad"]}).status_code
    assert [("POSITIVE", None, "llm"), (None, "unmapped", "undecided:unmapped")] == [
        (one.label, one.error, one.decided_by) for one in _stored(url)
    ]


def test_where_nobody_could_answer_it_is_stored(url: str) -> None:
    """There are no raw outputs then, and the error says why."""
    with service(Broken("bert", lambda _: scores(1.0)), settings=_settings(url)) as client:
        assert 503 == client.post("/polarity", json={"input": "good"}).status_code
    (found,) = _stored(url)
    assert ("unavailable", "undecided:unavailable", {}) == (found.error, found.decided_by, found.raws)


def test_what_was_never_asked_is_not_stored(url: str) -> None:
    """A malformed request is no decision."""
    with service(bert(), settings=_settings(url)) as client:
        assert 422 == client.post("/polarity", json={"input": ""}).status_code
    assert [] == _stored(url)


def test_of_a_text_no_more_is_kept_than_is_wanted(url: str) -> None:
    """With `texts = "hash"` the text is nowhere in the file."""
    with service(bert(), settings=_settings(url, texts="hash")) as client:
        client.post("/polarity", json={"input": "An unmistakable sentence."})
    (found,) = _stored(url)
    assert found.text is None
    assert found.text_sha256 is not None
    for path in Path(url.removeprefix("sqlite:///")).parent.iterdir():
        assert b"unmistakable" not in path.read_bytes()


def test_starts_are_events(url: str) -> None:
    """Each start of the service can be seen in the store."""
    for _ in range(2):
        with service(bert(), settings=_settings(url)):
            pass
    with open_store(url) as store:
        assert ["started", "started"] == [event.kind for event in store.events()]


def test_a_store_that_cannot_be_reached_shows_to_no_caller(tmp_path: Path) -> None:
    """Labels are given, /readyz says that they are not stored, and how many are lost."""
    url = f"sqlite:///{tmp_path}/absent/store.sqlite3"
    with service(bert(), settings=_settings(url, queue=2)) as client:
        for _ in range(4):
            assert 200 == client.post("/polarity", json={"input": "good"}).status_code
        wait_until(lambda: _store_of(client)["state"] == "unavailable")
        ready = client.get("/readyz")
        assert (200, "ready") == (ready.status_code, ready.json()["status"])
        assert {"state": "unavailable", "waiting": 2, "lost": 3} == ready.json()["store"]  # the start is one
        (tmp_path / "absent").mkdir()
        wait_until(lambda: _store_of(client)["state"] == "ready")
    assert 1 == len(_stored(url))


def _store_of(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/readyz").json()["store"]
    return found


def test_without_a_store_nothing_is_said_of_one() -> None:
    """/readyz is as it was, and nothing is written anywhere."""
    with service(bert()) as client:
        assert "store" not in client.get("/readyz").json()


def test_an_address_that_is_none_is_found_at_the_start() -> None:
    """A mistake in the settings does not wait for the first decision."""
    with pytest.raises(StoreError, match="a store is not kept in 'mysql'"):
        raise _failure_of(_settings("mysql://host/name"))


def _failure_of(settings: Settings) -> Exception:
    with service(bert(), settings=settings) as client:
        failure: Exception = client.app.state.runtime.failure  # type: ignore[attr-defined]
        return failure


def test_what_the_language_model_cost() -> None:
    """Only its own tokens are priced, and nothing where nobody said the prices."""
    said = Completion(text="positive", usage=Usage(1_000_000, 500_000))
    failed = Failure(reason="timeout")
    answers = {"bert": Answer(scores(1.0), failed), "llm": Answer(said, failed)}
    result = Decision(label="POSITIVE", decided_by="llm", answers=answers)
    assert 2.0 == llm_cost(result, LlmSettings(prompt_price=1.0, completion_price=2.0))
    assert llm_cost(result, LlmSettings()) is None


def test_weights_are_named_where_they_are_known(tiny_checkpoint: Path) -> None:
    """A checkpoint that lies here has a hash; one that was handed in has none of another's."""
    settings = Settings.model_validate({"bert": {"checkpoint": str(tiny_checkpoint)}})
    named, other = bert(), bert()
    named.model = settings.bert.model
    found = models_behind(settings, classifier_of(named)(settings))["bert"]
    assert (settings.bert.model, 64) == (found.name, len(found.weights or ""))
    assert {"bert": Model("tiny")} == models_behind(settings, classifier_of(other)(settings))


def test_how_somebody_is_asked_is_known_as_far_as_the_settings_say_it(tiny_checkpoint: Path) -> None:
    """Another way to read long texts is another fingerprint; of what was handed in there is none."""
    named, other = bert(), bert()
    given = [{"checkpoint": str(tiny_checkpoint), "overflow": word} for word in ("window", "right")]
    settings = [Settings.model_validate({"bert": each}) for each in given]
    named.model = settings[0].bert.model
    whole, cut = (fingerprint_behind(each, classifier_of(named)(each)) for each in settings)
    assert whole is not None
    assert cut is not None
    assert whole != cut
    assert fingerprint_behind(settings[0], classifier_of(other)(settings[0])) is None
