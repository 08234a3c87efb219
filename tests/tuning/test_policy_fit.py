"""Fitting: what the best policy is is known, since the answers are made up."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract.schema import Policy
from polarity.policy import SMALLEST, combine
from polarity.tuning.folds import deal
from polarity.tuning.policy_fit import Fit, Gain, Plan, best_cut, fit, fit_once, most_probable, out_of_fold
from polarity.tuning.policy_worth import GoldPair, decide, right, skipping_above
from polarity.types import Answer, Scores, Verdict, decided_by
from tests.properties import examples
from tests.synthetic import (
    CONTRACT,
    LABELS,
    LATE,
    MIXED,
    bert,
    golds,
    guessed,
    llm,
    other,
    pair,
    said,
    simulated,
)

POLICY = CONTRACT.policy
N = 150
GOLDS = golds(N)
GUESSED = guessed(GOLDS, 0.6, seed=0)


def fitted(pairs: Sequence[GoldPair], llm_cost: float = 0.0, seed: int = 0) -> Fit:
    """Fit the small contract's policy."""
    return fit(pairs, POLICY, LABELS, Plan(llm_cost=llm_cost, seed=seed))


PERFECT = [pair(gold, bert(guess, 0.6), llm(gold, 0.9)) for gold, guess in zip(GOLDS, GUESSED, strict=True)]


def test_a_perfect_llm_is_always_asked() -> None:
    """If the LLM is always right and its calls are free, every text goes to it, and every label is right."""
    found = fitted(PERFECT)
    assert 1.0 == found.policy.skip_llm_above
    assert found.policy.llm_weight > found.policy.bert_weight
    assert (1.0, 0.0) == (found.accuracy.value, found.llm_calls_saved)


def test_a_call_that_costs_too_much_is_never_made() -> None:
    """If a call costs as much accuracy as it can bring, BERT decides alone, also where it is wrong."""
    found = fitted(PERFECT, llm_cost=1.0)
    expected = sum(gold == guess for gold, guess in zip(GOLDS, GUESSED, strict=True)) / N
    assert (0.0, 1.0, expected) == (
        found.policy.skip_llm_above,
        found.llm_calls_saved,
        found.accuracy.value,
    )


def test_the_llm_is_asked_where_it_helps() -> None:
    """If BERT is right where it is sure and guesses where it is not, only the latter go to the LLM."""
    pairs = [
        pair(gold, bert(gold, 0.9) if at % 2 else bert(guess, 0.6), llm(gold, 0.9))
        for at, (gold, guess) in enumerate(zip(GOLDS, GUESSED, strict=True))
    ]
    found = fitted(pairs, llm_cost=0.01)
    assert (0.75, 0.5, 1.0) == (
        found.policy.skip_llm_above,
        found.llm_calls_saved,
        found.accuracy.value,
    )


def test_nobody_is_asked_where_bert_is_certain() -> None:
    """The LLM is right wherever BERT is wrong, but above what the contract declares it cannot say so."""
    policy = POLICY.model_copy(update={"bert_certain": 0.75})
    pairs = [pair(gold, bert(guess, 0.8), llm(gold, 0.9)) for gold, guess in zip(GOLDS, GUESSED, strict=True)]
    found = fit([*PERFECT, *pairs], policy, LABELS, Plan())
    assert (0.75, 0.7, 0.5) == (
        found.policy.bert_certain,
        found.policy.skip_llm_above,
        found.llm_calls_saved,
    )


def test_a_wrong_llm_has_no_weight() -> None:
    """An LLM that is wrong every time gets weight 0, never less, and is not asked."""
    found = fitted([pair(gold, bert(gold, 0.6), llm(other(gold), 0.9)) for gold in GOLDS], llm_cost=0.01)
    assert (0.0, 0.0) == (found.policy.llm_weight, found.policy.skip_llm_above)


def test_an_llm_that_guesses_is_not_asked() -> None:
    """Labels drawn by chance weigh next to nothing, and are not worth a call."""
    rows = zip(GOLDS, GUESSED, guessed(GOLDS, 1 / 3, seed=5), strict=True)
    found = fitted([pair(gold, bert(b, 0.6), llm(drawn, 0.9)) for gold, b, drawn in rows], llm_cost=0.01)
    assert (0.0, 1.0) == (found.policy.skip_llm_above, found.llm_calls_saved)
    assert found.policy.llm_weight < 0.1


def test_an_offset_takes_out_what_the_llm_likes_to_say() -> None:
    """An LLM that gives NEUTRAL a tenth of the others, but triples what is right, is read aright."""

    def shy(gold: str) -> Scores:
        habit = {"negative": 0.5, "neutral": 0.05, "positive": 0.45}
        habit[gold.lower()] *= 3
        total = sum(habit.values())
        return Scores(probabilities={name: p / total for name, p in habit.items()}, source="logprobs")

    found = fitted([pair(gold, bert("POSITIVE", 0.4), shy(gold)) for gold in GOLDS])
    offsets = found.policy.offsets
    usual = {label: np.mean([shy(gold).probabilities[label.lower()] for gold in GOLDS]) for label in LABELS}
    expected = {label: -found.policy.llm_weight * math.log(p) for label, p in usual.items()}
    assert expected == pytest.approx(dict(offsets), abs=0.001)
    assert offsets["NEUTRAL"] > max(offsets["NEGATIVE"], offsets["POSITIVE"])
    assert 1.0 == found.accuracy.value


def test_bert_floor_is_where_the_tie_label_stops_to_pay() -> None:
    """Without any LLM verdict, the tie label stands below 0.6 if BERT is wrong there, and right above."""
    unsure = [pair("NEUTRAL", bert("POSITIVE", 0.5), MIXED if at % 2 else LATE) for at in range(N)]
    found = fitted([*unsure, *(pair(gold, bert(gold, 0.7), MIXED) for gold in GOLDS)])
    assert (0.6, 1.0) == (found.policy.bert_floor, found.accuracy.value)
    assert {"bert_trust", "bert_weight", "llm_weight", "offsets"} == set(found.kept)


def test_bert_trust_is_where_the_llm_stops_to_pay() -> None:
    """Where the LLM writes words, it is believed below the confidence from which BERT knows better."""
    pairs = [
        pair(
            gold, *((bert(gold, 0.8), said(other(gold))) if at % 2 else (bert(other(gold), 0.4), said(gold)))
        )
        for at, gold in enumerate(GOLDS)
    ]
    found = fitted(pairs)
    assert (0.6, 1.0) == (found.policy.bert_trust, found.accuracy.value)
    assert {"bert_floor", "bert_weight", "llm_weight", "offsets"} == set(found.kept)


def test_what_the_data_say_nothing_about_stays() -> None:
    """With scores from both everywhere, floor and trust keep their numbers, and so does the tie label."""
    found = fitted(PERFECT)
    assert ("bert_floor", "bert_trust") == found.kept
    for name in (*found.kept, "tie_label"):
        assert getattr(POLICY, name) == getattr(found.policy, name)


@pytest.mark.slow
def test_the_same_again() -> None:
    """A fit repeats exactly. Another seed deals other folds, and the numbers are the same."""
    assert fitted(PERFECT) == fitted(PERFECT)
    assert fitted(PERFECT).policy == fitted(PERFECT, seed=1).policy
    assert not np.array_equal(deal(PERFECT, 5, 0), deal(PERFECT, 5, 1))


def test_accuracy_is_that_of_the_decisions_out_of_fold() -> None:
    """The share of right out-of-fold decisions, with an interval around it."""
    found = fitted([pair(g, bert(b, 0.6), MIXED) for g, b in zip(GOLDS, GUESSED, strict=True)])
    accuracy = found.accuracy
    assert accuracy.value == right(PERFECT, found.results).mean()
    assert 0 < accuracy.low < accuracy.value < accuracy.high < 1


def test_a_fold_is_decided_by_the_others() -> None:
    """Each fold's policy sees the other folds only, and every result stands in its pair's place."""
    fold_of = deal(PERFECT, 5, 0)
    seen: list[list[GoldPair]] = []

    def remember(others: list[GoldPair]) -> Policy:
        seen.append(others)
        return POLICY

    results = out_of_fold(PERFECT, fold_of, remember, decide)
    expected = [[PERFECT[at] for at in range(N) if fold_of[at] != fold] for fold in range(5)]
    assert expected == seen
    assert decide(PERFECT, POLICY) == results


GAINS = st.lists(
    st.builds(Gain, st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]), st.sampled_from([-1.0, 0.0, 1.0])),
    max_size=12,
)


@examples(200)
@given(GAINS)
def test_no_cut_is_better(gains: list[Gain]) -> None:
    """No other threshold gains more; of those that gain as much, the lowest is taken."""

    def total(cut: float) -> float:
        return sum(gain.gain for gain in gains if gain.confidence < cut or cut == 1.0)

    cuts = [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0]
    best = max(map(total, cuts))
    found = best_cut(gains)
    assert best == total(found)
    assert all(total(cut) < best for cut in cuts if cut < found and _parts(cut, found, gains))


def _parts(lower: float, upper: float, gains: list[Gain]) -> bool:
    return any(lower <= gain.confidence < upper for gain in gains)


@pytest.mark.parametrize("lacking", [[], [1], [0, 1]])
def test_the_weights_are_the_most_probable(lacking: list[int]) -> None:
    """By the policy's own combination, no near-by weights explain the gold labels better.

    Also where BERT's checkpoint does not have some of the labels: its zero is not a very small share.
    """
    numbers = np.random.default_rng(0)
    p = numbers.dirichlet([1, 1, 1], size=(150, 2))  # pairs, sides, labels
    gold = [int(np.argmax(row[0] * row[1] ** 0.5 * numbers.gumbel(1, 0.3, 3).clip(0.1))) for row in p]
    p[:, 0, lacking] = 0.0
    p[:, 0] /= p[:, 0].sum(axis=1, keepdims=True)

    def surprise(found: Sequence[float]) -> float:
        bert_weight, llm_weight = found
        total = sum(value**2 for value in (bert_weight - 1, llm_weight)) / 2
        for sides, right_one in zip(p, gold, strict=True):
            left, rest = (dict(zip(LABELS, side, strict=True)) for side in sides)
            total -= math.log(combine(left, rest, bert_weight, llm_weight)[LABELS[right_one]])
        return total

    logs = np.log(np.maximum(p, SMALLEST)).transpose(0, 2, 1)
    found = most_probable(logs, np.eye(3)[gold], p[:, 0] > 0)
    for at in range(2):
        for step in (-0.01, 0.01):
            assert surprise(list(found)) < surprise([*found[:at], found[at] + step, *found[at + 1 :]])


def _calls(policy: Policy, unseen: Sequence[GoldPair]) -> tuple[float, float]:
    """Give the share of texts that go to the LLM, and what that brings in accuracy."""
    results = decide(unseen, policy)
    alone = right(unseen, decide(unseen, skipping_above(0.0, policy)))
    asked = [decided_by(result) != "bert:confident" for result in results]
    return float(np.mean(asked)), float(right(unseen, results).mean() - alone.mean())


@pytest.mark.slow
@pytest.mark.parametrize("sees", [0.0, 0.575])
def test_an_llm_that_brings_nothing_is_hardly_asked(sees: float) -> None:
    """One that guesses, and one that is often right (.53) but knows nothing that BERT does not."""
    unseen = simulated(3000, 100, llm_sees=sees)
    for seed in range(4):
        policy, _ = fit_once(simulated(600, seed, llm_sees=sees), POLICY, LABELS, Plan())
        assert _calls(policy, unseen)[0] < 0.01


@pytest.mark.slow
def test_an_llm_that_helps_is_asked() -> None:
    """Better than BERT, and by other knowledge: every fit asks, and is worth it."""
    unseen = simulated(3000, 100, llm_sees=1.6)
    for seed in range(4):
        policy, _ = fit_once(simulated(600, seed, llm_sees=1.6), POLICY, LABELS, Plan())
        calls, gain = _calls(policy, unseen)
        assert calls > 0.2
        assert gain > 0.05


@pytest.mark.slow
def test_no_file_pays_for_another() -> None:
    """On one file the LLM helps, on the other it names another label than it means: nobody is asked."""
    harmed = [
        row._replace(gold=turned[row.gold], bert=answered(row, turned))
        for turned in [{label: other(label) for label in LABELS}]
        for row in simulated(600, 1, llm_sees=1.6, data="b.json")
    ]
    policy, _ = fit_once(simulated(600, 0, llm_sees=1.6) + harmed, POLICY, LABELS, Plan())
    assert 0.0 == policy.skip_llm_above


def answered(row: GoldPair, turned: dict[str, str]) -> Answer:
    """Let BERT say the label that another stands for, as sure as it was."""
    outcome = row.bert.outcome
    assert isinstance(outcome, Verdict)
    assert outcome.scores
    scores = {turned[label]: p for label, p in outcome.scores.items()}
    return Answer(row.bert.raw, replace(outcome, label=turned[outcome.label], scores=scores))


@pytest.mark.slow
def test_with_several_files_each_is_decided_by_the_others() -> None:
    """The fit says so, and how often; of one file, texts are held out."""
    files = [row._replace(data=data) for data in ("a.json", "b.json") for row in [*PERFECT, *PERFECT]]
    found = fitted(files)
    assert ("files", 2) == (found.held_out, found.folds)
    assert ("texts", 5) == (fitted(PERFECT).held_out, fitted(PERFECT).folds)
