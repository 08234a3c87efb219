"""Against gold: which side is right, by how much, and how sure that is.

What is no label is wrong. A row of counts stands for all pairs that have the same gold label, the same
two categories and the same decision: they are all that the measures depend on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polarity.comparison.pairs import UNMAPPED
from polarity.statistics.intervals import ENDS, RESAMPLES, Interval, difference_interval, f1_intervals, wilson
from polarity.statistics.margins import mcnemar

Numbers = NDArray[np.float64]
COMPARED = (("right", "left"), ("decision", "left"), ("decision", "right"))
POWER, LEVEL = 0.8, 0.05
BLOCK = 2_000_000  # numbers drawn at once: many labels make many cells


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
class Gap:
    """`first` less `second` on the same texts.

    `only_first` texts are right for the first only; `p` is McNemar's exact, two-sided test of both
    being as likely, 1 where they never differ. `detectable` is the least true difference in accuracy
    that such a test would find four times of five with as many texts and as much discordance; None
    where none would be found that often.
    """

    first: str
    second: str
    accuracy: Interval
    macro_f1: Interval
    only_first: int
    only_second: int
    p: float
    detectable: float | None


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
    """The `n` pairs with gold. `graded` and `differences` name left, right and, if any, decision.

    In `contradicted` pairs both sides agree on a label, and it is not the gold one.
    """

    n: int
    contradicted: int
    graded: Mapping[str, Graded]
    differences: tuple[Gap, ...]
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
        contradicted=sum(
            count
            for cell, count in graded.items()
            if cell.left == cell.right != cell.gold and cell.left in labels
        ),
        graded={who: table.graded(who) for who in answers},
        differences=table.differences([both for both in COMPARED if set(both) <= answers.keys()]),
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
        self._seed = seed

    def _drawn(self) -> Iterator[NDArray[np.int64]]:
        """Draw as many texts again and again: counts of cells, (some, cells), until `RESAMPLES` are drawn."""
        generator, n = np.random.default_rng(self._seed), int(self._counts.sum())
        size = max(1, BLOCK // len(self._counts))
        for start in range(0, RESAMPLES, size):
            yield generator.multinomial(n, self._counts / n, min(size, RESAMPLES - start))

    def graded(self, who: str) -> Graded:
        right, n = self._right(who), int(self._counts.sum())
        confusion = np.zeros((self._size, self._size + 1), np.int64)
        np.add.at(confusion, (self._gold, self._answers[who]), self._counts)
        return Graded(accuracy=wilson(int(self._counts[right].sum()), n), macro_f1=f1_intervals(confusion)[0])

    def differences(self, compared: Sequence[tuple[str, str]]) -> tuple[Gap, ...]:
        blocks = [[self._gaps(block, *both) for both in compared] for block in self._drawn()]
        drawn = [np.concatenate(gaps) for gaps in zip(*blocks, strict=True)]
        return tuple(self._difference(*both, gaps) for both, gaps in zip(compared, drawn, strict=True))

    def _difference(self, first: str, second: str, drawn: Numbers) -> Gap:
        gains, n = self._gains(first, second), int(self._counts.sum())
        better, worse = (int(self._counts[gains == sign].sum()) for sign in (1, -1))
        accuracy = _widened(drawn[:, 0], difference_interval(better, worse, n))
        ((_, gap),) = self._gaps(self._counts[None], first, second).tolist()
        room = Interval(gap, gap + accuracy.low - accuracy.value, gap + accuracy.high - accuracy.value)
        return Gap(
            first=first,
            second=second,
            accuracy=accuracy,
            macro_f1=_widened(drawn[:, 1], room),
            only_first=better,
            only_second=worse,
            p=mcnemar(better, worse),
            detectable=detectable_difference(n, better + worse),
        )

    def _gaps(self, counts: NDArray[np.int64], first: str, second: str) -> Numbers:
        """Differences in accuracy and in macro-F1, (n, 2), of counts of cells (n, cells)."""
        accuracies = counts @ self._gains(first, second) / counts.sum(1)
        scores = self._macro_f1(counts, first) - self._macro_f1(counts, second)
        return np.stack([accuracies, scores], axis=1)

    def _gains(self, first: str, second: str) -> NDArray[np.int_]:
        return self._right(first).astype(int) - self._right(second)

    def _right(self, who: str) -> NDArray[np.bool_]:
        return np.asarray(self._answers[who] == self._gold)

    def _macro_f1(self, counts: NDArray[np.int64], who: str) -> Numbers:
        """Mean of F1 over the labels that occur in gold: (n,) of counts (n, rows)."""
        occurring = sorted(set(self._gold.tolist()))
        return np.asarray(np.mean([self._f1(counts, who, label) for label in occurring], axis=0))

    def _f1(self, counts: NDArray[np.int64], who: str, label: int) -> Numbers:
        gold, given = self._gold == label, self._answers[who] == label
        hits, both = counts @ (gold & given), counts @ (gold.astype(int) + given)
        return np.asarray(2 * hits / np.maximum(both, 1))


def _widened(drawn: Numbers, least: Interval) -> Interval:
    """Give a bootstrap's interval, but none narrower than `least`: what was never seen is never drawn.

    The least of accuracy is Bonett and Price's, which adds one text either way; that of macro-F1 is as
    wide as accuracy's.
    """
    low, high = np.percentile(drawn, ENDS)
    ends = max(-1.0, min(low, least.low)), min(1.0, max(high, least.high))
    return Interval(least.value, float(ends[0]), float(ends[1]))


@lru_cache(maxsize=256)  # most of the time that a small report takes
def detectable_difference(n: int, discordant: int) -> float | None:
    """Give the least difference in accuracy that the exact test of McNemar finds with a power of 80 %.

    The test is two-sided, at 5 %. The share of texts that are right on one side only is taken to be what
    was seen of it, but it is no less than the difference itself. Found by halving; None where so few
    texts would not do even if one side were always right and the other never.

    >>> detectable_difference(1000, 100), detectable_difference(5, 2)
    (0.0287, None)
    """
    if _power(n, discordant / n, 1.0) < POWER:
        return None
    low, high = 0.0, 1.0
    while high - low > 5e-5:  # noqa: PLR2004 - half of the last digit that is given
        middle = (low + high) / 2
        low, high = (low, middle) if _power(n, discordant / n, middle) >= POWER else (middle, high)
    return round(high, 4)


def _power(n: int, share: float, difference: float) -> float:
    """Give the chance that the exact test finds a difference: the mean over how many texts may be discordant.

    That number is binomial; a thousand of its quantiles stand for it. Given the number, the test is one
    of a coin: it speaks up where one side won no more than `few` of them.
    """
    from scipy.stats import binom

    share = max(share, difference)
    quantiles = (np.arange(1000) + 0.5) / 1000
    discordant, weights = np.unique(binom.ppf(quantiles, n, share), return_counts=True)
    few = binom.ppf(LEVEL / 2, discordant, 0.5)
    few -= binom.cdf(few, discordant, 0.5) > LEVEL / 2
    won = (share + difference) / (2 * share)
    found = binom.cdf(few, discordant, won) + binom.cdf(few, discordant, 1 - won)
    return float(np.average(found, weights=weights))


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
