"""Pairs: their kinds, and what is counted of them."""

import math
import warnings
from itertools import product

import pytest

from polarity.comparison import (
    Kind,
    Pair,
    Summary,
    category,
    joint_confidence,
    kind,
    likely_gold_errors,
    severity_of,
    summarise,
)
from polarity.comparison.agreement import ONE_ANSWER
from polarity.types import (
    Abstention,
    Answer,
    Completion,
    ContractRef,
    Decision,
    Failure,
    Outcome,
    Undecided,
    Unmapped,
    Verdict,
)

REF = ContractRef("polarity", "1.0.0", "0" * 64)
LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
LATE = Failure(reason="timeout")
MIXED = Abstention(rule="abstain/mixed", contract=REF)
NEGATED = Unmapped(reason="negated", contract=REF)
EMPTY = Unmapped(reason="empty", contract=REF)


def verdict(label: str, confidence: float | None = None) -> Verdict:
    """A verdict whose other labels share what the confidence leaves."""
    scores = confidence and {name: confidence if name == label else (1 - confidence) / 2 for name in LABELS}
    return Verdict(label=label, rule=f"exact/{label.lower()}", contract=REF, scores=scores or None)


POSITIVE, NEGATIVE, NEUTRAL = verdict("POSITIVE"), verdict("NEGATIVE"), verdict("NEUTRAL")


def pair(left: Outcome, right: Outcome, gold: str | None = None, decided: str | None = None) -> Pair:
    """A pair that is decided as the left side says, or as told."""
    label = decided or (left.label if isinstance(left, Verdict) else None)
    said = Completion(text="whatever")
    return Pair(
        id="1",
        text="Fine.",
        gold=gold,
        left=Answer(left if isinstance(left, Failure) else said, left),
        right=Answer(right if isinstance(right, Failure) else said, right),
        result=Decision(label=label, decided_by="bert") if label else Undecided(reason="timeout", detail=""),
    )


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [(POSITIVE, "POSITIVE"), (MIXED, "ABSTAINED"), (NEGATED, "UNMAPPED"), (LATE, "FAILED")],
)
def test_category(outcome: Outcome, expected: str) -> None:
    """A verdict counts as its label, everything else as what it is instead."""
    assert expected == category(outcome)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (POSITIVE, POSITIVE, "agreement"),
        (MIXED, MIXED, "agreement"),
        (NEGATED, EMPTY, "mapping"),
        (NEGATED, NEGATED, "mapping"),
        (POSITIVE, NEGATIVE, "model"),
        (POSITIVE, MIXED, "mapping"),
        (NEGATED, POSITIVE, "mapping"),
        (MIXED, NEGATED, "mapping"),
        (LATE, POSITIVE, "failure"),
        (LATE, LATE, "failure"),
        (LATE, NEGATED, "failure"),
    ],
)
def test_kind(left: Outcome, right: Outcome, expected: Kind) -> None:
    """A failed side makes a failure; one label or two abstentions agree; Unmapped agrees with nothing."""
    assert expected == kind(pair(left, right))


def test_kappa_counts_what_is_no_label_as_a_category() -> None:
    """By hand, over rows (P, P), (N, ABSTAINED), (N, UNMAPPED), (N, N): p_o = 2/4, p_e = 1/16 + 3/16."""
    silent = [pair(NEGATIVE, MIXED), pair(NEGATIVE, EMPTY)]
    summary = summarise([pair(POSITIVE, POSITIVE), *silent, pair(NEGATIVE, NEGATIVE)], LABELS)

    assert pytest.approx((0.5 - 0.25) / 0.75) == summary.kappa


def test_two_unmapped_disagree_but_are_one_category_of_kappa() -> None:
    """By hand, over (P, P), (N, P), (UNMAPPED, UNMAPPED): 1 of 3 agrees; p_o = 2/3, p_e = 2/9 + 0 + 1/9."""
    pairs = [pair(POSITIVE, POSITIVE), pair(NEGATIVE, POSITIVE), pair(NEGATED, EMPTY)]
    summary = summarise(pairs, LABELS)

    assert (1 / 3, 2 / 3) == (summary.agreement, summary.disagreement)
    assert pytest.approx((2 / 3 - 1 / 3) / (2 / 3)) == summary.kappa
    assert summary.compared == sum(_counts(summary)[2:5])


def test_kappa_leaves_failures_out() -> None:
    """A failure changes neither agreement nor kappa."""
    pairs = [pair(POSITIVE, POSITIVE), pair(NEGATIVE, POSITIVE), pair(NEGATIVE, NEGATIVE)]
    without, with_failures = summarise(pairs, LABELS), summarise([*pairs, pair(LATE, POSITIVE)], LABELS)

    assert (without.kappa, without.agreement) == (with_failures.kappa, with_failures.agreement)
    assert (4, 3, 1) == (with_failures.n, with_failures.compared, with_failures.failures)


def test_total_contradiction_has_a_kappa() -> None:
    """Two sides that never meet agree no better than chance: p_o = p_e = 0."""
    assert 0.0 == summarise([pair(POSITIVE, NEGATIVE)] * 3, LABELS).kappa


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([], "nothing was compared"),
        ([pair(LATE, POSITIVE)], "nothing was compared"),
        ([pair(LATE, LATE)] * 9, "nothing was compared"),
        ([pair(POSITIVE, POSITIVE)], ONE_ANSWER),
        ([pair(EMPTY, NEGATED)] * 4, ONE_ANSWER),
    ],
)
def test_undefined_kappa_is_none_with_a_reason(pairs: list[Pair], reason: str) -> None:
    """Degenerate data give None and a reason, never NaN and never a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        summary = summarise(pairs, LABELS)

    assert (None, reason) == (summary.kappa, summary.kappa_undefined)


def test_summary_counts() -> None:
    """Everything is counted once, and the two kinds of disagreement are told apart."""
    pairs = [
        pair(POSITIVE, POSITIVE),
        pair(POSITIVE, NEGATIVE),
        pair(POSITIVE, NEGATED),
        pair(NEUTRAL, NEGATED),
        pair(NEUTRAL, MIXED),
        pair(EMPTY, NEUTRAL),
        pair(NEUTRAL, LATE),
        pair(LATE, LATE),
    ]
    summary = summarise(pairs, LABELS)

    assert (8, 6, 1, 4, 1, 2) == _counts(summary)
    assert (1, 2) == (summary.left_failures, summary.right_failures)
    assert (1 / 6, 5 / 6) == (summary.agreement, summary.disagreement)
    assert {"empty": 1} == summary.left_unmapped
    assert {"negated": 2} == summary.right_unmapped
    assert {"bert": 6, "undecided:timeout": 2} == summary.decided_by
    assert summary.gold is None
    assert summary.noise is None


def test_every_combination_is_counted_once() -> None:
    """Over all combinations of outcomes, kinds add up to n and the matrix holds one of each."""
    outcomes: list[Outcome] = [NEGATIVE, NEUTRAL, POSITIVE, MIXED, NEGATED, LATE]
    summary = summarise([pair(left, right) for left, right in product(outcomes, outcomes)], LABELS)

    assert 36 == summary.n == summary.compared + summary.failures
    assert (4, 15, 6, 11) == _counts(summary)[2:]
    assert 25 == summary.compared
    assert ("NEGATIVE", "NEUTRAL", "POSITIVE", "ABSTAINED", "UNMAPPED", "FAILED") == summary.categories
    assert ((1,) * 6,) * 6 == summary.matrix


def test_matrix_has_left_in_rows() -> None:
    """Rows are the left side, columns the right."""
    summary = summarise([pair(POSITIVE, LATE), pair(POSITIVE, LATE), pair(NEGATIVE, POSITIVE)], LABELS)

    assert 2 == summary.matrix[summary.categories.index("POSITIVE")][summary.categories.index("FAILED")]
    assert 1 == summary.matrix[summary.categories.index("NEGATIVE")][summary.categories.index("POSITIVE")]


def test_accuracy_counts_rows_with_gold_only() -> None:
    """What is no label is wrong; a pair without gold does not count."""
    pairs = [
        pair(POSITIVE, NEGATED, gold="POSITIVE"),
        pair(NEGATIVE, POSITIVE, gold="POSITIVE", decided="POSITIVE"),
        pair(LATE, POSITIVE, gold="POSITIVE"),
        pair(LATE, LATE, gold="POSITIVE"),
        pair(NEGATIVE, NEGATIVE),
    ]
    gold = summarise(pairs, LABELS).gold

    assert gold is not None
    assert 4 == gold.n
    accuracies = {who: graded.accuracy.value for who, graded in gold.graded.items()}
    assert {"left": 0.25, "right": 0.5, "decision": 0.5} == accuracies


def test_nothing_gives_an_empty_summary() -> None:
    """Zero pairs give counts of zero and shares of None."""
    summary = summarise([], LABELS)

    assert (0, 0, 0, 0, 0, 0) == _counts(summary)
    assert summary.agreement is None
    assert summary.disagreement is None
    assert ((0,) * 6,) * 6 == summary.matrix


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (verdict("POSITIVE", 0.9), verdict("NEGATIVE", 0.5), 0.45),
        (verdict("POSITIVE", 0.9), NEGATIVE, 0.9),
        (POSITIVE, NEGATIVE, 1.0),
        (verdict("POSITIVE", 0.9), Failure(reason="timeout"), 0.9),
        (Failure(reason="timeout"), Failure(reason="timeout"), 0.0),
    ],
)
def test_joint_confidence(left: Outcome, right: Outcome, expected: float) -> None:
    """Both probabilities are multiplied; a verdict without scores does not lower it. No verdict is none."""
    assert math.isclose(expected, joint_confidence(pair(left, right)))


def _counts(summary: Summary) -> tuple[int, ...]:
    return (
        summary.n,
        summary.compared,
        summary.agreements,
        summary.mapping_disagreements,
        summary.model_disagreements,
        summary.failures,
    )


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("1", "5", "opposite"),
        ("2", "4", "opposite"),
        ("1", "2", "shift"),
        ("3", "5", "shift"),
        ("5", "5", "agreement"),
        ("UNMAPPED", "5", "mapping"),
        ("FAILED", "5", "failure"),
    ],
)
def test_severity_of_five_labels(left: str, right: str, expected: str) -> None:
    """Labels on either side of the middle are opposite; to, from or on one side of it is a shift."""
    assert expected == severity_of(left, right, ["1", "2", "3", "4", "5"])


def test_directions_are_counted_apart() -> None:
    """Of three model disagreements, one is from end to end."""
    summary = summarise([pair(POSITIVE, NEGATIVE), pair(POSITIVE, NEUTRAL), pair(NEUTRAL, NEGATIVE)], LABELS)

    assert (3, 1) == (summary.model_disagreements, summary.opposite)


def test_likely_gold_errors() -> None:
    """Both sides agree on a label that is not gold; the surest first, no more than asked for."""
    sure, unsure = verdict("POSITIVE", 0.9), verdict("POSITIVE", 0.5)
    first, second = pair(sure, sure, gold="NEGATIVE"), pair(unsure, sure, gold="NEUTRAL")
    others = [pair(sure, sure, gold="POSITIVE"), pair(sure, NEGATIVE, gold="NEUTRAL"), pair(sure, sure)]
    others.append(pair(MIXED, MIXED, gold="NEUTRAL"))

    assert [first, second] == likely_gold_errors([second, *others, first], 5)
    assert [first] == likely_gold_errors([second, *others, first], 1)
