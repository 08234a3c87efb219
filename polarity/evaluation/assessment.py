"""What an evaluation says beyond its measures: how sure they are, and where the errors are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from polarity.comparison import NO_VERDICT, length_slice, share_slice
from polarity.evaluation.measuring import Evaluation, measure
from polarity.records import GoldRow
from polarity.statistics.calibration import Bin, measures, reliability
from polarity.statistics.gates import CALIBRATION, Measured, ranges_of
from polarity.statistics.intervals import Interval, f1_intervals, wilson
from polarity.statistics.measures import Measures
from polarity.stored import LeftOut
from polarity.types import Decision, Result

AFTER_ALL = 100  # the place of a slice behind those of a share
MISTAKES = 20
NONE_LEFT_OUT = LeftOut()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The `n` rows that are alike in something, and the share of them that is right."""

    name: str
    n: int
    accuracy: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A wrong label: the surer, the worse. `confidence` is None where the backend gave none."""

    id: str
    line: int
    text: str
    gold: str
    predicted: str
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """An evaluation with its intervals, calibration, slices and worst mistakes.

    `intervals` has one for each measure that `evaluation` has, and for `precision`, `recall` and `f1`
    of each label as in `f1.NEGATIVE`: Wilson's for shares, those of `f1_intervals` for F1. `calibration`
    and `bins` are over the rows that have scores, None and empty where none has. `left_out` counts the rows
    of the data that are in none of it.
    """

    evaluation: Evaluation
    intervals: Mapping[str, Interval]
    calibration: Measures | None
    bins: tuple[Bin, ...]
    by_length: tuple[Slice, ...]
    by_confidence: tuple[Slice, ...]
    mistakes: tuple[Mistake, ...]
    left_out: LeftOut = LeftOut()

    def measure(self, name: str) -> float | None:
        """Give one of the measures; None where it is undefined.

        Raises:
            KeyError: nothing is called so.
        """
        if name not in ranges_of(measured(list(self.evaluation.labels))):
            raise KeyError(name)
        if name in Measures._fields:
            found: float | None = getattr(self.calibration, name, None)
            return found
        interval = self.intervals.get(name)
        return interval.value if interval else None

    def rows(self, name: str) -> int:
        """Give how many rows one of the measures rests on: those that it is a share or mean of.

        For a label's F1 these are the rows that have the label in gold.

        Raises:
            KeyError: nothing is called so.
        """
        evaluation, (kind, _, label) = self.evaluation, name.partition(".")
        support = {label: scores.support for label, scores in evaluation.labels.items()}
        if name not in ranges_of(measured(list(support))):
            raise KeyError(name)
        if kind in Measures._fields:
            return self.calibration.n if self.calibration else 0
        if kind == "two_class_accuracy":
            return sum(support[end] for end in {evaluation.predicted[0], evaluation.predicted[-2]})
        if kind == "precision":
            return sum(row[evaluation.predicted.index(label)] for row in evaluation.confusion)
        return support[label] if label else evaluation.n

    def as_json(self) -> dict[str, Any]:
        """Give everything as one object of plain values, the evaluation's own keys on top."""
        rest = asdict(self)
        del rest["evaluation"]
        rest["calibration"] = self.calibration and self.calibration._asdict()
        rest["bins"] = [found._asdict() for found in self.bins]
        return {**self.evaluation.as_json(), **rest}


def measured(labels: Sequence[str]) -> list[Measured]:
    """List what an assessment measures, for a contract's labels.

    >>> [each.form for each in measured(["NEGATIVE", "POSITIVE"])][3:5]
    ['verdict_rate', 'precision.(NEGATIVE|POSITIVE)']
    """
    whole = ("accuracy", "macro_f1", "two_class_accuracy", "verdict_rate")
    of_a_label = ("precision", "recall", "f1")
    return [
        *(Measured(name) for name in whole),
        *(Measured(name, parts=tuple(labels), whole=False) for name in of_a_label),
        *(Measured(name, bounds) for name, bounds in CALIBRATION.items()),
    ]


def assess(
    rows: Sequence[GoldRow],
    results: Sequence[Result],
    labels: Sequence[str],
    *,
    mistakes: int = MISTAKES,
    left_out: LeftOut = NONE_LEFT_OUT,
) -> Assessment:
    """Measure the results of some rows, in their order, and list the `mistakes` worst.

    `left_out` are the rows of the same data that could not be read or have no gold label.

    >>> from polarity.records import Record
    >>> row = GoldRow(Record(text="Fine.", id="1", line=1), "POSITIVE")
    >>> found = assess([row], [Decision(label="POSITIVE", decided_by="llm")], ["NEGATIVE", "POSITIVE"])
    >>> found.measure("accuracy"), found.by_length[0].name, found.calibration
    (1.0, '1 to 5 words', None)
    """
    evaluation = measure([row.gold for row in rows], results, labels)
    both = list(zip(rows, results, strict=True))
    scored = [(row, result.scores) for row, result in both if isinstance(result, Decision) and result.scores]
    shares = [[scores[label] for label in labels] for _, scores in scored]
    gold = [labels.index(row.gold) for row, _ in scored]
    return Assessment(
        evaluation=evaluation,
        intervals=_intervals(evaluation, both) if rows else {},
        calibration=measures(shares, gold) if scored else None,
        bins=tuple(reliability(shares, gold)) if scored else (),
        by_length=_sliced(both, _length),
        by_confidence=_sliced(both, _sureness),
        mistakes=tuple(_mistakes(both)[:mistakes]),
        left_out=left_out,
    )


Both = tuple[GoldRow, Result]


def _intervals(evaluation: Evaluation, both: Sequence[Both]) -> dict[str, Interval]:
    n, hits = evaluation.n, sum(map(_is_right, both))
    ends = (evaluation.predicted[0], evaluation.predicted[-2])
    at_ends = sum(row.gold in ends for row, _ in both)
    macro, f1 = f1_intervals(evaluation.confusion)
    found = {
        "accuracy": wilson(hits, n),
        "macro_f1": macro,
        "verdict_rate": wilson(sum(isinstance(result, Decision) for _, result in both), n),
    }
    if evaluation.two_class_accuracy is not None:
        found["two_class_accuracy"] = wilson(round(evaluation.two_class_accuracy * at_ends), at_ends)
    for at, (label, counts) in enumerate(zip(evaluation.labels, evaluation.confusion, strict=True)):
        predicted = sum(row[at] for row in evaluation.confusion)
        if predicted:
            found[f"precision.{label}"] = wilson(counts[at], predicted)
        if sum(counts):
            found[f"recall.{label}"] = wilson(counts[at], sum(counts))
            found[f"f1.{label}"] = f1[at]
    return found


def _is_right(both: Both) -> bool:
    row, result = both
    return isinstance(result, Decision) and result.label == row.gold


def _sliced(both: Iterable[Both], place: Callable[[Both], tuple[int, str]]) -> tuple[Slice, ...]:
    groups: dict[tuple[int, str], list[bool]] = {}
    for pair in both:
        groups.setdefault(place(pair), []).append(_is_right(pair))
    return tuple(
        Slice(name=name, n=len(hits), accuracy=wilson(sum(hits), len(hits)))
        for (_, name), hits in sorted(groups.items())
    )


def _length(both: Both) -> tuple[int, str]:
    return length_slice(both[0].record.text)


def _sureness(both: Both) -> tuple[int, str]:
    result = both[1]
    if not isinstance(result, Decision):
        return AFTER_ALL + 1, NO_VERDICT
    return (AFTER_ALL, "no confidence") if result.confidence is None else share_slice(result.confidence)


def _mistakes(both: Iterable[Both]) -> list[Mistake]:
    found = [
        Mistake(
            id=row.record.id,
            line=row.record.line,
            text=row.record.text,
            gold=row.gold,
            predicted=result.label,
            confidence=result.confidence,
        )
        for row, result in both
        if isinstance(result, Decision) and result.label != row.gold
    ]
    return sorted(found, key=lambda mistake: 1.0 if mistake.confidence is None else -mistake.confidence)
