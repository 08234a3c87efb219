"""Every request has an id, and comes to something that is counted."""

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from polarity.service.counting import Counts

from .helpers import Scripted, bert, fails, service


def _counts(client: TestClient) -> Counts:
    assert isinstance(client.app, FastAPI)
    counts: Counts = client.app.state.runtime.counting.counts
    return counts


def test_a_response_has_its_requests_id() -> None:
    """In a header, and in the body where that has one; two requests have two."""
    with service(bert()) as client:
        first, second = (client.post("/polarity", json={"input": "Hm."}) for _ in range(2))
    assert first.json()["id"] == first.headers["x-request-id"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_a_problem_has_an_id_that_is_not_the_callers() -> None:
    """A caller can name a failed request to whoever reads the log, and names it as we do."""
    with service(bert()) as client:
        answer = client.post("/polarity", content=b"{", headers={"X-Request-Id": "mine"})
    assert (400, "pol-") == (answer.status_code, answer.headers["x-request-id"][:4])


def test_requests_are_counted_under_routes_that_are_declared() -> None:
    """An address that a caller makes up is counted under no name of its own."""
    with service(bert()) as client:
        client.post("/polarity", json={"input": "Hm."})
        client.get("/polarity")
        client.head("/livez")
        for address in ("/secret-1", "/secret-2", "/polarity/x/y"):
            client.get(address)
        counts = _counts(client)
    assert {
        ("/polarity", 200): 1,
        ("/polarity", 405): 1,
        ("/livez", 200): 1,
        ("other", 404): 3,
    } == counts.requests
    assert {"not_found": 3, "method_not_allowed": 1} == counts.problems


def test_the_stages_of_labelling_are_timed() -> None:
    """Each backend's under its name; of a refused body only what was done; of a probe nothing."""
    llm = Scripted("llm", fails("timeout"))
    with service(bert(0.6), llm) as client:
        client.get("/readyz")
        assert {} == _counts(client).stages
        client.post("/polarity", content=b"{")
        assert {"read"} == set(_counts(client).stages)
        client.post("/polarity", json={"input": "Hm."})
        assert {"read", "bert", "llm", "map", "write"} == set(_counts(client).stages)


def test_what_raises_is_counted_as_what_the_caller_is_told() -> None:
    """A fault of ours is a 500, though nothing below has answered."""

    def say(_: str) -> None:
        raise ZeroDivisionError

    with service(Scripted("bert", say)) as client:  # type: ignore[arg-type]  # it raises
        client.post("/polarity", json={"input": "Hm."})
        counts = _counts(client)
    assert ({("/polarity", 500): 1}, {"internal": 1}) == (counts.requests, counts.problems)


@pytest.mark.parametrize("failing", [False, True])
def test_texts_that_get_no_label_are_counted(failing: bool) -> None:
    """Also where they fail their request: what the backends said is the same."""
    backend = Scripted("llm", fails("timeout")) if failing else bert()
    with service(backend) as client:
        status = client.post("/polarity", content=json.dumps({"input": ["a", "b"]})).status_code
        counts = _counts(client)
    assert (504 if failing else 200, 2) == (status, counts.texts)
    assert {"undecided:timeout": 2} if failing else {"bert": 2} == counts.decisions
