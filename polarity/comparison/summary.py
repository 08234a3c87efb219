"""Pairs -> statistics, in one pass: what is kept does not grow with their number."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from polarity.comparison.against_gold import AgainstGold, Cell, against_gold
from polarity.comparison.agreement import (
    AC1,
    ALPHA,
    KAPPA,
    LINEAR_KAPPA,
    Estimate,
    estimate,
    raw_agreement,
)
from polarity.comparison.noise import Listener, Noise
from polarity.comparison.pairs import (
    ABSTAINED,
    FAILED,
    UNMAPPED,
    Pair,
    Severity,
    category,
    kind_of,
    label_of,
    severity_of,
)
from polarity.comparison.slices import Slice, Slicer
from polarity.comparison.unmapped import UnmappedAnswer, UnmappedAnswers
from polarity.statistics.cost import added
from polarity.statistics.margins import Test, bowker, stuart_maxwell
from polarity.types import NO_TOKENS, Answer, Failure, Unmapped, Usage, decided_by

SIDES = ("left", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The statistics of some pairs.

    `n` pairs are `agreements` + `mapping_disagreements` + `model_disagreements` + `failures`; all
    but the failures are `compared`. Of the model disagreements, `opposite` are from one side of the
    labels' middle to the other. `disagreement` is a share of the compared pairs, None where there are
    none. `estimates` are agreement, kappa, ac1 and alpha over the compared pairs' categories (two
    UNMAPPED are the same one), and kappa_linear over the pairs in which both sides gave a label.
    `matrix` counts all pairs: rows are the left side's `categories`, columns the right side's.
    `left_usage` and `right_usage` are the tokens of all answers, those of repeats among the right side's.
    Unmapped outcomes and failures are counted by reason, the most frequent first, and the completions that
    were not mapped also alike by alike.
    `marginal_shift` and `asymmetry` are over the pairs in which both sides gave a label.
    `decided_by` counts the pairs that a policy decided; one without a decision stands under
    "undecided:<reason>". `gold` is None where no pair has gold, `noise` where nothing was repeated.
    """

    n: int
    compared: int
    agreements: int
    mapping_disagreements: int
    model_disagreements: int
    opposite: int
    failures: int
    disagreement: float | None
    estimates: Mapping[str, Estimate]
    categories: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    left_usage: Usage
    right_usage: Usage
    left_unmapped: Mapping[str, int]
    right_unmapped: Mapping[str, int]
    left_unmapped_answers: tuple[UnmappedAnswer, ...]
    right_unmapped_answers: tuple[UnmappedAnswer, ...]
    left_failed: Mapping[str, int]
    right_failed: Mapping[str, int]
    decided_by: Mapping[str, int]
    marginal_shift: Test
    asymmetry: Test
    slices: tuple[Slice, ...]
    gold: AgainstGold | None
    noise: Noise | None

    @property
    def left_failures(self) -> int:
        """How many answers of the left side did not come."""
        return sum(self.left_failed.values())

    @property
    def right_failures(self) -> int:
        """How many answers of the right side did not come."""
        return sum(self.right_failed.values())

    @property
    def agreement(self) -> float | None:
        """Share of the compared pairs that agree."""
        return self.estimates["agreement"].value

    @property
    def kappa(self) -> float | None:
        """Cohen's."""
        return self.estimates["kappa"].value

    @property
    def kappa_undefined(self) -> str | None:
        """Why there is no kappa."""
        return self.estimates["kappa"].undefined


class Tally:
    """Counts pairs as they come. `labels` are the contract's, in its order; `names` those of the sides."""

    def __init__(
        self,
        labels: Sequence[str],
        names: tuple[str, str] = SIDES,
        columns: Sequence[str] = (),
    ) -> None:
        self._labels = tuple(labels)
        self._severity = cache(lambda left, right: severity_of(left, right, self._labels))
        self._cells: Counter[Cell] = Counter()
        self._reasons: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._failed: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._answers = (UnmappedAnswers(), UnmappedAnswers())
        self._usage = [NO_TOKENS, NO_TOKENS]
        self._decided_by: Counter[str] = Counter()
        self._slicer, self._listener = Slicer(names, columns), Listener()

    def add(self, pair: Pair) -> Severity:
        """Count one pair, and say how bad its difference is."""
        left, right = category(pair.left.outcome), category(pair.right.outcome)
        severity = self._severity(left, right)
        decision = None if pair.result is None else label_of(pair.result)
        self._cells[Cell(left, right, pair.gold, decision)] += 1
        for side, answer in enumerate((pair.left, pair.right)):
            self._count_reason(side, answer)
        if pair.result is not None:
            self._decided_by[decided_by(pair.result)] += 1
        if severity != "failure":
            self._slicer.add(pair, differs=severity != "agreement")
        if pair.repeats:
            self._listener.add(pair)
        for side, answers in enumerate(((pair.left,), (pair.right, *pair.repeats))):
            self._usage[side] = total_usage(self._usage[side], answers)
        return severity

    def _count_reason(self, side: int, answer: Answer) -> None:
        if isinstance(answer.outcome, Unmapped):
            self._reasons[side][answer.outcome.reason] += 1
            self._answers[side].add(answer)
        elif isinstance(answer.outcome, Failure):
            self._failed[side][answer.outcome.reason] += 1

    def summary(self) -> Summary:
        """Measure what was counted."""
        names = (*self._labels, ABSTAINED, UNMAPPED, FAILED)
        matrix = self._matrix(names)
        kinds, severities = self._counted(kind_of), self._counted(self._severity)
        n, failures = self._cells.total(), kinds["failure"]
        compared = matrix[:-1, :-1].astype(float)
        both_labels = compared[: len(self._labels), : len(self._labels)]
        return Summary(
            n=n,
            compared=n - failures,
            agreements=kinds["agreement"],
            mapping_disagreements=kinds["mapping"],
            model_disagreements=kinds["model"],
            opposite=severities["opposite"],
            failures=failures,
            disagreement=(kinds["mapping"] + kinds["model"]) / (n - failures) if n > failures else None,
            estimates=estimates(compared, names[:-1], len(self._labels)),
            categories=names,
            matrix=tuple(tuple(int(count) for count in row) for row in matrix),
            left_usage=self._usage[0],
            right_usage=self._usage[1],
            left_unmapped=dict(self._reasons[0].most_common()),
            right_unmapped=dict(self._reasons[1].most_common()),
            left_unmapped_answers=self._answers[0].found(),
            right_unmapped_answers=self._answers[1].found(),
            left_failed=dict(self._failed[0].most_common()),
            right_failed=dict(self._failed[1].most_common()),
            decided_by=dict(self._decided_by.most_common()),
            marginal_shift=stuart_maxwell(both_labels),
            asymmetry=bowker(both_labels),
            slices=self._slicer.slices(),
            gold=against_gold(self._cells, self._labels),
            noise=self._listener.noise(),
        )

    def _counted(self, name: Callable[[str, str], str]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for cell, count in self._cells.items():
            counts[name(cell.left, cell.right)] += count
        return counts

    def _matrix(self, names: Sequence[str]) -> NDArray[np.int64]:
        places = {name: at for at, name in enumerate(names)}
        matrix = np.zeros((len(names), len(names)), np.int64)
        for cell, count in self._cells.items():
            matrix[places[cell.left], places[cell.right]] += count
        return matrix


def total_usage(usage: Usage, answers: Iterable[Answer]) -> Usage:
    """Add the tokens of some answers.

    >>> total_usage(Usage(5, 1), [Answer(Failure(reason="timeout"), Failure(reason="timeout"))])
    Usage(prompt_tokens=5, completion_tokens=1, cached=0)
    """
    for raw in (answer.raw for answer in answers):
        if not isinstance(raw, Failure) and raw.usage != NO_TOKENS:
            usage = added(usage, raw.usage)
    return usage


def estimates(compared: NDArray[np.float64], categories: Sequence[str], labels: int) -> dict[str, Estimate]:
    """Measure the agreement of compared pairs, (k, k) over `categories`, of which the first are labels.

    ABSTAINED and UNMAPPED count as categories where they occur: AC1 depends on their number.

    >>> found = estimates(np.array([[2.0, 1.0], [0.0, 1.0]]), ["NEGATIVE", "POSITIVE"], 2)
    >>> found["agreement"].value, found["kappa"].value
    (0.75, 0.5)
    """
    occurring = np.flatnonzero((compared.sum(0) + compared.sum(1) > 0) | (np.arange(len(compared)) < labels))
    table = compared[np.ix_(occurring, occurring)]
    both_labels = compared[:labels, :labels]
    return {
        "agreement": raw_agreement(compared, categories),
        "kappa": estimate(table, KAPPA),
        "kappa_linear": estimate(both_labels, LINEAR_KAPPA),
        "ac1": estimate(table, AC1),
        "alpha": estimate(table, ALPHA),
    }


def summarise(
    pairs: Iterable[Pair],
    labels: Sequence[str],
    names: tuple[str, str] = SIDES,
    columns: Sequence[str] = (),
) -> Summary:
    """Measure pairs, taken one at a time.

    >>> summarise([], ["NEGATIVE", "POSITIVE"]).kappa_undefined
    'nothing was compared'
    """
    tally = Tally(labels, names, columns)
    for pair in pairs:
        tally.add(pair)
    return tally.summary()
