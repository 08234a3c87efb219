"""Gold against results: how often the labels are right, and how often there is one.

A result without a decision is a wrong prediction of no label: it costs the gold label recall and
no label precision. What is undefined (a label that was never predicted has no precision) counts
as 0.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
)

from polarity.comparison import NO_VERDICT, label_of
from polarity.types import Decision, Result, Undecided, decided_by


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScores:
    """How well one label is found. `support` is how often it is the gold label."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The measures of `n` rows; shares in [0, 1], None where there is nothing to measure.

    `macro_f1` is the plain mean of F1 over the labels that occur in gold. `two_class_accuracy`
    leaves the middle out, see `evaluate`. `verdict_rate` is the share of rows with a decision.
    `failures` counts the rows without one because the backends gave no answer (timeout,
    unavailable); `statistics.enough.too_many_failures` says when these make the measures inconclusive.
    `confusion` has a row for each gold label and a column for each of `predicted`: the labels,
    then NO VERDICT. `decided_by` counts rows; one without a decision stands under
    "undecided:<reason>".
    """

    n: int
    accuracy: float | None
    macro_f1: float | None
    two_class_accuracy: float | None
    verdict_rate: float | None
    failures: int
    labels: Mapping[str, LabelScores]
    predicted: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    decided_by: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Give everything as one object of plain values, for `json.dumps`."""
        return asdict(self)


def measure(gold: Sequence[str], results: Sequence[Result], labels: Sequence[str]) -> Evaluation:
    """Measure `results` against `gold`, row by row. `labels` are the contract's, in its order.

    `two_class_accuracy` is taken over the rows whose gold is the first or the last label (on a
    rated scale: the two ends). The prediction is the one of these two with the larger score, the
    first on a tie; without scores it is the label itself. With two labels it is the accuracy.

    >>> positive = Decision(label="POSITIVE", decided_by="bert")
    >>> measure(["POSITIVE", "NEGATIVE"], [positive, positive], ["NEGATIVE", "POSITIVE"]).accuracy
    0.5

    Raises:
        ValueError: `gold` and `results` differ in length, or a gold label is not in `labels`.
    """
    if len(gold) != len(results) or not set(gold) <= set(labels):
        raise ValueError("each result needs one gold label out of the contract's labels")
    predicted = [label_of(result) for result in results]
    ends = (labels[0], labels[-1])
    accuracy = float(accuracy_score(gold, predicted)) if gold else None
    return Evaluation(
        n=len(gold),
        accuracy=accuracy,
        macro_f1=_macro_f1(gold, predicted, labels),
        two_class_accuracy=accuracy if ends == tuple(labels) else _two_class_accuracy(gold, results, ends),
        verdict_rate=sum(isinstance(result, Decision) for result in results) / len(results) if gold else None,
        failures=sum(_failed(result) for result in results),
        labels=_label_scores(gold, predicted, labels),
        predicted=(*labels, NO_VERDICT),
        confusion=_confusion(gold, predicted, labels),
        decided_by=dict(Counter(map(decided_by, results)).most_common()),
    )


def _failed(result: Result) -> bool:
    """Tell no answer from an answer without a label. Where every backend failed, there is no decision."""
    return isinstance(result, Undecided) and result.reason not in ("unmapped", "abstained", "unreadable")


def _macro_f1(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> float | None:
    """Leave out labels that never occur in gold: their F1 is 0 whatever the predictions are."""
    occurring = [label for label in labels if label in gold]
    if not occurring:
        return None
    return float(f1_score(gold, predicted, labels=occurring, average="macro", zero_division=0))


def _two_class_accuracy(
    gold: Sequence[str], results: Sequence[Result], ends: tuple[str, str]
) -> float | None:
    right = [
        isinstance(result, Decision) and _two_class_label(result, ends) == label
        for label, result in zip(gold, results, strict=True)
        if label in ends
    ]
    return sum(right) / len(right) if right else None


def _two_class_label(decision: Decision, ends: tuple[str, str]) -> str:
    return max(ends, key=decision.scores.__getitem__) if decision.scores else decision.label


def _label_scores(
    gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]
) -> dict[str, LabelScores]:
    if not gold:  # sklearn warns of an empty input
        return {label: LabelScores(precision=0.0, recall=0.0, f1=0.0, support=0) for label in labels}
    columns = precision_recall_fscore_support(gold, predicted, labels=list(labels), zero_division=0)
    return {
        label: LabelScores(precision=float(p), recall=float(r), f1=float(f1), support=int(support))
        for label, p, r, f1, support in zip(labels, *columns, strict=True)
    }


def _confusion(
    gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]
) -> tuple[tuple[int, ...], ...]:
    if not gold:  # sklearn refuses labels of which none occurs
        return tuple((0,) * (len(labels) + 1) for _ in labels)
    counts = confusion_matrix(gold, predicted, labels=[*labels, NO_VERDICT])
    return tuple(tuple(int(count) for count in row) for row in counts[:-1])
