"""How much of the disagreement is noise: one side, asked several times, differs from itself.

The excess is the energy distance of both sides' answers (Szekely and Rizzo 2013, "Energy statistics: a
class of statistics based on distances"), where two answers are 1 apart if they differ: the disagreement
between the sides less half of that within each. The left side is asked once, and is taken to say the same
if it were asked again. So a side that always says what the other says on most of its good days is not
blamed for the bad ones.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from polarity.comparison.pairs import FAILED, Pair, category, kind_of
from polarity.statistics.intervals import ENDS, RESAMPLES, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The right side, asked `askings` times about each of `n` texts that it answered at least twice.

    `itself` is how often two of its answers to one text differ, `between` how often one of them
    differs from the left side's; two UNMAPPED of one side are the same, two of different sides are not.
    `excess` is what `between` is above half of `itself`: what the right side's own mood does not explain.
    """

    n: int
    askings: int
    itself: Interval
    between: Interval
    excess: Interval


class Listener:
    """Takes the repeated answers in as they come: all that is kept is how many texts are alike."""

    def __init__(self) -> None:
        self._askings = 0
        self._texts: Counter[tuple[float, float]] = Counter()

    def add(self, pair: Pair) -> None:
        """Count one text; one that was asked once says nothing of noise."""
        said = [category(answer.outcome) for answer in (pair.right, *pair.repeats)]
        self._askings = max(self._askings, len(said))
        answered = [name for name in said if name != FAILED]
        left = category(pair.left.outcome)
        if len(answered) > 1 and left != FAILED:
            both = list(combinations(answered, 2))
            itself = sum(one != other for one, other in both) / len(both)
            differing = sum(kind_of(left, name) != "agreement" for name in answered)
            self._texts[itself, differing / len(answered)] += 1

    def noise(self, *, seed: int = 0) -> Noise | None:
        """Give the noise; None where nothing was asked twice."""
        return _noise(self._texts, self._askings, seed) if self._texts else None


def _noise(texts: Mapping[tuple[float, float], int], askings: int, seed: int) -> Noise:
    """Draw as many texts again and again (a bootstrap), each with both its shares: they are paired."""
    shares, counts = np.array(list(texts), float), np.array(list(texts.values()))
    n = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(n, counts / n, RESAMPLES) @ shares / n
    itself, between = counts @ shares / n

    def interval(value: float, values: np.ndarray) -> Interval:
        low, high = np.percentile(values, ENDS)
        return Interval(float(value), float(low), float(high))

    return Noise(
        n=n,
        askings=askings,
        itself=interval(itself, drawn[:, 0]),
        between=interval(between, drawn[:, 1]),
        excess=interval(between - itself / 2, drawn[:, 1] - drawn[:, 0] / 2),
    )
