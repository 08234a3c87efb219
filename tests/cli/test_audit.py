"""`polarity audit`: an answer of the real endpoint, stored and replayed."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from polarity.contract import load_contract
from polarity.service import create_app
from polarity.settings import load_settings

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


@pytest.fixture
def now(tiny_checkpoint: Path) -> tuple[str, str]:
    """The options by which the model that answered would answer now."""
    return ("--checkpoint", str(tiny_checkpoint))


def _weights(answer: dict[str, Any]) -> str:
    return f"bert {answer['model']['bert']} sha256 {answer['weights']['bert']}"


@pytest.mark.slow
def test_a_true_answer_is_the_same(
    run: Run, path: Path, answer: dict[str, Any], now: tuple[str, str]
) -> None:
    """The contract and the model by name and hash, and how many results are the same; the status is 0."""
    ref = load_contract().ref
    lines = [
        f"contract {ref.id} {ref.version} sha256 {ref.sha256}: same",
        f"{_weights(answer)}: same",
        "2 of 2 results are the same",
    ]
    assert (0, "\n".join([*lines, ""]), "") == run("audit", path, *now)


@pytest.mark.slow
def test_another_model_is_not_the_same(run: Run, path: Path, answer: dict[str, Any]) -> None:
    """Where other weights would answer now the status is 3, though every result is read the same."""
    status, out, err = run("audit", path)
    assert (3, "gate failed: another model answers now for bert, 0 of 2 results differ\n") == (status, err)
    assert f"{_weights(answer)}: another answers now: bert" not in out
    assert f"{_weights(answer)}: another answers now: packaged checkpoint sha256 " in out


@pytest.mark.slow
@pytest.mark.parametrize("forget", [{"weights": {"bert": None}}, {"model": {}, "weights": {}}])
def test_weights_that_nobody_knows_are_not_called_the_same(
    run: Run, path: Path, answer: dict[str, Any], now: tuple[str, str], forget: dict[str, Any]
) -> None:
    """An answer without the hash of its weights is inconclusive, unless nobody asks for the models."""
    path.write_text(json.dumps(answer | forget), "utf-8")
    reason = "inconclusive: nobody knows whether bert has the same weights\n"
    status, _, err = run("audit", path, *now)
    assert (4, reason) == (status, err)
    assert 0 == run("audit", path, "--contract-only").status


@pytest.mark.slow
def test_a_changed_answer_is_named(
    run: Run, path: Path, answer: dict[str, Any], now: tuple[str, str]
) -> None:
    """The field with what was stored and what it is now; the exit status is 3."""
    said = answer["results"][1]["decided_by"]
    whole = path.read_text("utf-8")
    place = whole.rindex(f'"decided_by": "{said}"')
    path.write_text(whole[:place] + whole[place:].replace(f'"{said}"', '"llm"', 1), "utf-8")
    status, out, err = run("audit", path, *now)
    assert (3, "gate failed: 1 of 2 results differ\n") == (status, err)
    expected = [
        "1 of 2 results are the same",
        f"{answer['id']} result 1: differs",
        "  decided_by: 'llm', now 'bert'",
    ]
    assert expected == out.splitlines()[2:]


@pytest.mark.slow
def test_another_contract_is_said_first(run: Run, path: Path, tmp_path: Path, now: tuple[str, str]) -> None:
    """One changed byte is another contract: said first, replayed all the same, and 3."""
    contract = load_contract()
    other = tmp_path / "other.toml"
    other.write_text(f"{contract.source}# one more line\n", "utf-8")
    status, out, err = run("audit", path, "--contract", other, *now)
    first, second, _, results = out.splitlines()
    ref, new = (
        f"contract {ref.id} {ref.version} sha256 {ref.sha256}"
        for ref in (contract.ref, load_contract(other).ref)
    )
    assert (3, "gate failed: under another contract, 0 of 2 results differ\n") == (status, err)
    assert (f"{ref}: differs, replayed under another contract:", new) == (first, second)
    assert "2 of 2 results are the same" == results


@pytest.mark.slow
def test_json_says_the_same(run: Run, path: Path, answer: dict[str, Any], now: tuple[str, str]) -> None:
    """One object: what it comes to, and each way to answer with its contract, models and results."""
    status, out, _ = run("audit", path, *now, "--json")
    found = json.loads(out)
    ref = load_contract().ref._asdict()
    assert (0, True, "passed") == (status, found["same"], found["judgement"]["status"])
    (way,) = found["ways"]
    assert ({"same": True, "stored": ref}, 2, 0) == (way["contract"], way["results"], way["differing"])
    model = way["models"]["bert"]
    assert ("same", answer["weights"]["bert"]) == (model["state"], model["now"]["weights"])
    assert [] == found["differences"]


@pytest.mark.slow
def test_json_names_differences(run: Run, path: Path, answer: dict[str, Any]) -> None:
    """Each difference has its answer, its result, its field and both values."""
    answer = json.loads(json.dumps(answer))
    answer["results"][1]["label"] = "MIXED"
    path.write_text(json.dumps(answer), "utf-8")
    status, out, _ = run("audit", path, "--contract-only", "--json")
    assert 3 == status
    ((found,),) = [one["results"] for one in json.loads(out)["differences"]]
    assert 1 == found["index"]
    assert [("label", "MIXED")] == [(one["field"], one["stored"]) for one in found["differences"]]


def test_nothing_to_replay_is_a_mistake(run: Run) -> None:
    """Without an answer there is nothing to do: usage, and how to say it."""
    status, _, err = run("audit")
    assert 2 == status
    assert "name an answer" in err


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('{"status": 502, "code": "unmapped"}', "backend: is missing"),
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
