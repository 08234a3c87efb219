"""How well reviewers agree: two of them as `comparison` measures it, all by Krippendorff's alpha."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from polarity.comparison.agreement import KAPPA, NOTHING, ONE_ANSWER, Estimate, estimate, raw_agreement
from polarity.statistics.intervals import ENDS

RESAMPLES = 2_000
MOST_AT_ONCE = 1_000_000  # counts of all resamples that are in memory together: 8 MB

Verdicts = Mapping[
    str, str
]  # reviewer -> what they say of one text, "cannot_tell" being an answer like others


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoReviewers:
    """How often two people say the same of the `raw.n` texts that both have read, and beyond chance."""

    names: tuple[str, str]
    raw: Estimate
    kappa: Estimate


def by_two(texts: Sequence[Verdicts]) -> list[TwoReviewers]:
    """Compare every two reviewers that have read a text in common.

    >>> (found,) = by_two([{"ana": "POSITIVE", "ben": "POSITIVE"}, {"ana": "NEGATIVE", "ben": "NEGATIVE"}])
    >>> found.names, found.raw.value, found.kappa.value
    (('ana', 'ben'), 1.0, 1.0)
    """
    answers = sorted({answer for text in texts for answer in text.values()})
    found = []
    for one, other in combinations(sorted({name for text in texts for name in text}), 2):
        table = np.zeros((len(answers), len(answers)))
        for text in texts:
            if one in text and other in text:
                table[answers.index(text[one]), answers.index(text[other])] += 1
        if table.any():
            raw, kappa = raw_agreement(table, answers), estimate(table, KAPPA)
            found.append(TwoReviewers(names=(one, other), raw=raw, kappa=kappa))
    return found


def alpha(texts: Sequence[Verdicts], *, seed: int = 0) -> Estimate:
    """Give Krippendorff's alpha for nominal answers, over the texts that at least two people have read.

    Source: Krippendorff 2011, "Computing Krippendorff's alpha-reliability". Any number of reviewers, and
    nobody has to read everything. The interval is a bootstrap's over texts; where no two differ it has no
    width, and there is none.

    >>> read = [{"ana": "a", "ben": "a"}, {"ana": "b", "ben": "b"}, {"ana": "b", "cleo": "a"}]
    >>> round(alpha(read).value, 3)
    0.444
    """
    answers = sorted({answer for text in texts for answer in text.values()})
    counts = np.array(
        [[Counter(text.values())[answer] for answer in answers] for text in texts if len(text) > 1]
    )
    if not len(counts):
        return Estimate(n=0, undefined=NOTHING)
    values = _alphas(counts[None])
    if np.isnan(values[0]):
        return Estimate(n=len(counts), undefined=ONE_ANSWER)
    random = np.random.default_rng(seed)
    at_once = max(1, MOST_AT_ONCE // counts.size)
    parts = [min(at_once, RESAMPLES - done) for done in range(0, RESAMPLES, at_once)]
    drawn = [_alphas(counts[random.integers(0, len(counts), (part, len(counts)))]) for part in parts]
    low, high = np.nanpercentile(np.concatenate(drawn), ENDS)
    return Estimate(n=len(counts), value=float(values[0]), low=float(low), high=float(high))


def _alphas(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give alpha of each stack of texts: (stacks, texts, answers) counts who said what."""
    readers = counts.sum(2, keepdims=True)
    seen = ((counts * (readers - counts)) / (readers - 1)).sum((1, 2))
    totals = counts.sum(1)
    n = totals.sum(1)
    expected = (totals * (n[:, None] - totals)).sum(1) / (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - seen / expected, np.nan)
