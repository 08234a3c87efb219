"""Files that 0.4.0 wrote: they still read, and mean the same."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from polarity.contract import load_contract, mapper
from polarity.replay.audit import Finding, audit, read_response
from polarity.stored import outcome_from, raw_from, read_report, spelled
from polarity.types import Completion, ContractRef, Failure, RawOutput, Scores, Usage

FOLDER = Path(__file__).parent / "written_by_0_4_0"
CONTRACT = load_contract()
SOFTMAX = Scores(
    probabilities={"negative": 1 - 0.7 - 0.1, "neutral": 0.1, "positive": 0.7},
    source="softmax",
    tokens=5,
    usage=Usage(5),
)
BROKEN = {" positive": 1 / 3, " negative": 0.1, " \ud83d": 0.05, " odd": math.nan}
LOGPROBS = {" positive": 1 / 3, " negative": 0.1, " the": 0.05}
SAID: list[RawOutput] = [
    Completion(text="mostly positive \ud83d", usage=Usage(40, 3)),
    Completion(text="mixed"),
    Completion(text="Positive, no", refusal="I cannot."),
    Completion(text="posi", finish_reason="length", truncated=True),
    Scores(probabilities=BROKEN, source="logprobs", tokens=30, usage=Usage(30, 1)),
    Scores(probabilities=LOGPROBS, source="logprobs", tokens=30, usage=Usage(30, 1)),
    Failure(reason="timeout", detail="no answer within 200 ms"),
]


def old(name: str) -> str:
    """A file of 0.4.0, as text."""
    return (FOLDER / name).read_text("utf-8")


def pairs() -> list[dict[str, Any]]:
    """The pairs of the report of 0.4.0, as plain values."""
    found: list[dict[str, Any]] = json.loads(old("report.json"))["pairs"]
    return found


def test_kept_answers_read() -> None:
    """Each raw output of a run's folder is what was said, NaN for a number that JSON has not."""
    found = [raw_from(json.loads(line), "raw") for line in old("answers.jsonl").splitlines()]
    assert list(map(repr, [*SAID, SOFTMAX])) == list(map(repr, found))  # no NaN equals another


def test_kept_answers_are_written_as_they_were() -> None:
    """The spelling of raw outputs has not changed: what stood there then stands there now."""
    for line, raw in zip(old("answers.jsonl").splitlines(), [*SAID, SOFTMAX], strict=True):
        written = json.loads(line)
        now = json.loads(json.dumps(spelled(raw)))
        assert written == _known_then(now, written)


def _known_then(now: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """Leave out what came later, in parts, too."""
    return {
        name: _known_then(now[name], value) if isinstance(value, dict) else now[name]
        for name, value in then.items()
    }


def test_a_report_reads() -> None:
    """Both sides, repeats, columns and places are what they were."""
    found = read_report(FOLDER / "report.json")
    assert list(map(repr, SAID)) == [repr(row.raws["llm"]) for row in found.rows]
    assert [SOFTMAX] * len(SAID) == [row.raws["bert"] for row in found.rows]
    assert {(Completion(text="positive"),)} == {tuple(row.repeats) for row in found.rows}
    assert [("r1", "POSITIVE", "data.csv:1", {"shop": "a"})] == [
        (row.id, row.gold, row.place, row.columns) for row in found.rows[:1]
    ]


@pytest.mark.parametrize("side", ["left", "right"])
def test_outcomes_of_a_report_read(side: str) -> None:
    """0.4.0 wrote null for the members of other kinds: they read as the outcomes that they were."""
    ref = ContractRef(**json.loads(old("report.json"))["contract"])
    said = [SOFTMAX] * len(SAID) if side == "left" else SAID
    for raw, pair in zip(said, pairs(), strict=True):
        written = {name: member for name, member in pair[side].items() if name not in ("backend", "raw")}
        found = outcome_from(written, ref, "outcome")
        now = {
            name: member for name, member in spelled(found).items() if name != "detail"
        }  # not written then
        assert written == dict.fromkeys(written) | now
        assert pair[side]["kind"] == mapper.map(raw, CONTRACT).kind


def test_an_explained_response_is_audited() -> None:
    """Every stored result is replayed to the last bit, lone surrogates and broken numbers too."""
    response = read_response(FOLDER / "response.json")
    found = audit(response, CONTRACT)
    assert [Finding(at, []) for at in range(len(SAID))] == found.findings
