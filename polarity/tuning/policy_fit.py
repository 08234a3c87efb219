"""Fit a contract's policy to labelled pairs, so that no threshold or weight is typed in by feel.

Weights are the most probable ones: p(label) is taken to be proportional to p_bert^a * p_llm^b *
e^offset, and log p(gold) is concave in a and b (conditional logit, McFadden 1974, "Conditional logit
analysis of qualitative choice behavior"). A standard normal prior around BERT alone - a = 1, b = 0 -
keeps few texts from saying much.

Offsets take the LLM's habit out and nothing else: offset = -b * log of its mean p(label) over the
texts (Zhou et al. 2024, "Batch calibration"). Fitted freely they would also learn how often each
label occurs in these texts, which is no news about other texts.

The weights need no rule of their own that prefers the simpler policy: the prior is one, and what a weight
is worth in labels is judged where it costs something, at `skip_llm_above`. See `call_threshold`, which
chooses it out of fold. `bert_floor` and `bert_trust` cost nothing, and are those of the most right labels.

What the policy will be worth on other texts is measured out of fold, see `folds`: each fold is decided by
a policy of which every number, `skip_llm_above` among them, was fitted on the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

from polarity.contract.schema import Policy
from polarity.policy import SMALLEST, confidence, decide_alone
from polarity.statistics.enough import FOR_A_POLICYS_NUMBER
from polarity.statistics.intervals import Interval, wilson
from polarity.tuning.call_threshold import THRESHOLD_DIGITS, Trial, cheapest_cut
from polarity.tuning.folds import HeldOut, folds_of
from polarity.tuning.policy_worth import WITHOUT_LLM, GoldPair, decide, right, skipping_above
from polarity.types import Result, Verdict, decided_by

LEAST_BERT_WEIGHT = 0.01  # both weights at 0 would leave nothing to combine

COMBINATION = ("bert_weight", "llm_weight", "offsets")
WEIGHT_DIGITS = 4  # what a person can read, and two machines agree on
Numbers = NDArray[np.float64]
Made = TypeVar("Made")


class Gain(NamedTuple):
    """One text: BERT's confidence, and how many right labels a choice other than BERT's brings: -1 to 1."""

    confidence: float
    gain: float


class Plan(NamedTuple):
    """What a fit is asked for.

    `llm_cost` is the accuracy, a share, that asking the LLM about every text has to bring at least;
    the texts are dealt out to `folds` by `seed`, unless whole files are, see `folds`.
    """

    llm_cost: float = 0.01
    folds: int = 5
    seed: int = 0


DEFAULT_PLAN = Plan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A policy fitted on all pairs, what it kept of the one it started from, and its worth out of fold.

    `held_out` says what was left out each time, and `folds` how often. `results` are the out-of-fold
    decisions, in the pairs' order. `accuracy` is theirs, with a 95 % Wilson interval; `llm_calls_saved`
    is the share of texts that the LLM was not needed for.
    """

    policy: Policy
    kept: tuple[str, ...]
    held_out: HeldOut
    folds: int
    results: Sequence[Result]
    accuracy: Interval
    llm_calls_saved: float


def fit(pairs: Sequence[GoldPair], policy: Policy, labels: Sequence[str], plan: Plan) -> Fit:
    """Fit `policy`, whose tie label stays, and measure out of fold what that is worth."""
    fitted, kept = fit_once(pairs, policy, labels, plan)
    fold_of, held_out = folds_of(pairs, labels, plan.folds, plan.seed)
    results = out_of_fold(pairs, fold_of, lambda others: fit_once(others, policy, labels, plan)[0], decide)
    hits = right(pairs, results)
    saved = [decided_by(result) in WITHOUT_LLM for result in results]
    return Fit(
        policy=fitted,
        kept=kept,
        held_out=held_out,
        folds=len(np.unique(fold_of)),
        results=results,
        accuracy=wilson(int(hits.sum()), len(hits)),
        llm_calls_saved=float(np.mean(saved)),
    )


def out_of_fold(
    pairs: Sequence[GoldPair],
    fold_of: NDArray[np.int_],
    fitted: Callable[[list[GoldPair]], Policy],
    made: Callable[[list[GoldPair], Policy], Sequence[Made]],
) -> list[Made]:
    """Give what is `made` of each pair by a policy `fitted` on the other folds, in the pairs' order."""
    found: dict[int, Made] = {}
    for fold in np.unique(fold_of):
        policy = fitted([pairs[at] for at in np.flatnonzero(fold_of != fold).tolist()])
        inside = np.flatnonzero(fold_of == fold).tolist()
        found |= zip(inside, made([pairs[at] for at in inside], policy), strict=True)
    return [found[at] for at in range(len(pairs))]


def fit_once(
    pairs: Sequence[GoldPair], policy: Policy, labels: Sequence[str], plan: Plan
) -> tuple[Policy, tuple[str, ...]]:
    """Fit every number, and name those that stay as they are because too few pairs bear on them.

    `skip_llm_above` is chosen last, by what the others are worth out of fold within these pairs.
    """
    fitted, kept = _without_cut(pairs, policy, labels)
    decidable = [pair for pair in pairs if isinstance(pair.bert.outcome, Verdict)]
    trials = out_of_fold(
        decidable,
        folds_of(decidable, labels, plan.folds, plan.seed).of,
        lambda others: _without_cut(others, policy, labels)[0],
        _trials,
    )
    return fitted.model_copy(update={"skip_llm_above": cheapest_cut(trials, plan.llm_cost)}), kept


def _trials(pairs: Sequence[GoldPair], policy: Policy) -> list[Trial]:
    """Decide pairs every way that there is to decide them."""
    asked = right(pairs, decide(pairs, skipping_above(None, policy)))
    alone = right(pairs, decide(pairs, skipping_above(0.0, policy)))
    llm = right(pairs, [decide_alone("llm", pair.llm) for pair in pairs])
    return [
        Trial(pair.data, confidence(pair.bert.outcome), *map(bool, hits))
        for pair, *hits in zip(pairs, asked, alone, llm, strict=True)
    ]


def _without_cut(
    pairs: Sequence[GoldPair], policy: Policy, labels: Sequence[str]
) -> tuple[Policy, tuple[str, ...]]:
    """Fit every number but `skip_llm_above`, and name those that stay.

    `bert_floor` and `bert_trust` are fitted on all pairs, also those that `skip_llm_above` keeps
    from the LLM: these texts say as much about what BERT's confidence is worth.
    """
    thresholds = {
        "bert_floor": _floor_gains(pairs, policy.tie_label),
        "bert_trust": _trust_gains(pairs),
    }
    numbers: dict[str, Any] = _combination(pairs, labels) | {
        name: best_cut(gains) for name, gains in thresholds.items() if len(gains) >= FOR_A_POLICYS_NUMBER
    }
    kept = tuple(name for name in (*thresholds, *COMBINATION) if name not in numbers)
    return policy.model_copy(update=numbers), kept


def _floor_gains(pairs: Sequence[GoldPair], tie_label: str) -> list[Gain]:
    """Where the LLM gave no verdict: what the tie label gains over BERT's."""
    return [
        Gain(confidence(bert), (tie_label == pair.gold) - (bert.label == pair.gold))
        for pair in pairs
        if isinstance(bert := pair.bert.outcome, Verdict) and not isinstance(pair.llm.outcome, Verdict)
    ]


def _trust_gains(pairs: Sequence[GoldPair]) -> list[Gain]:
    """Where both gave verdicts that differ, and a side no scores: what the LLM's gains over BERT's."""
    return [
        Gain(confidence(bert), (llm.label == pair.gold) - (bert.label == pair.gold))
        for pair in pairs
        if isinstance(bert := pair.bert.outcome, Verdict) and isinstance(llm := pair.llm.outcome, Verdict)
        if bert.label != llm.label and not (bert.scores and llm.scores)
    ]


def best_cut(gains: Sequence[Gain]) -> float:
    """Choose the confidence below which the gains add up to the most; of equals, the lowest.

    It lies half-way between two observed confidences, and is 0 or 1 where none or all are below.

    >>> best_cut([Gain(0.5, 1), Gain(0.6, -1), Gain(0.7, 1), Gain(0.8, 1), Gain(0.9, -1)])
    0.85
    >>> best_cut([Gain(0.5, -1)]), best_cut([Gain(0.5, 1)])
    (0.0, 1.0)
    """
    ordered = sorted(gains)
    sure = np.array([0.0, *(gain.confidence for gain in ordered), 1.0])
    totals = np.cumsum([0.0, *(gain.gain for gain in ordered)])  # totals[k]: the k least sure are below
    can_part = sure[:-1] < sure[1:]
    can_part[[0, -1]] = True
    below = int(np.argmax(np.where(can_part, totals, -np.inf)))
    if below in (0, len(ordered)):
        return float(below > 0)
    return round(float(sure[below] + sure[below + 1]) / 2, THRESHOLD_DIGITS)


def _combination(pairs: Sequence[GoldPair], labels: Sequence[str]) -> dict[str, Any]:
    """Fit weights and offsets; nothing where too few pairs have both distributions."""
    scored = [
        (bert.scores, llm.scores, pair.gold)
        for pair in pairs
        if isinstance(bert := pair.bert.outcome, Verdict) and isinstance(llm := pair.llm.outcome, Verdict)
        if bert.scores and llm.scores
    ]
    if len(scored) < FOR_A_POLICYS_NUMBER:
        return {}
    p = np.array([[[side[label] for side in sides] for label in labels] for *sides, _ in scored])
    logs = np.log(np.maximum(p, SMALLEST))
    has = p[:, :, 0] > 0  # no softmax is zero: BERT's checkpoint does not have the others
    gold = np.array([[label == known for label in labels] for *_, known in scored], dtype=float)
    habit = np.log(np.maximum(p[:, :, 1].mean(axis=0), SMALLEST))
    logs[:, :, 1] -= habit
    bert_weight, llm_weight = (
        round(float(number), WEIGHT_DIGITS) for number in most_probable(logs, gold, has)
    )
    offsets = {
        label: round(-llm_weight * float(usual), WEIGHT_DIGITS)
        for label, usual in zip(labels, habit, strict=True)
    }
    return dict(zip(COMBINATION, (bert_weight, llm_weight, offsets), strict=True))


def most_probable(logs: Numbers, gold: Numbers, has: NDArray[np.bool_]) -> Numbers:
    """Find the most probable (bert_weight, llm_weight), neither negative, as `policy.combine` combines.

    `logs` has shape (pairs, labels, 2): log p_bert, and log p_llm less the LLM's habit. `gold` has
    shape (pairs, labels) and in each row a single 1. `has`, of the same shape, marks the labels that BERT's
    checkpoint has: how probable another one is says the LLM alone, and both share out what that leaves.
    """
    prior = np.array([1.0, 0.0])  # BERT alone
    said = logs[:, :, 1]
    is_known = (gold * has).sum(axis=1, keepdims=True)  # whether BERT has the right label

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        both = log_softmax(np.where(has, logs @ weights, -np.inf), axis=1)
        alone = log_softmax(said * weights[1], axis=1)
        rest = logsumexp(np.where(has, alone, -np.inf), axis=1, keepdims=True)  # 0 where BERT has every label
        log_p = np.where(has, both + rest, alone)
        moved = weights - prior
        slope = np.einsum("nk,nkb->b", is_known * np.exp(both) - gold * has, logs) + moved
        shared = is_known * np.exp(alone - rest) * has
        slope[1] += ((np.exp(alone) - shared - gold * ~has) * said).sum()
        return float(moved @ moved / 2 - log_p[gold == 1].sum()), slope

    bounds = [(LEAST_BERT_WEIGHT, None), (0.0, None)]
    found = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12})
    return np.asarray(found.x)
