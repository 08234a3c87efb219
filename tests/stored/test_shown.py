"""Raw outputs and outcomes as the endpoint shows them."""

import json

import pytest
from pydantic import BaseModel

from polarity.contract import load_contract
from polarity.stored import ShownOutcome, ShownRaw, exact, raw_from, shown_object
from polarity.stored.shown import printable
from polarity.types import Completion, Failure, RawOutput, Scores, Span, Usage, Verdict

HALF = "\ud83d"
ODD: list[RawOutput] = [
    Completion(text=f"positive {HALF}", usage=Usage(3, 1)),
    Completion(text="", refusal=HALF),
    Scores(probabilities={HALF: 0.5, " positive": float("nan")}, source="logprobs", tokens=3),
]


class Both(BaseModel):
    """A model as the endpoint's are."""

    raw: ShownRaw
    outcome: ShownOutcome


@pytest.mark.parametrize("text", ["", "fine", "\U0001f600", "a\x00b", "\u202e"])
def test_what_utf_8_can_hold_is_shown_as_it_is(text: str) -> None:
    """Only half characters are replaced, and nothing has to be spelled out."""
    assert text == printable(text)
    assert exact(Completion(text=text)) is None


@pytest.mark.parametrize("raw", ODD)
def test_what_utf_8_cannot_hold_is_shown_and_kept_beside(raw: RawOutput) -> None:
    """What is shown can be encoded; what is kept is ASCII and whole, usage too."""
    assert "\ufffd" in json.dumps(shown_object(raw), ensure_ascii=False, allow_nan=False).encode().decode()
    kept = exact(raw)
    assert kept is not None
    assert kept.isascii()
    assert repr(raw) == repr(raw_from(json.loads(kept), "exact"))


def test_a_span_is_shown_without_halves() -> None:
    """Strings are made printable however deep they stand."""
    verdict = Verdict(label="A", rule="r", contract=load_contract().ref, span=Span(0, 1, HALF))
    assert {"start": 0, "end": 1, "text": "\ufffd"} == shown_object(verdict)["span"]


def test_a_model_spells_what_it_holds() -> None:
    """A member holds the value itself; as plain values and as JSON it is shown, without a warning."""
    failure = Failure(reason="timeout", detail="http://10.0.0.7/v1")
    both = Both(raw=ODD[0], outcome=failure)
    expected = {"raw": shown_object(ODD[0]), "outcome": {"kind": "failure", "reason": "timeout"}}
    assert failure is both.outcome
    assert expected == both.model_dump()
    assert expected == json.loads(both.model_dump_json())
