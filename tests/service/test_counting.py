"""What requests come to is counted under names from closed sets."""

from polarity.service.counting import BOUNDS, Counts, Durations
from polarity.service.seen import Seen
from polarity.stages import Stage
from polarity.types import (
    Abstention,
    Answer,
    Completion,
    ContractRef,
    Decision,
    Failure,
    Undecided,
    Unmapped,
    Verdict,
)

REF = ContractRef("polarity", "1.0.0", "0" * 64)
SAID = Completion(text="said")
LATE = Failure(reason="timeout")


def _seen(route: str, status: int, took_s: float = 0.0, code: str | None = None) -> Seen:
    seen = Seen("POST")
    seen.began_s, seen.ended_s = 0.0, took_s
    seen.route, seen.status, seen.code = route, status, code
    seen.stages = [Stage("bert", 0.0, took_s / 2), Stage("map", 0.0, 0.0)]
    return seen


def test_requests_are_counted_by_route_and_status() -> None:
    """Only labelling is timed: what else takes long harms nobody, and would hide it."""
    counts = Counts()
    counts.ended(_seen("/polarity", 200, 0.3))
    counts.ended(_seen("/polarity", 429, code="overloaded"))
    counts.ended(_seen("/readyz", 200, 5.0))
    assert {("/polarity", 200): 1, ("/polarity", 429): 1, ("/readyz", 200): 1} == counts.requests
    assert {"overloaded": 1} == counts.problems
    assert {200: 0.3, 429: 0.0} == {status: found.total_s for status, found in counts.durations.items()}
    assert {"bert": 0.15, "map": 0.0} == {name: found.total_s for name, found in counts.stages.items()}


def test_durations_are_cumulative() -> None:
    """What took a bound exactly is within it; what took longer than all is in the last one."""
    durations = Durations()
    for seconds in (0.0, 0.001, 0.15, 31.0):
        durations.note(seconds)
    found = dict(durations.up_to())
    assert (2, 2, 3, 3, 4) == tuple(found[most] for most in (0.001, 0.1, 0.2, 30.0, float("inf")))
    assert (*BOUNDS, float("inf")) == tuple(found)


def test_texts_are_counted_by_what_they_came_to() -> None:
    """By label, by what decided, and by what each backend's answer was read as."""
    verdict = Verdict(label="POSITIVE", rule="exact", contract=REF)
    answers = {
        "bert": Answer(SAID, verdict),
        "llm": Answer(SAID, Unmapped(reason="negated", contract=REF)),
    }
    mixed = {"llm": Answer(SAID, Abstention(rule="abstain/mixed", contract=REF))}
    counts = Counts()
    counts.decided(
        [
            Decision(label="POSITIVE", decided_by="bert:negated", answers=answers),
            Undecided(reason="abstained", detail="", answers=mixed),
            Undecided(reason="timeout", detail="", answers={"llm": Answer(LATE, LATE)}),
        ]
    )
    assert (3, {"POSITIVE": 1}) == (counts.texts, counts.labels)
    assert {"bert:negated": 1, "undecided:abstained": 1, "undecided:timeout": 1} == counts.decisions
    assert {
        ("bert", "verdict"): 1,
        ("llm", "unmapped"): 1,
        ("llm", "abstention"): 1,
        ("llm", "failure"): 1,
    } == counts.answers
    assert ({("llm", "negated"): 1}, {("llm", "timeout"): 1}) == (counts.unmapped, counts.failures)
