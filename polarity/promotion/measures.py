"""What is measured of shadow pairs: each measure as a bounded mean, so that one can bet on it.

agreement               of the texts that both answered, the share with the same label
flips[.OLD.NEW]         the share whose label becomes another one, or from OLD to NEW
unmapped.SIDE           of a side's answers, the share that states no label
failures.SIDE           the share of texts that a side gave no answer
latency_p95.SIDE        the time, in ms, that 19 of 20 answers keep
cost_thousand.SIDE      what a thousand texts cost, in the settings' money
accuracy.SIDE           of the texts with gold, the share that a side labels so
accuracy_drop           by how much accuracy falls
macro_f1.SIDE           the mean of the labels' F1
churn.SIDE              of the texts that came again, the share of which a side's first two answers differ
excess                  how much more the sides differ on such texts than their own churn explains
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np

from polarity.comparison.pairs import FAILED, UNMAPPED, kind_of
from polarity.promotion.pairs import Graded, Tally, steadiness
from polarity.settings.pair_measures import SIDES
from polarity.statistics.betting import (
    LEVEL,
    Sample,
    evidence,
    f1_interval,
    f1_of,
    interval,
    more_needed,
    sample_of,
)
from polarity.statistics.gates import DIFFERENCE, Range

QUANTILE = 0.95
DEAREST = 10.0  # times what a text may cost by its gate: one that costs more counts as this
THOUSAND = 1000
MOST_DOUBLED = 16
AGAIN = "texts that came again"


class Found(NamedTuple):
    """A measure as it was found over `n` rows, which `rows` says of what kind; None where there are none.

    [`low`, `high`] holds the true value with 95 %, however often one looks; None where it has no such bounds.
    """

    value: float | None
    n: int
    rows: str
    low: float | None = None
    high: float | None = None


class Measure(Protocol):
    """A measure of pairs, and what can be shown of it at a level, however often one looks."""

    @property
    def found(self) -> Found:
        """What it is, as far as it was seen."""

    def is_shown(self, bound: float, level: float, *, above: bool) -> bool:
        """Say whether it is shown to be above the bound, or below it."""

    def more(self, bound: float, level: float, *, above: bool) -> int | None:
        """Say how many more rows like these would show it; None where that cannot be told."""


class Bet(NamedTuple):
    """The mean of `sample`, in [0, 1], is above `mean` just where a measure is above its bound."""

    sample: Sample
    mean: float

    def side(self, *, above: bool) -> tuple[Sample, float]:
        """Give what one bets on: that the mean is above, or that what it lacks to 1 is."""
        return (self.sample, self.mean) if above else (self.sample.turned, 1.0 - self.mean)


class OfMean(NamedTuple):
    """A measure that is a mean, or is above a bound just where a mean is: `bet` makes one of a bound."""

    found: Found
    bet: Callable[[float], Bet]

    def is_shown(self, bound: float, level: float, *, above: bool) -> bool:
        """Hold the capital of who bets on it against 1 / `level`."""
        return evidence(*self.bet(bound).side(above=above)) >= math.log(1 / level)

    def more(self, bound: float, level: float, *, above: bool) -> int | None:
        """Let the capital grow on as it did."""
        return more_needed(*self.bet(bound).side(above=above), level)


class OfLabels(NamedTuple):
    """The mean of F1 over labels; a sample a label of the rows that concern it."""

    found: Found
    samples: Sequence[Sample]

    def ends(self, level: float, times: int = 1) -> tuple[float, float]:
        """Give the mean of all lower ends and of all upper ones, as if every row were there so many times.

        The labels' intervals hold all at once (Bonferroni), so the mean of their ends holds the mean.
        """
        several = [replace(sample, counts=sample.counts * times) for sample in self.samples]
        ends = [f1_interval(sample, level / len(several)) for sample in several]
        low, high = (sum(side) / len(ends) for side in zip(*ends, strict=True))
        return low, high

    def is_shown(self, bound: float, level: float, *, above: bool) -> bool:
        """Hold one end of what is possible against the bound."""
        return self._is_shown(bound, level, above=above, times=1)

    def more(self, bound: float, level: float, *, above: bool) -> int | None:
        """Double the rows until it is shown: no number is named more closely than that."""
        for doubled in range(1, MOST_DOUBLED):
            if self._is_shown(bound, level, above=above, times=1 << doubled):
                return ((1 << doubled) - 1) * self.found.n
        return None

    def _is_shown(self, bound: float, level: float, *, above: bool, times: int) -> bool:
        if not self.samples:
            return False
        low, high = self.ends(2 * level, times)
        return low > bound if above else high < bound


def measure(tally: Tally, name: str) -> Measure:
    """Find one of the `measured`, by its dotted name."""
    word, _, part = name.partition(".")
    if word in MEANS:
        return _mean(*MEANS[word](tally, part))
    match word:
        case "latency_p95":
            return _latency(tally.latencies[part])
        case "cost_thousand":
            return _cost(tally.costs[part])
        case _:
            return _macro_f1(tally.graded, part)


def _agreement(tally: Tally, _: str) -> tuple[Sample, str, Range]:
    kinds = {said: kind_of(*said) for said in tally.answers}
    return (
        _counted(
            (kind == "agreement", tally.answers[said]) for said, kind in kinds.items() if kind != "failure"
        ),
        "texts that both answered",
        (0.0, 1.0),
    )


def _flips(tally: Tally, direction: str) -> tuple[Sample, str, Range]:
    counted = [
        (kind_of(*said) == "model" and direction in ("", ".".join(said)), n)
        for said, n in tally.answers.items()
        if FAILED not in said
    ]
    return _counted(counted), "texts that both answered", (0.0, 1.0)


def _unmapped(tally: Tally, side: str) -> tuple[Sample, str, Range]:
    at = SIDES.index(side)
    counted = [(said[at] == UNMAPPED, n) for said, n in tally.answers.items() if said[at] != FAILED]
    return _counted(counted), f"answers of the {side}", (0.0, 1.0)


def _failures(tally: Tally, side: str) -> tuple[Sample, str, Range]:
    at = SIDES.index(side)
    return _counted((said[at] == FAILED, n) for said, n in tally.answers.items()), "texts", (0.0, 1.0)


def _accuracy(tally: Tally, side: str) -> tuple[Sample, str, Range]:
    def is_right(row: Graded) -> float:
        return float(row.gold.label == row[1 + SIDES.index(side)])

    return _weighted(tally.graded, is_right), "texts with gold", (0.0, 1.0)


def _accuracy_drop(tally: Tally, _: str) -> tuple[Sample, str, Range]:
    def dropped(row: Graded) -> float:
        before, after = (said == row.gold.label for said in row[1:])
        return (1.0 + before - after) / 2

    return _weighted(tally.graded, dropped), "texts with gold", DIFFERENCE


def _churn(tally: Tally, side: str) -> tuple[Sample, str, Range]:
    at = SIDES.index(side)
    found = ((steadiness(*both)[at], n) for both, n in tally.repeated.items())
    return _counted((value > 0, n) for value, n in found if value is not None), AGAIN, (0.0, 1.0)


def _excess(tally: Tally, _: str) -> tuple[Sample, str, Range]:
    found = ((steadiness(*both).excess, n) for both, n in tally.repeated.items())
    counts: Counter[float] = Counter()
    for value, n in found:
        if value is not None:
            counts[(1.0 + value) / 2] += n
    values, often = (np.array([*part], float) for part in (counts.keys(), counts.values()))
    return Sample(values, often, np.ones(len(counts))), AGAIN, DIFFERENCE


MEANS: Mapping[str, Callable[[Tally, str], tuple[Sample, str, Range]]] = {
    "agreement": _agreement,
    "flips": _flips,
    "unmapped": _unmapped,
    "failures": _failures,
    "accuracy": _accuracy,
    "accuracy_drop": _accuracy_drop,
    "churn": _churn,
    "excess": _excess,
}


def _mean(sample: Sample, rows: str, within: Range) -> OfMean:
    """Measure a mean of values between the ends of a range, of which the sample has the place within."""
    start, width = within[0], within[1] - within[0]

    def bet(bound: float) -> Bet:
        return Bet(sample, (bound - start) / width)

    if sample.mean is None:
        return OfMean(Found(None, 0, rows), bet)
    value, low, high = (start + width * place for place in (sample.mean, *interval(sample)))
    return OfMean(Found(value, sample.n, rows, low, high), bet)


def _latency(times: Sequence[float]) -> OfMean:
    """Bet that more than one in twenty answers takes longer than the bound: their share is a mean."""
    values = np.array(times)
    value = float(np.quantile(values, QUANTILE, method="higher")) if len(values) else None
    return OfMean(
        Found(value, len(values), "texts"), lambda bound: Bet(sample_of(values > bound), 1 - QUANTILE)
    )


def _cost(costs: Sequence[float]) -> OfMean:
    """Bet on the mean of costs that are cut at `DEAREST` times the bound: without a most there is no test."""
    values = np.array(costs) * THOUSAND

    def bet(bound: float) -> Bet:
        return Bet(sample_of(np.minimum(values / bound, DEAREST) / DEAREST), 1 / DEAREST)

    value = float(values.mean()) if len(values) else None
    return OfMean(Found(value, len(values), "texts whose cost is known"), bet)


def _macro_f1(graded: Mapping[Graded, int], side: str) -> OfLabels:
    """Measure the mean of F1 over the labels that occur in gold."""
    at = 1 + SIDES.index(side)
    labels = sorted({row.gold.label for row in graded})
    samples = [_concerned(graded, at, label) for label in labels]
    if not samples:
        return OfLabels(Found(None, 0, "texts with gold"), ())
    value = sum(f1_of(sample.mean or 0.0) for sample in samples) / len(samples)
    n = sum(graded.values())
    low, high = OfLabels(Found(value, n, ""), samples).ends(LEVEL)
    return OfLabels(Found(value, n, "texts with gold", low, high), samples)


def _concerned(graded: Mapping[Graded, int], at: int, label: str) -> Sample:
    rows = {row: n for row, n in graded.items() if label in (row.gold.label, row[at])}
    return _weighted(rows, lambda row: float(row.gold.label == row[at]))


def _counted(counts: Iterable[tuple[bool, int]]) -> Sample:
    """Count a share: so many texts are of it, so many are not."""
    found = [0, 0]
    for is_one, n in counts:
        found[is_one] += n
    return Sample(np.array([0.0, 1.0]), np.array(found, float), np.ones(2))


def _weighted(graded: Mapping[Graded, int], value: Callable[[Graded], float]) -> Sample:
    """Weigh each row by how many texts it stands for: 1 over its chance (Horvitz-Thompson 1952)."""
    rows: Iterator[tuple[float, float, float, float]] = (
        (value(row), float(n), 1 / row.gold.chance, 1 / row.gold.least) for row, n in graded.items()
    )
    return Sample(*np.array(list(rows), float).reshape(-1, 4).T)
