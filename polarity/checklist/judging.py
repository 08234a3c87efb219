"""Cases and what was said of their texts -> which cases each side passes.

A side is who is judged: a backend by its name or, where several were asked, also the `decision` that
the policy took.

MFT   passes on a verdict that is one of the labels expected
INV   passes where the outcomes of both texts agree as `comparison` has it: the same label, or both
      abstained; an answer that no rule accounts for agrees with nothing
DIR   passes where both texts have a verdict and the label's probability does not fall (or rise) by
      more than the tolerance. Without scores, and for decisions, whose scores are those of whoever
      decided, the verdict must not move away from the label (or towards it) in the contract's order.

Where a side gave no answer for one of a case's texts, the case fails, and is also counted as
unanswered: with too many of these nothing is known of the side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from polarity.checklist.expanding import Case
from polarity.checklist.suite import Direction, Invariance, MinimumFunctionality, Test
from polarity.comparison import ABSTAINED, FAILED, UNMAPPED, category, kind_of
from polarity.policy import missing_reason
from polarity.types import Decision, Result, Verdict

DECISION = "decision"


class Said(NamedTuple):
    """What a side said of a text: a category as `comparison` has them, and why if it is no label.

    `confidence` is the probability of the label, None where it was not measured. `scores` are given
    where they may be compared with those of another text.
    """

    category: str
    reason: str | None = None
    confidence: float | None = None
    scores: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A case, what each side said of each of its texts, and whether the side passes."""

    test: Test
    texts: tuple[str, ...]
    said: Mapping[str, tuple[Said, ...]]
    passed: Mapping[str, bool]

    def unanswered(self, side: str) -> bool:
        """Say whether a side gave no answer for one of the texts."""
        return any(said.category == FAILED for said in self.said[side])


def sides_of(backends: Sequence[str]) -> tuple[str, ...]:
    """Name the sides, for the backends that are asked.

    >>> sides_of(["bert"]), sides_of(["bert", "llm"])
    (('bert',), ('bert', 'llm', 'decision'))
    """
    return tuple(backends) if len(backends) == 1 else (*backends, DECISION)


def judge_cases(
    cases: Sequence[Case], results: Mapping[str, Result], sides: Sequence[str], labels: Sequence[str]
) -> list[Judged]:
    """Judge every side on every case. `results` are by text, `labels` the contract's, in its order.

    Raises:
        KeyError: a text has no result, or a result no answer of a side.
    """
    return [_judged(case, [results[text] for text in case.texts], sides, labels) for case in cases]


def _judged(case: Case, results: Sequence[Result], sides: Sequence[str], labels: Sequence[str]) -> Judged:
    said = {side: tuple(said_by(side, result) for result in results) for side in sides}
    return Judged(
        test=case.test,
        texts=case.texts,
        said=said,
        passed={side: passes(case.test, answers, labels) for side, answers in said.items()},
    )


def said_by(side: str, result: Result) -> Said:
    """Read what a side said.

    >>> said_by("decision", Decision(label="POSITIVE", decided_by="agreement", confidence=0.75))
    Said(category='POSITIVE', reason=None, confidence=0.75, scores=None)

    Raises:
        KeyError: the result has no answer of this side.
    """
    if side == DECISION:
        if isinstance(result, Decision):
            return Said(result.label, confidence=result.confidence)
        missing = {"abstained": ABSTAINED, "unmapped": UNMAPPED}
        return Said(missing.get(result.reason, FAILED), reason=result.reason)
    outcome = result.answers[side].outcome
    if isinstance(outcome, Verdict):
        confidence = outcome.scores[outcome.label] if outcome.scores else None
        return Said(outcome.label, confidence=confidence, scores=outcome.scores)
    return Said(category(outcome), reason=missing_reason(outcome))


def passes(test: Test, said: Sequence[Said], labels: Sequence[str]) -> bool:
    """Say whether what was said of a case's texts is what its test expects."""
    if isinstance(test, MinimumFunctionality):
        return said[0].category in test.expect
    original, perturbed = said
    if isinstance(test, Invariance):
        return kind_of(original.category, perturbed.category) == "agreement"
    return _keeps_direction(test.expect, original, perturbed, labels)


def _keeps_direction(expect: Direction, original: Said, perturbed: Said, labels: Sequence[str]) -> bool:
    if original.category not in labels or perturbed.category not in labels:
        return False
    if original.scores and perturbed.scores:
        change, tolerance = perturbed.scores[expect.label] - original.scores[expect.label], expect.tolerance
    else:
        change, tolerance = _approach(expect.label, original.category, perturbed.category, labels), 0.0
    return change >= -tolerance if expect.never == "falls" else change <= tolerance


def _approach(label: str, original: str, perturbed: str, labels: Sequence[str]) -> int:
    """Count by how many places of the contract's order the verdict came nearer to a label."""
    place = labels.index(label)
    return abs(labels.index(original) - place) - abs(labels.index(perturbed) - place)
