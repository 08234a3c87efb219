"""`polarity contract explain`: each step of a mapping."""

import json
from pathlib import Path

import pytest

from polarity.contract import load_contract
from polarity.contract.review.amending import with_calibration
from tests.calibrations import calibration

from ..conftest import Run

SCORES = json.dumps(
    {
        "kind": "scores",
        "probabilities": {" positive": 0.4, " neutral": 0.3, " negative": 0.1},
        "source": "logprobs",
        "truncated": False,
    }
)


def test_explain_names_the_rule_and_the_span(run: Run) -> None:
    """Each step, the rule that fired, and what of the text it read."""
    status, out, _ = run("contract", "explain", "This sounds frustrating for the user")
    assert 0 == status
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "guard passed" == lines[0]
    assert "description NEGATIVE by description/frustrating" in lines
    assert ["verdict: NEGATIVE", "span 5-23: 'sounds frustrating'"] == lines[-2:]


def test_explain_for_machines(run: Run) -> None:
    """`--json` gives the steps and the outcome; `--cut` says that the token limit ended the answer."""
    status, out, _ = run("contract", "explain", "posit", "--cut", "--json")
    found = json.loads(out)
    assert (0, "unmapped", "truncated") == (status, found["outcome"]["kind"], found["outcome"]["reason"])
    assert {"start": 0, "end": 9, "text": "posit ..."} == found["outcome"]["span"]
    assert {"name": "guard", "finding": "passed"} == found["steps"][0]


@pytest.mark.slow
def test_scores_by_a_calibration(run: Run, tmp_path: Path) -> None:
    """What was counted for which label, as a report holds it, and what the calibration made of it."""
    own = calibration({"NEGATIVE": 0.0, "NEUTRAL": 1.0, "POSITIVE": 0.0}, name="small")
    (tmp_path / "own.toml").write_text(with_calibration(load_contract(), own, "99.0.0"), "utf-8")
    options = ("contract", "explain", SCORES, "--raw", "--contract", tmp_path / "own.toml")
    as_they_are = run(*options)
    assert "verdict: POSITIVE" == as_they_are.out.splitlines()[-1]
    status, out, _ = run(*options, "--calibration", "small/completions")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert (0, "verdict: NEUTRAL") == (status, lines[-1])
    assert "label words NEGATIVE 0.1000, NEUTRAL 0.3000, POSITIVE 0.4000" == lines[0]
    assert "coverage 0.8000, at least 0.05 is needed" == lines[1]


def test_a_raw_completion_is_one(run: Run) -> None:
    """With what the server said of it."""
    raw = {
        "kind": "completion",
        "text": "posit",
        "finish_reason": "length",
        "refusal": None,
        "truncated": False,
    }
    assert "unmapped: truncated" in run("contract", "explain", json.dumps(raw), "--raw").out
    late = json.dumps({"kind": "failure", "reason": "timeout"})
    assert "failure: timeout" in run("contract", "explain", late, "--raw").out


@pytest.mark.parametrize(
    ("options", "status", "problem"),
    [
        (("positive", "--raw"), 2, "TEXT is not JSON"),
        ((SCORES, "--raw", "--cut"), 2, "--raw says itself"),
        (("{}", "--raw"), 1, "TEXT"),
        ((SCORES, "--raw", "--calibration", "a/chat"), 2, "'a/chat' is not in the contract, which has "),
    ],
)
def test_what_cannot_be_explained(run: Run, options: tuple[str, ...], status: int, problem: str) -> None:
    """What is no raw output, and a calibration that the contract does not hold."""
    found = run("contract", "explain", *options)
    assert (status, "") == (found.status, found.out)
    assert problem in " ".join(found.err.split())
