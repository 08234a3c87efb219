"""Raw outputs and outcomes: written, read back, and exactly the same."""

import json
import math
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract import load_contract, mapper
from polarity.errors import RecordError
from polarity.stored import outcome_from, raw_from, spelled
from polarity.types import (
    Abstention,
    Completion,
    ContractRef,
    Failure,
    FailureReason,
    FinishReason,
    Outcome,
    RawOutput,
    Scores,
    ScoresSource,
    Span,
    Unmapped,
    UnmappedReason,
    Usage,
    Verdict,
)


def _joined(text: str) -> str:
    """Make two halves side by side one character, as every reader of JSON does."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


CONTRACT = load_contract()
TEXTS = st.text(st.characters(exclude_categories=())).map(_joined)
COUNTS = st.integers(min_value=0)
USAGES = st.builds(Usage, COUNTS, COUNTS)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def scores(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Scores]:
    """Scores over any names."""
    return st.builds(
        Scores,
        probabilities=st.dictionaries(TEXTS, numbers, max_size=5),
        source=st.sampled_from(get_args(ScoresSource)),
        tokens=COUNTS,
        truncated=st.booleans(),
        usage=USAGES,
    )


COMPLETIONS = st.builds(
    Completion,
    text=TEXTS,
    finish_reason=st.sampled_from([*get_args(FinishReason), "novel"]),
    refusal=st.none() | TEXTS,
    reasoning=st.none() | TEXTS,
    truncated=st.booleans(),
    usage=USAGES,
)
FAILURES = st.builds(Failure, reason=st.sampled_from(get_args(FailureReason)), detail=TEXTS)

REF = ContractRef("polarity", "1.0.0", "00")
READ = {
    "contract": st.just(REF),
    "span": st.none() | st.builds(Span, COUNTS, COUNTS, TEXTS),
    "coverage": st.none() | NUMBERS,
}
OUTCOMES = (
    st.builds(
        Verdict,
        label=TEXTS,
        rule=TEXTS,
        scores=st.none() | st.dictionaries(TEXTS, NUMBERS, max_size=3),
        **READ,
    )
    | st.builds(Abstention, rule=TEXTS, **READ)
    | st.builds(Unmapped, reason=st.sampled_from(get_args(UnmappedReason)), **READ)
    | FAILURES
)


def through_json(raw: RawOutput) -> RawOutput:
    """Store and read back, strictly."""
    return raw_from(json.loads(json.dumps(spelled(raw), allow_nan=False)), "raw")


@given(scores(NUMBERS) | COMPLETIONS | FAILURES)
def test_what_is_stored_comes_back(raw: RawOutput) -> None:
    """Every field of every kind is the same, to the last bit of a number and with lone surrogates."""
    assert raw == through_json(raw)


@given(OUTCOMES)
def test_an_outcome_comes_back_under_its_contract(outcome: Outcome) -> None:
    """Every field of every kind is the same; the contract is the one that the reader names."""
    written = json.dumps(spelled(outcome), allow_nan=False)
    assert outcome == outcome_from(json.loads(written), REF, "outcome")


@given(scores(st.floats(-1, 2) | st.sampled_from([math.inf, -math.inf, math.nan])))
def test_numbers_that_json_has_not_are_read_alike(raw: Scores) -> None:
    """Infinity and NaN come back as NaN, and the mapper makes the same of all three."""
    found = through_json(raw)
    assert isinstance(found, Scores)
    expected = {name: p if math.isfinite(p) else "none" for name, p in raw.probabilities.items()}
    kept = {name: "none" if math.isnan(p) else p for name, p in found.probabilities.items()}
    assert expected == kept
    live, stored = mapper.map(raw, CONTRACT), mapper.map(found, CONTRACT)
    assert spelled(live) == spelled(stored)


SCORES = spelled(Scores(probabilities={"a": 0.5, "b": 0.5}, source="softmax"))
COMPLETION = spelled(Completion(text="positive"))
FAILURE = spelled(Failure(reason="timeout"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "failure", "reason": "timeout"}, Failure(reason="timeout")),
        (
            {"kind": "completion", "text": "", "finish_reason": "length", "refusal": "", "truncated": True},
            Completion(text="", finish_reason="length", refusal="", truncated=True),
        ),
        (
            {
                "kind": "scores",
                "source": "softmax",
                "probabilities": {"a": 1},
                "tokens": 3,
                "truncated": False,
            },
            Scores(probabilities={"a": 1.0}, source="softmax", tokens=3),
        ),
    ],
)
def test_the_shortened_form_is_read(value: dict[str, Any], expected: RawOutput) -> None:
    """What an explained response leaves out is as if it had not been counted."""
    assert expected == raw_from(value, "raw")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "raw: "),
        ([], "raw: "),
        ({}, "raw: Unable to extract tag"),
        ({"kind": "scoring"}, "raw: Input tag 'scoring'"),
        (SCORES | {"odd": 1}, "raw.scores.odd: Extra inputs are not permitted, found 1"),
        (SCORES | {"source": "guess"}, "raw.scores.source: "),
        (SCORES | {"probabilities": {"a": "0.5"}}, "raw.scores.probabilities.a: "),
        (SCORES | {"probabilities": {"a": True}}, "raw.scores.probabilities.a: "),
        (SCORES | {"probabilities": {"a": math.inf}}, "raw.scores.probabilities.a: "),
        (SCORES | {"truncated": 0}, "raw.scores.truncated: "),
        (SCORES | {"usage": {"prompt_tokens": 1.5}}, "raw.scores.usage.prompt_tokens: "),
        (COMPLETION | {"text": None}, "raw.completion.text: should be text, found None"),
        (COMPLETION | {"text": 7}, "raw.completion.text: "),
        (COMPLETION | {"finish_reason": None}, "raw.completion.finish_reason: "),
        ({"kind": "completion", "text": "positive"}, "raw.completion.finish_reason: is missing"),
        (COMPLETION | {"usage": [1, 2]}, "raw.completion.usage: "),
        (COMPLETION | {"usage": {"total": 2}}, "raw.completion.usage.total: Extra inputs are not permitted"),
        (FAILURE | {"reason": "tired"}, "raw.failure.reason: "),
        (FAILURE | {"\ud800": 1}, "raw.failure"),
    ],
)
def test_anything_else_is_an_error(value: object, problem: str) -> None:
    """Nothing is coerced, ignored or filled in: the place, what is wrong and the value are named."""
    with pytest.raises(RecordError) as found:
        raw_from(value, "raw", path=Path("old.json"))
    assert str(found.value).startswith(f"old.json: {problem}")


OUTCOME = spelled(Verdict(label="POSITIVE", rule="exact/positive", contract=REF, span=Span(0, 8, "positive")))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "outcome: "),
        ({"kind": ["verdict"]}, "outcome: Input tag"),
        ({"kind": "scores"}, "outcome: Input tag 'scores'"),
        (
            OUTCOME | {"reason": "empty"},
            "outcome.verdict.reason: Extra inputs are not permitted, found 'empty'",
        ),
        (OUTCOME | {"odd": None}, "outcome.verdict.odd: Extra inputs are not permitted, found None"),
        (OUTCOME | {"contract": None}, "outcome.verdict.contract: "),
        (OUTCOME | {"label": None}, "outcome.verdict.label: "),
        (OUTCOME | {"scores": {"a": None}}, "outcome.verdict.scores.a: "),
        (OUTCOME | {"coverage": math.nan}, "outcome.verdict.coverage: "),
        (OUTCOME | {"span": [0, 8, "positive"]}, "outcome.verdict.span: "),
        (OUTCOME | {"span": {"start": 0, "end": "8", "text": ""}}, "outcome.verdict.span.end: "),
        ({"kind": "abstention", "rule": "a"}, "outcome.abstention.span: is missing"),
    ],
)
def test_what_is_no_outcome_is_an_error(value: object, problem: str) -> None:
    """As with raw outputs: the place, what is wrong and the value are named."""
    with pytest.raises(RecordError) as found:
        outcome_from(value, REF, "outcome", path=Path("old.json"))
    assert str(found.value).startswith(f"old.json: {problem}")


def test_a_long_value_is_cut_in_the_message() -> None:
    """An error names the value, and stays readable."""
    with pytest.raises(RecordError) as found:
        raw_from(FAILURE | {"reason": "x" * 1000}, "raw")
    assert 400 > len(str(found.value))


def test_defaults_are_those_of_the_types() -> None:
    """What may be missing reads as what the types say when nothing was said."""
    whole = Scores(probabilities={}, source="softmax")
    short = {"kind": "scores", "probabilities": {}, "source": "softmax", "truncated": False}
    assert whole == raw_from(short, "raw")
