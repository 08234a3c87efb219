"""What `/review` asks for: who may, what is given, and what is written."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from polarity.service.reviewing import HELD_S, Held
from polarity.settings import Settings

from .helpers import bert, service
from .reviews import HEADERS, drawn, reviewed_service

ADDRESSES = [
    ("GET", "/review"),
    ("GET", "/review/queue?reviewer=ana"),
    ("GET", "/review/contested?reviewer=ana"),
    ("GET", "/review/row?decision=1"),
    ("GET", "/review/results"),
    ("POST", "/review/say"),
    ("POST", "/review/undo"),
    ("POST", "/review/draw"),
]


def _rows(client: TestClient, reviewer: str) -> list[dict[str, Any]]:
    answer = client.get("/review/queue", params={"reviewer": reviewer}, headers=HEADERS)
    assert 200 == answer.status_code, answer.text
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return rows


def _say(client: TestClient, decision: int, reviewer: str = "ana", **said: object) -> Any:
    body = {"decision": decision, "reviewer": reviewer, "verdict": "POSITIVE", **said}
    return client.post("/review/say", headers=HEADERS, json=body)


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_without_a_key_there_is_no_review(tmp_path: Path, method: str, address: str) -> None:
    """A caller without one is told so and no more; where the settings have none there is no such page."""
    with reviewed_service(tmp_path) as client:
        drawn(client)
        refused = client.request(method, address, json=None if method == "GET" else {})
        assert 401 == refused.status_code
        assert "surprise" not in refused.text
    with reviewed_service(tmp_path, [], keys=()) as client:
        absent = client.request(method, address, json=None if method == "GET" else {}, headers=HEADERS)
        assert (404, True) == (absent.status_code, "set service.api_keys" in absent.text)


def test_without_a_store_there_is_nothing_to_review() -> None:
    """Which is said, and how to have one."""
    with service(bert(), api_keys=["k"]) as client:
        answer = client.get("/review/queue", params={"reviewer": "ana"}, headers=HEADERS)
    assert (404, "there is nothing to review: store.enabled is false") == (
        answer.status_code,
        answer.json()["detail"],
    )


def test_a_store_without_texts_has_nothing_to_read(tmp_path: Path) -> None:
    """Hashes cannot be labelled."""
    store = {"enabled": True, "url": f"sqlite:///{tmp_path / 'a.sqlite3'}", "texts": "hash"}
    settings = Settings.model_validate({"service": {"api_keys": ["k"]}, "store": store})
    with service(bert(), settings=settings) as client:
        answer = client.get("/review/queue", params={"reviewer": "ana"}, headers=HEADERS)
    assert "store.texts is not 'keep'" in answer.json()["detail"]


def test_what_was_drawn_is_read_and_labelled(tmp_path: Path) -> None:
    """Each row once, with what each side said; a label takes it from the queue, undo puts it back."""
    with reviewed_service(tmp_path) as client:
        drawn(client)
        first = _rows(client, "ana")[0]
        assert {"text", "reason", "sides", "label", "decided_by"} <= first.keys()
        said = _say(client, first["decision"]).json()["review"]
        assert first["decision"] not in [row["decision"] for row in _rows(client, "ana")]
        undo = {"review": said, "reviewer": "Ana"}
        assert {"undone": True} == client.post("/review/undo", headers=HEADERS, json=undo).json()
        assert {"undone": False} == client.post("/review/undo", headers=HEADERS, json=undo).json()
        assert first["decision"] == _rows(client, "ana")[0]["decision"]


def test_a_double_click_is_one_review(tmp_path: Path) -> None:
    """The same thing said twice has one number."""
    with reviewed_service(tmp_path) as client:
        drawn(client)
        row = _rows(client, "ana")[0]["decision"]
        assert _say(client, row).json() == _say(client, row, reviewer="  ANA ").json()


def test_two_people_are_given_different_rows(tmp_path: Path) -> None:
    """Where one reader is enough, nobody reads what another's page shows; who reads twice is one person."""
    with reviewed_service(tmp_path) as client:
        drawn(client)
        ana, ben = ({row["decision"] for row in _rows(client, name)} for name in ("ana", "ben"))
        assert (5, 3, set()) == (len(ana), len(ben), ana & ben)
        assert ana == {row["decision"] for row in _rows(client, "Ana")}


def test_two_who_read_the_same_may_differ_and_a_third_settles_it(tmp_path: Path) -> None:
    """Both are heard, it waits to be settled, and once it is, another adjudication is refused."""
    with reviewed_service(tmp_path, read_twice=1.0) as client:
        drawn(client)
        row = _rows(client, "ana")[0]["decision"]
        _say(client, row, "ana")
        _say(client, row, "ben", verdict="NEGATIVE", note="a complaint")
        (contested,) = client.get("/review/contested?reviewer=cleo", headers=HEADERS).json()["rows"]
        assert [("ana", "POSITIVE", ""), ("ben", "NEGATIVE", "a complaint")] == [
            (one["reviewer"], one["verdict"], one["note"]) for one in contested["reviews"]
        ]
        _say(client, row, "cleo", verdict="NEGATIVE", kind="adjudication")
        assert [] == client.get("/review/contested?reviewer=cleo", headers=HEADERS).json()["rows"]
        late = _say(client, row, "dora", kind="adjudication")
        assert (422, f"decision {row} was settled by 'cleo' already") == (
            late.status_code,
            late.json()["detail"],
        )


def test_who_is_blind_is_shown_the_text_alone(tmp_path: Path) -> None:
    """Nothing that a machine said, and not why it is asked, which would tell as much."""
    with reviewed_service(tmp_path, blind=True) as client:
        drawn(client)
        rows = _rows(client, "ana")
        assert [{"decision", "text", "language"}] * 5 == [set(row) for row in rows]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"verdict": "ANGRY"}, "verdict: must be one of NEGATIVE, NEUTRAL, POSITIVE, cannot_tell"),
        ({"decision": 999}, "decision 999 was not drawn for review, or is in the store no more"),
        ({"reviewer": " "}, "reviewer: String should have at least 1 character"),
        ({"note": "x" * 2_001}, "note: String should have at most 2000 characters"),
        ({"kind": "guess"}, "kind: should be 'review' or 'adjudication'"),
        ({"decision": "1"}, "decision: should be a whole number"),
        ({"other": 1}, "other: Extra inputs are not permitted"),
        ({"decision": 2**63}, "decision: should be less than 1000000000000000000"),
        ({"decision": 0}, "decision: should be greater than or equal to 1"),
        ({"reviewer": "a\0"}, "reviewer: should hold no NUL"),
        ({"note": "\0"}, "note: should hold no NUL"),
    ],
)
def test_what_is_no_review_is_a_sentence(tmp_path: Path, body: dict[str, object], detail: str) -> None:
    """It names the field and what it must be."""
    with reviewed_service(tmp_path) as client:
        drawn(client)
        answer = client.post(
            "/review/say",
            headers=HEADERS,
            json={"decision": 1, "reviewer": "ana", "verdict": "POSITIVE"} | body,
        )
    assert (422, detail) == (answer.status_code, answer.json()["detail"])


def test_a_name_or_number_that_no_database_holds(tmp_path: Path) -> None:
    """It is a mistake of the caller's wherever it stands."""
    with reviewed_service(tmp_path) as client:
        nul = client.get("/review/queue", params={"reviewer": "a\0"}, headers=HEADERS)
        huge = client.get("/review/row", params={"decision": "9" * 5000}, headers=HEADERS)
        undone = client.post("/review/undo", headers=HEADERS, json={"reviewer": "ana", "review": 2**63})
    assert [422, 404, 422] == [answer.status_code for answer in (nul, huge, undone)]


def test_a_body_says_that_it_is_json(tmp_path: Path) -> None:
    """A form of another site cannot say so without having asked."""
    with reviewed_service(tmp_path) as client:
        answer = client.post("/review/say", headers=HEADERS, content=b'{"decision": 1}')
    assert 415 == answer.status_code


@pytest.mark.slow
def test_what_has_come_of_it(tmp_path: Path) -> None:
    """Each side's accuracy with its interval, and what would make the contract read an answer."""
    with reviewed_service(tmp_path) as client:
        drawn(client)
        for name in ("ana", "ben"):
            for row in _rows(client, name):
                wrong = row["text"] == "Not for me."
                _say(
                    client,
                    row["decision"],
                    name,
                    verdict="NEGATIVE" if wrong else "POSITIVE",
                    mapping_wrong=wrong,
                )
        found = client.get("/review/results", headers=HEADERS).json()
    sides = {side["name"]: side["accuracy"]["value"] for side in found["sides"]}
    assert (8, 8, 1) == (found["read"], found["used"], found["mapping_wrong"])
    assert {"bert": 6 / 8, "decision": 6 / 8, "llm": 5 / 8, "next": 0.0} == pytest.approx(sides)
    assert ["not my {words}"] == [one["form"] for one in found["suggestions"]]


def test_rows_are_kept_from_others_for_a_while() -> None:
    """Who has gone away keeps them no longer, and who comes again keeps what is shown now only."""
    clock = [0.0]
    held = Held(lambda: clock[0])
    held.hold("ana", [1, 2])
    held.hold("ana", [2, 3])
    assert [2, 3] == held.by_others("ben")
    assert [] == held.by_others("ana")
    clock[0] = HELD_S + 1
    assert [] == held.by_others("ben")
