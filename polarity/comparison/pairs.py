"""Pairs: what two sides said about one text, and of which kind a difference between them is.

Everything is counted over categories. A category is a label, or what an outcome is instead of one:

ABSTAINED   the model declined to choose
UNMAPPED    no rule accounts for the answer, whatever the reason
FAILED      there was no answer

Two verdicts of one label agree, and so do two abstentions: both declined. UNMAPPED agrees with
nothing, not even with UNMAPPED, since nobody knows what either side meant: such a pair is a mapping
disagreement. A failed side can neither agree nor disagree, so a pair with one is counted apart.

A model disagreement is `opposite` where the two labels lie on either side of the middle of the
contract's labels (POSITIVE against NEGATIVE, one star against five), else a `shift`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from typing import Any, Literal

from polarity.types import Abstention, Answer, Decision, Outcome, Result, Unmapped, Verdict

ABSTAINED, UNMAPPED, FAILED = "ABSTAINED", "UNMAPPED", "FAILED"
NO_VERDICT = "NO VERDICT"
Kind = Literal["agreement", "mapping", "model", "failure"]
Severity = Literal["opposite", "shift", "mapping", "failure", "agreement"]
SEVERITIES: tuple[Severity, ...] = ("opposite", "shift", "mapping", "failure")  # the worst first


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What two sides said about one text, what was decided, and the gold label where known.

    The answers keep the raw outputs, so that another contract can be tried over them later.
    `result` is None where no policy applies: it decides between BERT and the LLM and nobody else.
    `repeats` are further answers of the right side to the same text; `columns` those of the input by
    which pairs are sliced. `place` is the file that the text is from, and its line, as "in/a.csv:7".
    """

    id: str
    text: str
    left: Answer
    right: Answer
    result: Result | None = None
    gold: str | None = None
    repeats: tuple[Answer, ...] = ()
    columns: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    place: str = ""


def category(outcome: Outcome) -> str:
    """Name what an outcome counts as.

    >>> from polarity.types import Failure
    >>> category(Failure(reason="timeout"))
    'FAILED'
    """
    if isinstance(outcome, Verdict):
        return outcome.label
    if isinstance(outcome, Abstention):
        return ABSTAINED
    return UNMAPPED if isinstance(outcome, Unmapped) else FAILED


def kind(pair: Pair) -> Kind:
    """Say whether a pair agrees, and if not, whose difference it is.

    `failure`: a side gave no answer. `mapping`: a side's answer has no label, unless both sides
    abstained. `model`: both have a label, and not the same.

    >>> from polarity.types import Failure, Undecided
    >>> late = Answer(Failure(reason="timeout"), Failure(reason="timeout"))
    >>> undecided = Undecided(reason="timeout", detail="")
    >>> kind(Pair(id="1", text="Fine.", left=late, right=late, result=undecided))
    'failure'
    """
    return kind_of(category(pair.left.outcome), category(pair.right.outcome))


def kind_of(left: str, right: str) -> Kind:
    """Say the same of two categories.

    >>> kind_of("POSITIVE", "NEGATIVE"), kind_of("UNMAPPED", "UNMAPPED")
    ('model', 'mapping')
    """
    if FAILED in (left, right):
        return "failure"
    if left == right != UNMAPPED:
        return "agreement"
    return "mapping" if {left, right} & {ABSTAINED, UNMAPPED} else "model"


def severity_of(left: str, right: str, labels: Sequence[str]) -> Severity:
    """Say how bad a difference of two categories is. `labels` are the contract's, in its order.

    >>> names = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
    >>> severity_of("NEGATIVE", "POSITIVE", names), severity_of("NEGATIVE", "NEUTRAL", names)
    ('opposite', 'shift')
    """
    found = kind_of(left, right)
    if found != "model":
        return found
    middle = (len(labels) - 1) / 2
    sides = (labels.index(left) - middle) * (labels.index(right) - middle)
    return "opposite" if sides < 0 else "shift"


def severity(pair: Pair, labels: Sequence[str]) -> Severity:
    """Say the same of a pair."""
    return severity_of(category(pair.left.outcome), category(pair.right.outcome), labels)


def how_bad(pair: Pair, labels: Sequence[str]) -> tuple[int, float]:
    """Give what puts differing pairs in order: the worst first, and of equally bad ones the surest."""
    return SEVERITIES.index(severity(pair, labels)), -joint_confidence(pair)


def label_of(result: Result) -> str:
    """Give the label that was decided, or NO VERDICT.

    >>> label_of(Decision(label="POSITIVE", decided_by="bert"))
    'POSITIVE'
    """
    return result.label if isinstance(result, Decision) else NO_VERDICT


def joint_confidence(pair: Pair) -> float:
    """Multiply the sides' probabilities of their own verdicts; 0 where neither side gave one.

    A verdict without scores counts as 1, and a side without a verdict not at all. Two sides that are both
    sure, and differ, are the most telling disagreement.
    """
    verdicts = [answer.outcome for answer in (pair.left, pair.right) if isinstance(answer.outcome, Verdict)]
    return prod(confidence(verdict, 1.0) for verdict in verdicts) if verdicts else 0.0


def likely_gold_errors(pairs: Iterable[Pair], most: int) -> list[Pair]:
    """Give pairs whose sides agree on a label that is not the gold one; the surest first, at most `most`.

    Where two that have nothing in common agree against gold, gold is often what is wrong (Northcutt,
    Athalye and Mueller 2021, "Pervasive label errors in test sets").
    """
    found = [
        pair
        for pair in pairs
        if pair.gold is not None
        and kind(pair) == "agreement"
        and category(pair.left.outcome) not in (pair.gold, ABSTAINED)
    ]
    return sorted(found, key=joint_confidence, reverse=True)[:most]


def confidence(outcome: Outcome, otherwise: float) -> float:
    """Give a verdict's probability of its own label, or `otherwise` where there is none."""
    if isinstance(outcome, Verdict) and outcome.scores:
        return outcome.scores[outcome.label]
    return otherwise
