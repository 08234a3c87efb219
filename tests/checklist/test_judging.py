"""What passes, and what does not."""

import pytest

from polarity.checklist import Case, Said, judge_cases, sides_of
from polarity.checklist.judging import said_by
from polarity.types import Decision, Outcome, Undecided

from .helpers import ABSTAINED, DIR, LABELS, LATE, MFT, SMALL, UNMAPPED, result, suite, verdict

BROKEN, ANOTHER, DENIED = SMALL.tests


def passes(case: Case, *outcomes: Outcome, side: str = "bert") -> bool:
    """Say whether BERT passes if it says this of the texts."""
    results = {text: result(bert=outcome) for text, outcome in zip(case.texts, outcomes, strict=True)}
    (judged,) = judge_cases([case], results, [side], LABELS)
    return judged.passed[side]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (verdict("NEGATIVE"), True),
        (verdict("NEUTRAL"), False),
        (ABSTAINED, False),
        (UNMAPPED, False),
        (LATE, False),
    ],
)
def test_minimum_functionality(outcome: Outcome, expected: bool) -> None:
    """The label expected, and nothing else; what is no label fails."""
    assert expected == passes(Case(BROKEN, ("It broke.",)), outcome)


def test_several_labels_may_be_expected() -> None:
    """Any of them passes."""
    test = suite(MFT.replace('"NEGATIVE"', '["NEUTRAL", "POSITIVE"]')).tests[0]

    assert [False, True, True] == [passes(Case(test, ("Fine.",)), verdict(label)) for label in LABELS]


@pytest.mark.parametrize(
    ("original", "perturbed", "expected"),
    [
        (verdict("POSITIVE", 0.9), verdict("POSITIVE", 0.4), True),
        (verdict("POSITIVE", 0.5), verdict("NEUTRAL", 0.5), False),
        (ABSTAINED, ABSTAINED, True),
        (ABSTAINED, verdict("NEUTRAL"), False),
        (UNMAPPED, UNMAPPED, False),
        (LATE, LATE, False),
        (verdict("POSITIVE"), LATE, False),
    ],
)
def test_invariance(original: Outcome, perturbed: Outcome, expected: bool) -> None:
    """The outcomes must agree, as they do between two backends: nobody knows what an unmapped one means."""
    assert expected == passes(Case(ANOTHER, ("a", "b")), original, perturbed)


@pytest.mark.parametrize(
    ("original", "perturbed", "expected"),
    [
        (verdict("POSITIVE", 0.7), verdict("NEGATIVE", 0.9), True),
        (verdict("POSITIVE", 0.7), verdict("POSITIVE", 0.75), True),
        (verdict("POSITIVE", 0.7), verdict("POSITIVE", 0.85), False),
        (verdict("POSITIVE"), verdict("NEUTRAL"), True),
        (verdict("NEUTRAL"), verdict("NEUTRAL"), True),
        (verdict("NEUTRAL"), verdict("POSITIVE"), False),
        (verdict("NEGATIVE"), verdict("NEUTRAL"), False),
        (verdict("NEUTRAL", 0.5), verdict("POSITIVE"), False),
        (verdict("POSITIVE", 0.7), UNMAPPED, False),
        (ABSTAINED, ABSTAINED, False),
        (LATE, verdict("NEGATIVE", 0.9), False),
    ],
)
def test_direction_never_rises(original: Outcome, perturbed: Outcome, expected: bool) -> None:
    """By scores within the tolerance; without them on both sides, by the labels' order; never unlabelled."""
    assert expected == passes(Case(DENIED, ("a", "b")), original, perturbed)


@pytest.mark.parametrize(
    ("original", "perturbed", "expected"),
    [
        (verdict("POSITIVE", 0.7), verdict("POSITIVE", 0.65), True),
        (verdict("POSITIVE", 0.7), verdict("POSITIVE", 0.55), False),
        (verdict("NEUTRAL"), verdict("POSITIVE"), True),
        (verdict("POSITIVE"), verdict("NEUTRAL"), False),
    ],
)
def test_direction_never_falls(original: Outcome, perturbed: Outcome, expected: bool) -> None:
    """The other way round."""
    test = suite(DIR.replace('"rises"', '"falls"')).tests[0]

    assert expected == passes(Case(test, ("a", "b")), original, perturbed)


def test_a_decision_is_judged_by_labels() -> None:
    """Its scores are those of whoever decided: those of two decisions may be two backends'."""
    case = Case(DENIED, ("a", "b"))
    results = {
        "a": result(bert=verdict("POSITIVE", 0.5), llm=verdict("NEUTRAL", 0.9)),
        "b": result(bert=verdict("POSITIVE", 0.9), llm=verdict("NEUTRAL", 0.9)),
    }
    (judged,) = judge_cases([case], results, sides_of(["bert", "llm"]), LABELS)

    assert {"bert": False, "llm": True, "decision": True} == judged.passed


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (ABSTAINED, Said("ABSTAINED", "abstained")),
        (UNMAPPED, Said("UNMAPPED", "negated")),
        (LATE, Said("FAILED", "timeout")),
        (verdict("NEUTRAL"), Said("NEUTRAL")),
        (verdict("NEUTRAL", 0.5), Said("NEUTRAL", None, 0.5, verdict("NEUTRAL", 0.5).scores)),
    ],
)
def test_what_a_backend_said(outcome: Outcome, expected: Said) -> None:
    """Its label with its scores, or why there is none."""
    assert expected == said_by("llm", result(llm=outcome))


@pytest.mark.parametrize(
    ("reason", "category"),
    [
        ("abstained", "ABSTAINED"),
        ("unmapped", "UNMAPPED"),
        ("timeout", "FAILED"),
        ("unavailable", "FAILED"),
        ("text_too_long", "FAILED"),
    ],
)
def test_what_was_not_decided(reason: str, category: str) -> None:
    """The reason says what it counts as."""
    undecided = Undecided(reason=reason, detail="")  # type: ignore[arg-type]

    assert Said(category, reason) == said_by("decision", undecided)
    assert Said("NEUTRAL") == said_by("decision", Decision(label="NEUTRAL", decided_by="tie"))


def test_no_answer_is_known_from_a_wrong_one() -> None:
    """One failed text is enough; an unmapped one was an answer."""
    case = Case(ANOTHER, ("a", "b"))
    results = {
        "a": result(bert=verdict("NEUTRAL"), llm=verdict("NEUTRAL")),
        "b": result(bert=UNMAPPED, llm=LATE),
    }
    (judged,) = judge_cases([case], results, ["bert", "llm"], LABELS)

    assert {"bert": False, "llm": True} == {side: judged.unanswered(side) for side in ("bert", "llm")}
