"""Small suites, and what two backends said, made up."""

from collections.abc import Mapping, Sequence

from polarity.checklist import Case, Findings, Suite, find, judge_cases, parse_suite, sides_of
from polarity.types import (
    Abstention,
    Answer,
    Completion,
    ContractRef,
    Decision,
    Failure,
    Outcome,
    Result,
    Undecided,
    Unmapped,
    Verdict,
)

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
REF = ContractRef("polarity", "2.1.0", "0123456789abcdef")
HEAD = """\
id = "small"
version = "1.0.0"

[slots]
thing = ["kettle", "lamp", "desk"]
name = ["Anna", "Wei"]
"""
MFT = """
[[tests]]
name = "broken"
capability = "vocabulary"
kind = "MFT"
about = "It broke."
templates = ["The {thing} broke.", "{name} broke the {thing}."]
expect = "NEGATIVE"
"""
INV = """
[[tests]]
name = "another-name"
capability = "names"
kind = "INV"
about = "Names do not matter."
swap = "name"
templates = ["{name} was great.", "{name} sold me the {thing}."]
"""
DIR = """
[[tests]]
name = "denied"
capability = "negation"
kind = "DIR"
about = "A denial takes from praise."
expect = { label = "POSITIVE", never = "rises", tolerance = 0.1 }
pairs = [["The {thing} is good.", "The {thing} is not good."]]
"""


def suite(*tests: str, head: str = HEAD) -> Suite:
    """Read a suite of the given tests."""
    return parse_suite("".join((head, *tests)).encode(), "small.toml")


SMALL = suite(MFT, INV, DIR)


def verdict(label: str, p: float | None = None) -> Verdict:
    """A verdict, with `p` for its label and the rest shared, or without scores."""
    scores = None if p is None else {name: p if name == label else (1 - p) / 2 for name in LABELS}
    return Verdict(label=label, rule="exact/x", contract=REF, scores=scores)


ABSTAINED = Abstention(rule="abstain/mixed", contract=REF)
UNMAPPED = Unmapped(reason="negated", contract=REF)
LATE = Failure(reason="timeout")


def result(**outcomes: Outcome) -> Result:
    """What backends said; the first one with a verdict decides."""
    answers = {name: Answer(Completion(text=""), outcome) for name, outcome in outcomes.items()}
    for name, outcome in outcomes.items():
        if isinstance(outcome, Verdict):
            p = outcome.scores[outcome.label] if outcome.scores else None
            return Decision(label=outcome.label, decided_by=name, confidence=p, answers=answers)
    return Undecided(reason="timeout", detail="", answers=answers)


def found(cases: Sequence[Case], results: Mapping[str, Result], *backends: str) -> Findings:
    """Judge and count."""
    sides = sides_of(backends)
    return find(judge_cases(cases, results, sides, LABELS), sides)
