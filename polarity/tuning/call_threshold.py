"""Which texts go to the LLM: the fewest that its worth, shown on texts nobody was fitted on, pays for.

**The one-standard-error rule** (Breiman, Friedman, Olshen and Stone 1984, "Classification and regression
trees", 3.4.3; Hastie, Tibshirani and Friedman 2009, "The elements of statistical learning", 7.10): of all
thresholds, the cheapest whose worth out of fold is within one standard error of the best one's. The best
of many thresholds looks better than it is, by luck, and every call that only luck speaks for costs time
and money. An LLM that brings nothing is so never asked.

The error is that of the **paired difference to the best, over texts**. Paired, because two thresholds
decide nearly all texts alike, and what is hard about these would drown what parts them. Over texts, because
they are what is drawn: five folds are five numbers, whose own scatter is known to no better than a third,
and files are two to four. What the folds have in common, that each was fitted on most of the same texts,
moves two or three weights a little and is left out. The error is that of
`statistics.intervals.difference_interval`, so that where few texts differ, and all one way, there is still
room for some that go the other way: one right label more proves nothing.

**No file may lose.** What is good for the pool may be bad for one of its files, and an average over files
says nothing about the next one. So a threshold is out under which a file is worse, out of fold, than BERT
alone by more than `TOLERANCE`; or is worse than the LLM alone, which pays for all of its calls, by more
than that and a standard error. The two differ on purpose: a call has to be shown to do no harm, and
doing without one is harm only where that is shown. Files of fewer than `FOR_A_POLICY` texts are too noisy
to be asked. If under every threshold some file loses, those stay under which the worst loses least.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polarity.statistics.enough import FOR_A_POLICY
from polarity.tuning.policy_worth import TOLERANCE

THRESHOLD_DIGITS = 6  # what a person can read, and two machines agree on
Numbers = NDArray[np.float64]


class Trial(NamedTuple):
    """One text that BERT can decide alone, decided every way by a policy that was not fitted on it.

    `confidence` is BERT's; `asked`, `alone` and `llm` say whether the label is right if both decide, if
    BERT does, and if the LLM does; `data` is the text's file.
    """

    data: str
    confidence: float
    asked: bool
    alone: bool
    llm: bool


def cheapest_cut(trials: list[Trial], llm_cost: float) -> float:
    """Choose the confidence below which a text goes to the LLM; `llm_cost` is in accuracy a call.

    It lies half-way between two observed confidences, and is 0 or 1 where none or all texts go.

    >>> sure, unsure = Trial("a", 0.9, True, True, True), Trial("a", 0.5, True, False, True)
    >>> cheapest_cut([sure] * 40 + [unsure] * 40, 0.01)
    0.7
    >>> cheapest_cut([sure] * 40 + [unsure], 0.01)
    0.0
    """
    ordered = sorted(trials, key=lambda trial: trial.confidence)
    gains = np.array([trial.asked - trial.alone - llm_cost for trial in ordered])
    sums, squares = _before_each(gains), _before_each(gains**2)
    allowed = _allowed(ordered, llm_cost)
    best = int(np.argmax(np.where(allowed, sums, -np.inf)))
    cheaper = slice(best + 1)
    behind, spread = sums[best] - sums[cheaper], squares[best] - squares[cheaper]
    near = allowed[cheaper] & (behind <= _one_error(behind, spread, len(ordered)))
    return _between(ordered, int(np.argmax(near)))


def _before_each(values: Numbers) -> Numbers:
    """Sum the values before each place, the end among them: [a, b] gives [0, a, a + b]."""
    return np.concatenate([np.zeros(1), np.cumsum(values)])


def _one_error(total: Numbers, squares: Numbers, n: int) -> Numbers:
    """Give one standard error of a sum of differences over `n` texts, from their sum and that of squares.

    One text that got better and one that got worse are added, as Bonett and Price do.
    """
    return np.asarray(np.sqrt(squares + 2 - total**2 / (n + 2)))


def _allowed(ordered: list[Trial], llm_cost: float) -> NDArray[np.bool_]:
    """Say of each place whether the texts before it may go; shape (trials + 1,)."""
    sure = np.array([-math.inf, *(trial.confidence for trial in ordered), math.inf])
    can_part = sure[:-1] < sure[1:]
    names = dict.fromkeys(trial.data for trial in ordered)
    files = [np.array([trial.data == name for trial in ordered]) for name in names]
    lost = [_lost(ordered, inside, llm_cost) for inside in files if inside.sum() >= FOR_A_POLICY]
    if not lost:
        return can_part
    worst = np.max(lost, axis=0)
    return np.asarray(can_part & (worst <= max(0.0, float(worst[can_part].min()))))


def _lost(ordered: list[Trial], inside: NDArray[np.bool_], llm_cost: float) -> Numbers:
    """Say for each place what a file loses beyond what it may, if the texts before it go; a share."""
    n = int(inside.sum())
    asked, alone, llm = (
        np.array([getattr(trial, who) for trial in ordered], dtype=float) * inside
        for who in ("asked", "alone", "llm")
    )
    paid = inside * llm_cost
    against_bert = -_before_each(asked - alone)
    before, behind = llm - asked, llm - paid - alone  # where the policy asks too, and where it does not
    against_llm = _before_each(before) + behind.sum() - _before_each(behind)
    squares = _before_each(before**2) + (behind**2).sum() - _before_each(behind**2)
    proven = against_llm - _one_error(against_llm, squares, n)
    return np.asarray(np.maximum(against_bert, proven) / n - TOLERANCE)


def _between(ordered: list[Trial], below: int) -> float:
    if below in (0, len(ordered)):
        return float(below > 0)
    pair = ordered[below - 1].confidence + ordered[below].confidence
    return round(pair / 2, THRESHOLD_DIGITS)
