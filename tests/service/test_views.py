"""Results as the endpoint shows them."""

from typing import Any

import pytest

from polarity.contract import load_contract, mapper
from polarity.service.views import answer_view, result_view, usage_view
from polarity.stored import usage_of
from polarity.types import Answer, Completion, Decision, Failure, RawOutput, Scores, Usage

SOFTMAX = Scores(
    probabilities={"negative": 0.2, "neutral": 0.1, "positive": 0.7},
    source="softmax",
    tokens=9,
    usage=Usage(9),
)
LOGPROBS = Scores(
    probabilities={" positive": 0.6, " negative": 0.2, " the": 0.1}, source="logprobs", usage=Usage(30, 1)
)
COMPLETION = Completion(text="mostly positive", usage=Usage(40, 3))
FAILURE = Failure(reason="timeout", detail="http://10.0.0.7/v1: 200 ms")


def _shown(raw: RawOutput) -> dict[str, Any]:
    return answer_view(Answer(raw, mapper.map(raw, load_contract()))).model_dump()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (SOFTMAX, {"kind": "verdict", "label": "POSITIVE", "rule": "binding/positive", "coverage": None}),
        (LOGPROBS, {"kind": "verdict", "label": "POSITIVE", "coverage": pytest.approx(0.8)}),
        (COMPLETION, {"kind": "verdict", "label": "POSITIVE", "rule": "modified/mostly", "scores": None}),
        (Completion(text="mixed"), {"kind": "abstention", "rule": "abstain/mixed"}),
        (Completion(text="not positive"), {"kind": "unmapped", "reason": "negated"}),
        (Completion(text=""), {"kind": "unmapped", "reason": "empty", "span": None}),
        (FAILURE, {"kind": "failure", "reason": "timeout"}),
    ],
)
def test_every_outcome_is_shown_with_what_it_has(raw: RawOutput, expected: dict[str, object]) -> None:
    """The kind tells which members there are; what is unknown is null."""
    shown = _shown(raw)["outcome"]
    assert expected == {name: shown[name] for name in expected}


@pytest.mark.parametrize(
    ("raw", "kind", "usage"),
    [
        (SOFTMAX, "scores", Usage(9, 0)),
        (LOGPROBS, "scores", Usage(30, 1)),
        (COMPLETION, "completion", Usage(40, 3)),
        (FAILURE, "failure", Usage(0, 0)),
    ],
)
def test_every_raw_output_is_shown_and_counted(raw: RawOutput, kind: str, usage: Usage) -> None:
    """Each counts what its backend counted; a failure counts nothing."""
    assert kind == _shown(raw)["raw"]["kind"]
    assert usage == usage_of(raw)


def test_usage_is_summed_over_backends() -> None:
    """The total is what both read and wrote."""
    total = usage_view([SOFTMAX, LOGPROBS, COMPLETION, FAILURE])
    assert (79, 4, 83) == (total.prompt_tokens, total.completion_tokens, total.total_tokens)


@pytest.mark.parametrize("member", ["raw", "outcome"])
def test_a_failure_is_shown_without_its_detail(member: str) -> None:
    """Raw or as an outcome, only the reason is shown: a detail may name an address."""
    assert {"kind": "failure", "reason": "timeout"} == _shown(FAILURE)[member]


@pytest.mark.parametrize("truncated", [False, True])
def test_a_completion_tells_whether_the_model_saw_the_whole_text(truncated: bool) -> None:
    """The result and the raw view say the same of it."""
    raw = Completion(text="positive", truncated=truncated)
    answers = {"llm": Answer(raw, mapper.map(raw, load_contract()))}
    result = result_view(0, Decision(label="POSITIVE", decided_by="llm", answers=answers), explain=True)
    assert truncated == result.truncated
    assert truncated == _shown(raw)["raw"]["truncated"]
