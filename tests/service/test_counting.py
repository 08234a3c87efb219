"""What requests come to is counted under names from closed sets."""

from polarity.service.counting import BOUNDS, MANY, Counting, Durations
from polarity.service.seen import Seen
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
    seen.stages = [("bert", 0.0, took_s / 2), ("map", 0.0, 0.0)]
    return seen


def test_requests_are_counted_by_route_and_status() -> None:
    """Only labelling is timed: what else takes long harms nobody, and would hide it."""
    counting = Counting()
    counting.ended(_seen("/polarity", 200, 0.3))
    counting.ended(_seen("/polarity", 429, code="overloaded"))
    counting.ended(_seen("/readyz", 200, 5.0))
    counts = counting.counts
    assert {("/polarity", 200): 1, ("/polarity", 429): 1, ("/readyz", 200): 1} == counts.requests
    assert {"overloaded": 1} == counts.problems
    assert {200: 0.3, 429: 0.0} == {status: found.total_s for status, found in counts.durations.items()}
    assert {"bert": 0.15, "map": 0.0} == {name: found.total_s for name, found in counts.stages.items()}


def test_durations_are_cumulative() -> None:
    """What took a bound exactly is within it; what took longer than all is in the last one."""
    durations = Durations()
    durations.note([0.15, 0.001])
    durations.note([31.0, 0.0])
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
    counting = Counting()
    counting.decided(
        [
            Decision(label="POSITIVE", decided_by="bert:negated", answers=answers),
            Undecided(reason="abstained", detail="", answers=mixed),
            Undecided(reason="timeout", detail="", answers={"llm": Answer(LATE, LATE)}),
        ]
    )
    counts = counting.counts
    assert (3, {"POSITIVE": 1}) == (counts.texts, counts.labels)
    assert {"bert:negated": 1, "undecided:abstained": 1, "undecided:timeout": 1} == counts.decisions
    assert {
        ("bert", "verdict"): 1,
        ("llm", "unmapped"): 1,
        ("llm", "abstention"): 1,
        ("llm", "failure"): 1,
    } == counts.answers
    assert ({("llm", "negated"): 1}, {("llm", "timeout"): 1}) == (counts.unmapped, counts.failures)


def test_many_are_counted_as_one_by_one() -> None:
    """However many come before somebody asks, and however often somebody does."""
    counting, asked_often = Counting(), Counting()
    for _ in range(MANY + 1):
        for one in (counting, asked_often):
            one.ended(_seen("/polarity", 200, 0.25))
            one.decided([Undecided(reason="timeout", detail="", answers={"llm": Answer(LATE, LATE)})])
        assert asked_often.counts.texts > 0
    found, expected = counting.counts, asked_often.counts
    assert (MANY + 1, MANY + 1) == (found.texts, found.requests["/polarity", 200])
    assert (expected.requests, expected.failures) == (found.requests, found.failures)
    assert list(expected.durations[200].up_to()) == list(found.durations[200].up_to())
    assert 0.25 * (MANY + 1) == found.durations[200].total_s
