"""`polarity audit`: an answer of the real endpoint, stored and replayed."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from polarity.classifier import Classifier
from polarity.contract import load_contract
from polarity.service import create_app
from polarity.service.views import Origin, response_of
from polarity.settings import load_settings
from polarity.types import Completion, Decision

from .conftest import Run


@pytest.fixture(scope="module")
def answer(tiny_checkpoint: Path) -> dict[str, Any]:
    """What the service with the tiny BERT answers about two texts, with `explain`."""
    settings = load_settings({"backend": "bert", "bert": {"checkpoint": str(tiny_checkpoint)}})
    app = create_app(settings)
    with TestClient(app) as client:
        while not app.state.runtime.settled.is_set():
            time.sleep(0.01)
        response = client.post("/polarity", json={"input": ["Love it!", "It broke."], "explain": True})
    assert 200 == response.status_code
    found: dict[str, Any] = response.json()
    return found


@pytest.fixture
def path(tmp_path: Path, answer: dict[str, Any]) -> Path:
    """The answer in a file."""
    path = tmp_path / "response.json"
    path.write_text(json.dumps(answer), "utf-8")
    return path


@pytest.mark.slow
def test_a_true_answer_is_the_same(run: Run, path: Path) -> None:
    """The contract by its name and hash, and each result, one a line; the exit status is 0."""
    ref = load_contract().ref
    lines = [f"contract {ref.id} {ref.version} sha256 {ref.sha256}: same", "result 0: same", "result 1: same"]
    assert (0, "\n".join([*lines, ""]), "") == run("audit", path)


@pytest.mark.slow
def test_a_changed_answer_is_named(run: Run, path: Path, answer: dict[str, Any]) -> None:
    """The field with what was stored and what it is now; the exit status is 3."""
    said = answer["results"][1]["decided_by"]
    path.write_text(
        path.read_text("utf-8").replace(f'"decided_by": "{said}"', '"decided_by": "llm"', 1), "utf-8"
    )
    status, out, err = run("audit", path)
    assert (3, "gate failed: 1 of 2 results differ\n") == (status, err)
    assert ["result 0: differs", "  decided_by: 'llm', now 'bert'", "result 1: same"] == out.splitlines()[1:]


@pytest.mark.slow
def test_another_contract_is_said_first(run: Run, path: Path, tmp_path: Path) -> None:
    """One changed byte is another contract: said first, replayed all the same, and 3."""
    contract = load_contract()
    other = tmp_path / "other.toml"
    other.write_text(f"{contract.source}# one more line\n", "utf-8")
    status, out, err = run("audit", path, "--contract", other)
    first, second, *results = out.splitlines()
    ref, new = (
        f"contract {ref.id} {ref.version} sha256 {ref.sha256}"
        for ref in (contract.ref, load_contract(other).ref)
    )
    assert 3 == status
    assert "gate failed: under another contract, 0 of 2 results differ\n" == err
    assert (f"{ref}: differs, replayed under another contract:", new) == (first, second)
    assert ["result 0: same", "result 1: same"] == results


@pytest.mark.slow
def test_json_says_the_same(run: Run, path: Path) -> None:
    """One object: whether anything differs, both contracts, and each result with its differences."""
    path.write_text(path.read_text("utf-8").replace('"index": 1', '"index": 7'), "utf-8")
    status, out, _ = run("audit", path, "--json")
    found = json.loads(out)
    ref = load_contract().ref._asdict()
    assert (0, True) == (status, found["same"])
    assert {"same": True, "stored": ref, "replayed": ref} == found["contract"]
    assert [0, 7] == [result["index"] for result in found["results"]]
    assert [{"same": True, "differences": []}] * 2 == [
        {name: result[name] for name in ("same", "differences")} for result in found["results"]
    ]


@pytest.mark.slow
def test_json_names_differences(run: Run, tmp_path: Path) -> None:
    """Each difference has its field and both values."""
    raw = Completion(text="positive")
    decision = Decision(label="NEGATIVE", decided_by="llm", answers={})
    response = response_of(
        [decision], Origin("pol-1", "llm", Classifier(load_contract(), []), {}), explain=True
    ).model_dump()
    outcome = {
        "kind": "verdict",
        "label": "POSITIVE",
        "rule": "exact/positive",
        "scores": None,
        "coverage": None,
    }
    said = {
        "kind": "completion",
        "text": raw.text,
        "finish_reason": "stop",
        "refusal": None,
        "truncated": False,
    }
    span = {"start": 0, "end": 8, "text": "positive"}
    response["results"][0]["answers"] = {"llm": {"raw": said, "outcome": outcome | {"span": span}}}
    path = tmp_path / "response.json"
    path.write_text(json.dumps(response), "utf-8")
    status, out, _ = run("audit", path, "--json")
    assert 3 == status
    assert [{"field": "label", "stored": "NEGATIVE", "replayed": "POSITIVE"}] == json.loads(out)["results"][
        0
    ]["differences"]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('{"status": 502, "code": "unmapped"}', "backend: Field required"),
        ("positive", "1: not JSON: Expecting value at column 1"),
    ],
)
def test_an_unusable_file(run: Run, tmp_path: Path, source: str, problem: str) -> None:
    """One line with the file and what is wrong; the exit status is 1."""
    path = tmp_path / "response.json"
    path.write_text(source, "utf-8")
    status, out, err = run("audit", path)
    assert (1, "") == (status, out)
    assert err.startswith(f"error: {path}:")
    assert problem in err


@pytest.mark.slow
def test_an_answer_without_explain(run: Run, path: Path, answer: dict[str, Any]) -> None:
    """It holds nothing to replay: the message says why."""
    results = [{name: value for name, value in r.items() if name != "answers"} for r in answer["results"]]
    path.write_text(json.dumps(answer | {"results": results}), "utf-8")
    problem = 'results.0: no raw outputs: the answer was stored without "explain": true'
    assert (1, "", f"error: {path}: {problem}\n") == run("audit", path)
