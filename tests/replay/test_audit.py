"""Stored responses, replayed: real answers of the endpoint, and what was changed in them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from polarity.classifier import Classifier, replay
from polarity.errors import RecordError
from polarity.replay.audit import Difference, Finding, ModelFinding, audit, read_response
from polarity.service.views import Origin, response_of
from polarity.types import Completion, Decision, Failure, Model, RawOutput, Scores, Usage
from tests.calibrations import calibration, with_calibrations
from tests.cautious import cautious_contract

CONTRACT = cautious_contract()
Edit = Callable[[dict[str, Any]], object]


def softmax(positive: float) -> Scores:
    """What BERT says; the rest is negative."""
    probabilities = {"negative": 1 - positive - 0.1, "neutral": 0.1, "positive": positive}
    return Scores(probabilities=probabilities, source="softmax", tokens=5, usage=Usage(5))


LOGPROBS = Scores(probabilities={" positive": 0.1, " negative": 1 / 3, " the": 0.2}, source="logprobs")
HIGH, LOW = "\ud83d", "\ude00"
ODD = Scores(probabilities={" positive": 0.3, HIGH: 0.2, LOW: 0.1}, source="logprobs")
BROKEN = Scores(probabilities={" positive": float("nan"), " negative": 0.5}, source="logprobs")
SAID: dict[str, tuple[Literal["bert", "llm", "both"], dict[str, RawOutput]]] = {
    "bert": ("bert", {"bert": softmax(0.7)}),
    "llm": ("llm", {"llm": Completion(text="Not great.", usage=Usage(20, 3))}),
    "scores of the llm": ("llm", {"llm": LOGPROBS}),
    "agreement": ("both", {"bert": softmax(0.7), "llm": Completion(text="mostly positive")}),
    "confident": ("both", {"bert": softmax(0.999 - 0.1), "llm": Completion(text="negative")}),
    "combined": ("both", {"bert": softmax(0.5), "llm": LOGPROBS}),
    "late": ("both", {"bert": softmax(0.7), "llm": Failure(reason="timeout", detail="http://10.0.0.7/v1")}),
    "abstained": ("both", {"bert": softmax(0.7), "llm": Completion(text="mixed")}),
    "cut off": ("both", {"bert": softmax(0.7), "llm": Completion(text="posi", finish_reason="length")}),
    "filtered": ("both", {"bert": softmax(0.7), "llm": Completion(text="", finish_reason="content_filter")}),
    "refused": ("both", {"bert": softmax(0.7), "llm": Completion(text="positive", refusal="I cannot.")}),
    "a lone surrogate": ("both", {"bert": softmax(0.7), "llm": Completion(text="positive \ud83d")}),
    "lone surrogates": ("both", {"bert": softmax(0.7), "llm": ODD}),
    "no numbers": ("both", {"bert": softmax(0.7), "llm": BROKEN}),
    "only the llm": ("both", {"bert": Failure(reason="unavailable"), "llm": Completion(text="negative")}),
    "bert stands in": ("llm", {"llm": Completion(text="not positive"), "bert": softmax(0.7)}),
    "bert does not": ("llm", {"llm": Completion(text="negative"), "bert": softmax(0.7)}),
}


def stored(folder: Path, name: str, *, explain: bool = True) -> Path:
    """Answer as the endpoint does, and store what it sends."""
    backend, raws = SAID[name]
    decision = replay(backend, raws, CONTRACT)
    assert isinstance(decision, Decision)
    response = response_of(
        [decision], Origin("pol-1", backend, Classifier(CONTRACT, []), {}), explain=explain
    )
    path = folder / "response.json"
    path.write_text(response.model_dump_json(), "utf-8")
    return path


def edited(path: Path, edit: Edit) -> Path:
    """Change what was stored."""
    found = json.loads(path.read_text("utf-8"))
    edit(found)
    path.write_text(json.dumps(found), "utf-8")
    return path


@pytest.mark.parametrize("name", SAID)
def test_a_true_answer_is_the_same(tmp_path: Path, name: str) -> None:
    """Whatever was said and whoever decided, the replay gives it again, to the last bit."""
    found = audit(read_response(stored(tmp_path, name)), CONTRACT)
    assert [Finding(0, [])] == found.findings
    assert found.same


def test_calibrated_scores_are_read_again_so(tmp_path: Path) -> None:
    """The outcomes say by which calibration, and the contract holds it."""
    own = calibration({"NEGATIVE": -2.0, "NEUTRAL": 0.0, "POSITIVE": 2.0})
    held = with_calibrations(CONTRACT, own)
    decision = replay("llm", {"llm": LOGPROBS}, replace(held, calibration=own))
    assert isinstance(decision, Decision)
    assert "POSITIVE" == decision.label
    response = response_of([decision], Origin("pol-1", "llm", Classifier(held, []), {}), explain=True)
    (tmp_path / "response.json").write_text(response.model_dump_json(), "utf-8")
    stored = read_response(tmp_path / "response.json")
    assert [Finding(0, [])] == audit(stored, held).findings
    assert audit(stored, CONTRACT).findings[0].differences


def test_lone_surrogates_are_kept_beside_what_is_shown(tmp_path: Path) -> None:
    """`raw` is what any client can read; `exact` is there only where that is not what was said."""
    answers = json.loads(stored(tmp_path, "a lone surrogate").read_bytes())["results"][0]["answers"]
    assert "positive \ufffd" == answers["llm"]["raw"]["text"]
    assert "positive \ud83d" == json.loads(answers["llm"]["exact"])["text"]
    assert {"raw", "outcome"} == set(answers["bert"])


WHOLE = {"start": 0, "end": 15, "text": "mostly positive"}
BERT = {"NEGATIVE": 1 - 0.7 - 0.1, "NEUTRAL": 0.1, "POSITIVE": 0.7}


UNMAPPED = {"kind": "unmapped", "reason": "negated", "span": None, "coverage": None}


def result(found: dict[str, Any]) -> dict[str, Any]:
    """The one result of a response."""
    (one,) = found["results"]
    assert isinstance(one, dict)
    return one


def side(found: dict[str, Any], name: str) -> dict[str, Any]:
    """One backend's answer in the one result."""
    answer = result(found)["answers"][name]
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda r: result(r).update(label="NEUTRAL"), ("label", "NEUTRAL", "POSITIVE")),
        (lambda r: result(r).update(confidence=0.7000000000000001), ("confidence", 0.7000000000000001, 0.7)),
        (lambda r: result(r).update(confidence=None), ("confidence", None, 0.7)),
        (lambda r: result(r).update(decided_by="bert:trusted"), ("decided_by", "bert:trusted", "agreement")),
        (
            lambda r: side(r, "llm")["outcome"].update(rule="exact/positive"),
            ("answers.llm.rule", "exact/positive", "modified/mostly"),
        ),
        (
            lambda r: side(r, "llm").update(outcome=UNMAPPED),
            ("answers.llm.kind", "unmapped", "verdict"),
        ),
        (lambda r: side(r, "llm")["outcome"].update(span=None), ("answers.llm.span", None, WHOLE)),
        (lambda r: side(r, "bert")["outcome"].update(coverage=0.5), ("answers.bert.coverage", 0.5, None)),
        (lambda r: side(r, "bert")["outcome"].update(label="x"), ("answers.bert.label", "x", "POSITIVE")),
        (lambda r: side(r, "bert")["outcome"].update(scores={}), ("answers.bert.scores", {}, BERT)),
    ],
)
def test_what_was_changed_is_named(tmp_path: Path, edit: Edit, expected: tuple[str, Any, Any]) -> None:
    """A field that the replay does not give is named with both values; a last bit is enough."""
    response = read_response(edited(stored(tmp_path, "agreement"), edit))
    found = audit(response, CONTRACT)
    (finding,) = found.findings
    assert expected == finding.differences[0]
    assert not found.same
    assert found.same_contract


def test_another_raw_output_shows_everywhere(tmp_path: Path) -> None:
    """What depends on the raw output differs with it: outcome and decision."""
    path = edited(stored(tmp_path, "llm"), lambda r: side(r, "llm")["raw"].update(text="not positive"))
    (finding,) = audit(read_response(path), CONTRACT).findings
    fields = {difference.field: difference for difference in finding.differences}
    assert Difference("decided_by", "llm", "undecided:unmapped") == fields["decided_by"]
    assert Difference("label", "NEGATIVE", None) == fields["label"]
    assert Difference("answers.llm.reason", None, "negated") == fields["answers.llm.reason"]


def test_another_contract_is_said_and_replayed(tmp_path: Path) -> None:
    """Id, version or bytes: any other contract is another one, also where it gives the same answer."""
    response = read_response(stored(tmp_path, "agreement"))
    other = replace(CONTRACT, ref=CONTRACT.ref._replace(sha256="0" * 64))
    found = audit(response, other)
    assert [Finding(0, [])] == found.findings
    assert (False, False) == (found.same_contract, found.same)
    assert (CONTRACT.ref, other.ref) == (found.stored, found.contract)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda r: r.pop("backend"), "backend: is missing"),
        (lambda r: r.update(backend="gpt"), "backend: "),
        (lambda r: r.update(results=[]), "results: "),
        (lambda r: result(r).update(confidence="0.7"), "results.0.confidence: "),
        (
            lambda r: result(r).update(answers=None),
            "results.0: no raw outputs: the answer was stored without",
        ),
        (
            lambda r: result(r)["answers"].pop("bert"),
            "results.0.answers: backend 'both' does not ask ['llm']",
        ),
        (lambda r: side(r, "llm").pop("raw"), "results.0.answers.llm.raw: is missing"),
        (lambda r: side(r, "llm")["raw"].pop("text"), "results.0.answers.llm.raw.completion.text: "),
        (lambda r: side(r, "llm").pop("outcome"), "results.0.answers.llm.outcome: is missing"),
        (
            lambda r: side(r, "llm")["outcome"].update(kind="gpt"),
            "results.0.answers.llm.outcome: Input tag 'gpt'",
        ),
        (
            lambda r: side(r, "bert")["outcome"].update(coverage="half"),
            "results.0.answers.bert.outcome.verdict.coverage: should be a number",
        ),
        (lambda r: side(r, "llm").update(exact="{"), "results.0.answers.llm.exact: "),
    ],
)
def test_an_unusable_file_is_an_error(tmp_path: Path, edit: Edit, problem: str) -> None:
    """The file and the place in it are named."""
    path = edited(stored(tmp_path, "agreement"), edit)
    with pytest.raises(RecordError) as found:
        read_response(path)
    assert str(found.value).startswith(f"{path}: {problem}")


def test_an_answer_without_explain_is_an_error(tmp_path: Path) -> None:
    """There is nothing to replay, and the message says why."""
    with pytest.raises(RecordError, match=r'results\.0: no raw outputs: .* without "explain": true'):
        read_response(stored(tmp_path, "agreement", explain=False))


@pytest.mark.parametrize(
    ("now", "state", "otherwise"),
    [
        (Model("a", "00", "11", "free"), "same", []),
        (Model("b", "00", "11", "free"), "same", []),
        (Model("a", "00", "22", "free"), "other", ["prompt"]),
        (Model("a", "00", "22", "constrained"), "other", ["prompt", "strategy"]),
        (Model("a", "00", None, None), "same", []),
        (Model("a", None, "22", "free"), "other", ["prompt"]),
        (None, "unknown", []),
    ],
)
def test_a_model_that_is_asked_otherwise_is_another_one(
    now: Model | None, state: str, otherwise: list[str]
) -> None:
    """The same weights with another prompt may say anything; what is not known is no difference."""
    found = ModelFinding(backend="llm", stored=Model("a", "00", "11", "free"), now=now)
    assert (state, otherwise) == (found.state, found.asked_otherwise)
