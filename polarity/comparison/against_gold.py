"""Against gold: which side is right, by how much, and how sure that is.

What is no label is wrong. A row of counts stands for all pairs that have the same gold label, the same
two categories and the same decision: they are all that the measures depend on.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polarity.comparison.marginals import mcnemar
from polarity.comparison.pairs import UNMAPPED
from polarity.intervals import ENDS, RESAMPLES, Interval, difference_interval, f1_intervals, wilson

Numbers = NDArray[np.float64]
COMPARED = (("right", "left"), ("decision", "left"), ("decision", "right"))
POWER_Z = 0.841621  # 80 % of a normal distribution lie below
TEST_Z = 1.959964  # 95 % lie within


class Cell(NamedTuple):
    """What a pair counts as; `decision` is None where no policy applies."""

    left: str
    right: str
    gold: str | None
    decision: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """How often one of those compared is right."""

    accuracy: Interval
    macro_f1: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`first` less `second` on the same texts.

    `only_first` texts are right for the first only; `p` is McNemar's exact, two-sided test of both
    being as likely, 1 where they never differ. `detectable` is the least true difference in accuracy
    that such a test would find four times of five with as many texts and as much discordance.
    """

    first: str
    second: str
    accuracy: Interval
    macro_f1: Interval
    only_first: int
    only_second: int
    p: float
    detectable: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    """What somebody who always picks the right side would make of it. Counts of texts."""

    both_right: int
    only_left: int
    only_right: int
    wrong_alike: int
    wrong_differently: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstGold:
    """The `n` pairs with gold. `graded` and `differences` name left, right and, if any, decision."""

    n: int
    graded: Mapping[str, Graded]
    differences: tuple[Difference, ...]
    oracle: Oracle


def against_gold(cells: Mapping[Cell, int], labels: Sequence[str], *, seed: int = 0) -> AgainstGold | None:
    """Measure the pairs that have gold; None where none has.

    >>> found = against_gold({Cell("A", "B", "A", "A"): 30, Cell("A", "A", "A", "A"): 70}, ["A", "B"])
    >>> found.graded["right"].accuracy.value, found.oracle.only_left, found.differences[0].first
    (0.7, 30, 'right')
    """
    graded = {cell: count for cell, count in cells.items() if cell.gold is not None}
    if not graded:
        return None
    rows, counts = list(graded), np.array(list(graded.values()), np.int64)
    answers = {
        "left": [cell.left for cell in rows],
        "right": [cell.right for cell in rows],
    }
    if all(cell.decision is not None for cell in rows):
        answers["decision"] = [str(cell.decision) for cell in rows]
    gold = [str(cell.gold) for cell in rows]
    table = _Table(gold, answers, counts, labels, seed)
    return AgainstGold(
        n=int(counts.sum()),
        graded={who: table.graded(who) for who in answers},
        differences=tuple(table.difference(*both) for both in COMPARED if set(both) <= answers.keys()),
        oracle=_oracle(graded),
    )


class _Table:
    """Gold and answers, a row of each for `counts` texts."""

    def __init__(
        self,
        gold: Sequence[str],
        answers: Mapping[str, Sequence[str]],
        counts: NDArray[np.int64],
        labels: Sequence[str],
        seed: int,
    ) -> None:
        places = {label: at for at, label in enumerate(labels)}
        self._gold = np.array([places[label] for label in gold])
        self._answers = {
            who: np.array([places.get(label, len(labels)) for label in given])
            for who, given in answers.items()
        }
        self._counts, self._size = counts, len(labels)
        cells = counts / counts.sum()
        self._drawn = np.random.default_rng(seed).multinomial(int(counts.sum()), cells, RESAMPLES)

    def graded(self, who: str) -> Graded:
        right, n = self._right(who), int(self._counts.sum())
        confusion = np.zeros((self._size, self._size + 1), np.int64)
        np.add.at(confusion, (self._gold, self._answers[who]), self._counts)
        return Graded(accuracy=wilson(int(self._counts[right].sum()), n), macro_f1=f1_intervals(confusion)[0])

    def difference(self, first: str, second: str) -> Difference:
        gains = self._right(first).astype(int) - self._right(second)
        n = int(self._counts.sum())
        better, worse = (int(self._counts[gains == sign].sum()) for sign in (1, -1))
        adjusted = difference_interval(better, worse, n)
        low, high = np.percentile(self._drawn @ gains / n, ENDS)
        return Difference(
            first=first,
            second=second,
            accuracy=Interval(adjusted.value, float(min(low, adjusted.low)), float(max(high, adjusted.high))),
            macro_f1=self._f1_difference(first, second),
            only_first=better,
            only_second=worse,
            p=mcnemar(better, worse),
            detectable=detectable_difference(n, better + worse),
        )

    def _right(self, who: str) -> NDArray[np.bool_]:
        return np.asarray(self._answers[who] == self._gold)

    def _f1_difference(self, first: str, second: str) -> Interval:
        observed = self._counts[None].astype(np.int64)
        value = float((self._macro_f1(observed, first) - self._macro_f1(observed, second))[0])
        drawn = self._macro_f1(self._drawn, first) - self._macro_f1(self._drawn, second)
        low, high = np.percentile(drawn, ENDS)
        return Interval(value, float(low), float(high))

    def _macro_f1(self, counts: NDArray[np.int64], who: str) -> Numbers:
        """Mean of F1 over the labels that occur in gold: (n,) of counts (n, rows)."""
        occurring = sorted(set(self._gold.tolist()))
        return np.asarray(np.mean([self._f1(counts, who, label) for label in occurring], axis=0))

    def _f1(self, counts: NDArray[np.int64], who: str, label: int) -> Numbers:
        gold, given = self._gold == label, self._answers[who] == label
        hits, both = counts @ (gold & given), counts @ (gold.astype(int) + given)
        return np.asarray(2 * hits / np.maximum(both, 1))


def detectable_difference(n: int, discordant: int) -> float:
    """Give the least difference in accuracy that McNemar's test at 5 % finds with a power of 80 %.

    Source: Connor 1987, "Sample size for testing differences in proportions for the paired-sample
    design", solved for the difference; one text is added either way, since none may have been seen.

    >>> round(detectable_difference(1000, 100), 4)
    0.0282
    """
    share = min(1.0, (discordant + 2) / (n + 2))
    root, both = math.sqrt(n), n + POWER_Z**2
    middle = TEST_Z * math.sqrt(share) * root
    inner = middle**2 - both * (TEST_Z**2 - POWER_Z**2) * share
    return min(1.0, (middle + math.sqrt(max(0.0, inner))) / both)


def _oracle(cells: Mapping[Cell, int]) -> Oracle:
    def count(holds: Callable[[Cell], bool]) -> int:
        return sum(number for cell, number in cells.items() if holds(cell))

    def neither(cell: Cell) -> bool:
        return cell.gold not in (cell.left, cell.right)

    return Oracle(
        both_right=count(lambda cell: cell.left == cell.right == cell.gold),
        only_left=count(lambda cell: cell.left == cell.gold != cell.right),
        only_right=count(lambda cell: cell.right == cell.gold != cell.left),
        wrong_alike=count(lambda cell: neither(cell) and cell.left == cell.right != UNMAPPED),
        wrong_differently=count(lambda cell: neither(cell) and not cell.left == cell.right != UNMAPPED),
    )
