"""A stored answer is shown, explained, to holders of a key."""

from pathlib import Path
from typing import Any

import pytest

from polarity.service import storing
from polarity.settings import Settings
from polarity.store import open_store
from polarity.types import Completion
from tests.store.helpers import decided, entry, recorded, wait_until

from .helpers import Scripted, bert, says, service

KEY = {"Authorization": "Bearer s3cret"}


def _settings(tmp_path: Path, backend: str = "bert", **changed: Any) -> Settings:
    store = {"enabled": True, "url": f"sqlite:///{tmp_path / 'store.sqlite3'}"}
    service = {"api_keys": ["s3cret"]}
    return Settings.model_validate({"backend": backend, "store": store, "service": service, **changed})


def test_a_stored_answer_says_what_the_explained_one_did(tmp_path: Path) -> None:
    """Every member of the response comes again, and what was kept besides."""
    llm = Scripted("llm", says("positive"), model="small")
    with service(bert(), llm, settings=_settings(tmp_path, "both")) as client:
        question = {"input": ["Lovely.", "Fine."], "explain": True}
        given = client.post("/polarity", json=question, headers=KEY).json()
        again = client.get(f"/polarity/{given['id']}", headers=KEY).json()
    for name in ("id", "backend", "contract", "model", "weights"):
        assert given[name] == again[name], name
    assert abs(given["created"] - again["created"]) <= 1
    for result, stored in zip(given["results"], again["results"], strict=True):
        assert result == {name: stored[name] for name in result}
    assert ["Lovely.", "Fine."] == [stored["text"] for stored in again["results"]]
    assert {} == again["candidates"]


def test_it_shows_why_there_was_no_label(tmp_path: Path) -> None:
    """A text without a label has the problem's code, and what was said of it."""
    llm = Scripted("llm", lambda _: Completion(text="not \ud800 positive"))
    with service(llm, settings=_settings(tmp_path, "llm")) as client:
        client.post("/polarity", json={"input": "Fine."}, headers=KEY)
        with open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}") as store:
            wait_until(lambda: bool(list(store.decisions())))
            found = list(store.decisions())
        (result,) = client.get(f"/polarity/{found[0].request_id}", headers=KEY).json()["results"]
    assert (None, "unmapped") == (result["label"], result["error"])
    assert "\\ud800" in result["answers"]["llm"]["exact"]


def test_candidates_stand_beside_it(tmp_path: Path) -> None:
    """What a candidate said is shown by its name, with its own contract and models."""
    settings = _settings(tmp_path)
    request_id = f"pol-{'0' * 32}"
    with open_store(settings.store.url.get_secret_value()) as store:
        sides = (
            entry(request_id=request_id),
            entry(request_id=request_id, side="new", result=decided("NEGATIVE")),
        )
        recorded(store, *sides)
    with service(bert(), settings=settings) as client:
        client.post("/polarity", json={"input": "Fine."}, headers=KEY)
        found = client.get(f"/polarity/{request_id}", headers=KEY).json()
    assert "POSITIVE" == found["results"][0]["label"]
    assert "NEGATIVE" == found["candidates"]["new"]["results"][0]["label"]
    assert {"bert": "cd" * 32} == found["candidates"]["new"]["weights"]


def test_what_a_candidate_said_is_not_the_answer(tmp_path: Path) -> None:
    """Where the caller's decision was lost and the candidate's stored, there is no answer to show."""
    settings, request_id = _settings(tmp_path), f"pol-{'0' * 32}"
    with open_store(settings.store.url.get_secret_value()) as store:
        recorded(store, entry(request_id=request_id, side="new", result=decided("NEGATIVE")))
    with service(bert(), settings=settings) as client:
        found = client.get(f"/polarity/{request_id}", headers=KEY)
    assert (404, "the answer was lost: only what candidates said is stored") == (
        found.status_code,
        found.json()["detail"],
    )


@pytest.mark.parametrize("name", [f"pol-{'0' * 32}", "pol-1", "pol-%00", "x'; DROP TABLE decisions; --"])
def test_what_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    """Nothing is stored under such an id."""
    with service(bert(), settings=_settings(tmp_path)) as client:
        client.post("/polarity", json={"input": "Fine."}, headers=KEY)
        found = client.get(f"/polarity/{name}", headers=KEY)
    assert (404, "no answer is stored under this id") == (found.status_code, found.json()["detail"])


def test_it_is_for_holders_of_a_key(tmp_path: Path) -> None:
    """Without the key it is a 401, and where there is no key at all, nobody is shown anything."""
    with service(bert(), settings=_settings(tmp_path)) as client:
        assert 401 == client.get(f"/polarity/pol-{'0' * 32}").status_code
    with service(bert(), settings=_settings(tmp_path, service={})) as client:
        body = client.post("/polarity", json={"input": "Fine."}).json()
        found = client.get(f"/polarity/{body['id']}")
    assert (404, "this address is for holders of a key: set service.api_keys") == (
        found.status_code,
        found.json()["detail"],
    )


def test_where_nothing_is_stored_it_says_so() -> None:
    """The sentence names the setting."""
    with service(bert(), api_keys=["s3cret"]) as client:
        found = client.get(f"/polarity/pol-{'0' * 32}", headers=KEY)
    assert (404, "answers are not stored here: store.enabled is false") == (
        found.status_code,
        found.json()["detail"],
    )


def test_a_store_that_is_away_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may come again: 503, with when to ask again."""
    monkeypatch.setattr(storing, "CLOSING_S", 0.1)  # nothing comes of waiting for it
    with service(bert(), settings=_settings(tmp_path / "absent")) as client:
        found = client.get(f"/polarity/pol-{'0' * 32}", headers=KEY)
    assert (503, "unavailable", "5") == (
        found.status_code,
        found.json()["code"],
        found.headers["Retry-After"],
    )
