"""The policy: every branch as a row, and the combination of two distributions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity import policy as policy_module
from polarity.contract import Contract
from polarity.contract.mapper import map as map_raw
from polarity.contract.schema import Policy
from polarity.policy import (
    combine,
    decide,
    decide_alone,
    decide_both,
    decide_llm_first,
    is_confident,
    missing_reason,
    most_evidence,
)
from polarity.types import (
    Abstention,
    Answer,
    Completion,
    ContractRef,
    Decision,
    Failure,
    Known,
    Outcome,
    Scores,
    Undecided,
    Unmapped,
    Verdict,
)
from tests.properties import examples

REF = ContractRef("letters", "1.0.0", "0" * 64)
POLICY = Policy(
    skip_llm_above=0.9, bert_floor=0.5, bert_trust=0.7, bert_weight=1.0, llm_weight=1.0, tie_label="C"
)


def verdict(label: str, p: float | None = None) -> Verdict:
    """State a label; with p, over three labels of which the others share the rest."""
    scores = None if p is None else {name: p if name == label else (1 - p) / 2 for name in "ABC"}
    return Verdict(label=label, rule="exact/a", contract=REF, scores=scores)


def answer(outcome: Outcome) -> Answer:
    """Wrap an outcome; what was said does not matter to the policy."""
    return Answer(Failure(reason="internal"), outcome)


MIXED = Abstention(rule="abstain/mixed", contract=REF)
NEGATED = Unmapped(reason="negated", contract=REF)
LATE = Failure(reason="timeout", detail="200 ms")
DOWN = Failure(reason="connection", detail="refused")


@pytest.mark.parametrize(
    ("bert", "llm", "label", "decided_by", "confidence"),
    [
        (verdict("A", 0.95), None, "A", "bert:confident", 0.95),
        (verdict("A", 0.9), None, "A", "bert:confident", 0.9),
        (verdict("A", 0.9), verdict("B", 0.99), "A", "bert:confident", 0.9),
        (verdict("A", 0.95), LATE, "A", "bert:confident", 0.95),
        (verdict("A", 0.6), verdict("A"), "A", "agreement", 0.6),
        (verdict("A", 0.4), verdict("A", 0.9), "A", "agreement", 0.4),
        (verdict("A", 0.5), MIXED, "A", "bert:abstained", 0.5),
        (verdict("A", 0.6), NEGATED, "A", "bert:negated", 0.6),
        (verdict("A", 0.6), LATE, "A", "bert:timeout", 0.6),
        (verdict("A", 0.6), DOWN, "A", "bert:connection", 0.6),
        (verdict("A", 0.48), MIXED, "C", "tie", 0.26),
        (verdict("A", 0.48), NEGATED, "C", "tie", 0.26),
        (verdict("A", 0.48), LATE, "C", "tie", 0.26),
        (verdict("A", 0.7), verdict("B"), "A", "bert:trusted", 0.7),
        (verdict("A", 0.69), verdict("B"), "B", "llm:trusted", None),
        (verdict("A", 0.6), verdict("B", 0.98), "B", "combined", 49 / 51),
        (verdict("A", 0.8), verdict("B", 0.5), "A", "combined", 8 / 11),
        (MIXED, verdict("B", 0.6), "B", "llm:abstained", 0.6),
        (DOWN, verdict("B"), "B", "llm:connection", None),
        (verdict("A"), NEGATED, "C", "tie", None),
        (verdict("A"), verdict("B", 0.9), "B", "llm:trusted", 0.9),
    ],
)
def test_decide_both(
    bert: Outcome, llm: Outcome | None, label: str, decided_by: str, confidence: float | None
) -> None:
    """Each state of the two outcomes leads to one label, and to its own decided_by."""
    answers = {"bert": answer(bert)} | ({"llm": answer(llm)} if llm else {})
    result = decide_both(answers["bert"], answers.get("llm"), POLICY)
    assert isinstance(result, Decision)
    assert (label, decided_by) == (result.label, result.decided_by)
    assert confidence == pytest.approx(result.confidence)
    assert answers == result.answers
    if result.scores is not None:
        assert result.confidence == result.scores[result.label]


@pytest.mark.parametrize(
    ("bert", "llm", "reason", "detail"),
    [
        (DOWN, None, "unavailable", "connection: refused"),
        (DOWN, NEGATED, "unavailable", "connection: refused"),
        (LATE, DOWN, "timeout", "200 ms"),
        (NEGATED, LATE, "unmapped", "no rule accounts for the answer: negated"),
        (MIXED, MIXED, "abstained", "the model declined to choose (abstain/mixed)"),
    ],
)
def test_decide_both_without_any_verdict(
    bert: Outcome, llm: Outcome | None, reason: str, detail: str
) -> None:
    """Where neither gave a verdict there is no label, not even the tie's: the first backend's reason."""
    result = decide_both(answer(bert), answer(llm) if llm else None, POLICY)
    assert isinstance(result, Undecided)
    assert (reason, detail) == (result.reason, result.detail)


@pytest.mark.parametrize("name", ["bert", "llm"])
@pytest.mark.parametrize("p", [None, 0.4])
def test_decide_alone(name: str, p: float | None) -> None:
    """One backend's verdict is the decision, with its own probability or none; it is never invented."""
    only = answer(verdict("A", p))
    result = decide_alone(name, only)
    assert result == Decision(
        label="A", decided_by=name, confidence=p, scores=verdict("A", p).scores, answers={name: only}
    )


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(MIXED, "abstained"), (NEGATED, "unmapped"), (LATE, "timeout"), (DOWN, "unavailable")],
)
def test_decide_alone_undecided(outcome: Outcome, reason: str) -> None:
    """One backend without a verdict is an explicit Undecided that keeps the answer."""
    result = decide_alone("llm", answer(outcome))
    assert isinstance(result, Undecided)
    assert (reason, {"llm": answer(outcome)}) == (result.reason, result.answers)


@pytest.mark.parametrize(
    ("llm", "bert", "label", "decided_by"),
    [
        (verdict("A"), verdict("B", 0.99), "A", "llm"),
        (verdict("A"), DOWN, "A", "llm"),
        (MIXED, verdict("B", 0.34), "B", "bert:abstained"),
        (NEGATED, verdict("B", 0.34), "B", "bert:negated"),
        (LATE, verdict("B", 0.34), "B", "bert:timeout"),
        (NEGATED, DOWN, None, "unmapped"),
        (LATE, DOWN, None, "timeout"),
    ],
)
def test_decide_llm_first(llm: Outcome, bert: Outcome, label: str | None, decided_by: str) -> None:
    """The LLM decides; BERT stands in only where it gave no verdict; else the LLM's reason stands."""
    result = decide_llm_first(answer(llm), answer(bert))
    if isinstance(result, Decision):
        assert (label, decided_by) == (result.label, result.decided_by)
    else:
        assert (label, decided_by) == (None, result.reason)
    assert {"llm": answer(llm), "bert": answer(bert)} == result.answers


def test_every_decided_by_is_documented() -> None:
    """The module's docstring lists every value of decided_by that the tables above hold."""
    shown = {line.split("  ")[0] for line in (policy_module.__doc__ or "").split("\n") if "  " in line}
    used = {
        "bert",
        "llm",
        "bert:confident",
        "bert:certain",
        "agreement",
        "combined",
        "bert:trusted",
        "llm:trusted",
        "tie",
    }
    assert used | {"bert:<reason>", "llm:<reason>"} <= shown


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (verdict("A", 0.9), True),
        (verdict("A", 0.89), False),
        (verdict("A"), False),
        (MIXED, False),
        (DOWN, False),
    ],
)
def test_is_confident(outcome: Outcome, expected: bool) -> None:
    """At or above the threshold BERT is confident; without a probability it never is."""
    assert expected == is_confident(outcome, POLICY)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [(MIXED, "abstained"), (NEGATED, "negated"), (LATE, "timeout"), (DOWN, "connection")],
)
def test_missing_reason(outcome: Outcome, expected: str) -> None:
    """The reason of a missing verdict is one word."""
    assert expected == missing_reason(outcome)


def test_verdict_is_not_missing() -> None:
    """To ask for the reason of a verdict is the caller's mistake."""
    with pytest.raises(ValueError, match="not missing"):
        missing_reason(verdict("A"))


@pytest.mark.parametrize(
    ("left", "right", "weights", "expected"),
    [
        ([0.8, 0.2], [0.5, 0.5], (1.0, 1.0), [0.8, 0.2]),
        ([0.8, 0.2], [0.2, 0.8], (1.0, 1.0), [0.5, 0.5]),
        ([0.8, 0.2], [0.2, 0.8], (1.0, 0.0), [0.8, 0.2]),
        ([0.8, 0.2], [0.2, 0.8], (0.0, 1.0), [0.2, 0.8]),
        ([0.8, 0.2], [0.5, 0.5], (2.0, 1.0), [16 / 17, 1 / 17]),
        ([1 - 1e-9, 1e-9], [0.0, 1.0], (1.0, 1.0), [0.5, 0.5]),
        ([1 - 1e-9, 1e-9], [0.1, 0.9], (1.0, 1.0), [0.1 / (0.1 + 0.9e-6), 0.9e-6 / (0.1 + 0.9e-6)]),
    ],
)
def test_combine(
    left: list[float], right: list[float], weights: tuple[float, float], expected: list[float]
) -> None:
    """It is proportional to left^a * right^b; a zero counts as a millionth."""
    found = combine(dict(zip("AB", left, strict=True)), dict(zip("AB", right, strict=True)), *weights)
    assert expected == pytest.approx(list(found.values()))


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ({"A": 0.004, "B": 0.99, "C": 0.006}, {"A": 0.0035, "B": 0.99, "C": 0.0065}),
        ({"A": 0.4, "B": 0.35, "C": 0.25}, {"A": 0.369, "B": 0.35, "C": 0.281}),
        ({"A": 0.0, "B": 1.0, "C": 0.0}, {"A": 0.0, "B": 1.0, "C": 0.0}),
    ],
)
def test_a_label_that_the_classifier_does_not_have_is_the_others_to_say(
    right: dict[str, float], expected: dict[str, float]
) -> None:
    """A checkpoint of two classes is no evidence against the third label, nor for it."""
    found = combine({"A": 0.45, "B": 0.0, "C": 0.55}, right, 1.0, 1.0)
    assert expected == pytest.approx(found, abs=5e-4)


def test_a_label_that_the_classifier_does_not_have_can_be_the_decision() -> None:
    """The LLM's B stands where BERT, which knows A and C only, is in two minds."""
    scores = {"A": 0.45, "B": 0.0, "C": 0.55}
    bert = Verdict(label="C", rule="scores", contract=REF, scores=scores)
    result = decide_both(answer(bert), answer(verdict("B", 0.98)), POLICY)
    assert isinstance(result, Decision)
    assert ("B", "combined") == (result.label, result.decided_by)


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        ({}, [0.8, 0.2]),
        ({"B": math.log(4)}, [0.5, 0.5]),
        ({"A": -math.log(4)}, [0.5, 0.5]),
        ({"A": 3.0, "B": 3.0}, [0.8, 0.2]),
        ({"A": -1000.0}, [0.0, 1.0]),
    ],
)
def test_combine_with_offsets(offsets: dict[str, float], expected: list[float]) -> None:
    """An offset is added to its label's log-probability: the same for every label changes nothing."""
    found = combine({"A": 0.8, "B": 0.2}, {"A": 0.5, "B": 0.5}, 1.0, 1.0, offsets)
    assert expected == pytest.approx(list(found.values()))


def test_the_policys_offsets_decide() -> None:
    """Two verdicts that differ are combined with the contract's offsets: C, which both rank low, may win."""
    policy = POLICY.model_copy(update={"offsets": {"C": 2.0}})
    result = decide_both(answer(verdict("A", 0.5)), answer(verdict("B", 0.5)), policy)
    assert isinstance(result, Decision)
    assert ("C", "combined") == (result.label, result.decided_by)


GUARDED = POLICY.model_copy(update={"skip_llm_above": 1.0, "bert_certain": 0.8})


@pytest.mark.parametrize(
    ("bert", "llm", "label", "decided_by"),
    [
        (verdict("A", 0.8), verdict("B", 0.9999), "A", "bert:certain"),
        (verdict("A", 0.8), verdict("B"), "A", "bert:certain"),
        (verdict("A", 0.8), None, "A", "bert:certain"),
        (verdict("A", 0.8), LATE, "A", "bert:certain"),
        (verdict("A", 1.0), verdict("B", 1.0), "A", "bert:confident"),
        (verdict("A", 0.79), verdict("A", 0.9), "A", "agreement"),
        (verdict("A", 0.75), verdict("B", 0.9999), "A", "combined"),
        (verdict("A", 0.65), verdict("B", 0.9999), "B", "combined"),
    ],
)
def test_a_certain_bert_stands(bert: Outcome, llm: Outcome | None, label: str, decided_by: str) -> None:
    """Whatever the LLM says, and the LLM need not be asked; below, its evidence counts only up to there."""
    result = decide_both(answer(bert), answer(llm) if llm else None, GUARDED)
    assert isinstance(result, Decision)
    assert (label, decided_by) == (result.label, result.decided_by)
    assert is_confident(bert, GUARDED) == decided_by.startswith("bert:")


def test_an_llms_evidence_is_cut() -> None:
    """A probability of 0.9999 says no more than the one whose odds BERT's are at `bert_certain`."""
    sides = [verdict("B", p).scores for p in (0.9999, 0.99, 8 / 10)]
    bert = verdict("A", 0.6).scores
    assert bert
    found = [combine(bert, side, 1.0, 1.0, most=math.log(4)) for side in sides if side]
    assert found[0] == pytest.approx(found[1])
    assert found[0] != pytest.approx(combine(bert, sides[0] or {}, 1.0, 1.0))
    assert (0.6 * 1) / (0.2 * 4) == pytest.approx(found[0]["A"] / found[0]["B"])
    assert found[0] != found[2]


DISTRIBUTIONS = (
    st.lists(st.floats(0, 1), min_size=3, max_size=3)
    .filter(lambda ps: sum(ps) > 0)
    .map(lambda ps: {name: p / math.fsum(ps) for name, p in zip("ABC", ps, strict=True)})
)


@given(DISTRIBUTIONS, DISTRIBUTIONS, st.floats(0, 1000), st.floats(0, 1000))
def test_combination_is_a_distribution(
    left: dict[str, float], right: dict[str, float], left_weight: float, right_weight: float
) -> None:
    """Whatever the weights, the combination is over the same labels and sums to one."""
    found = combine(left, right, left_weight, right_weight)
    assert left.keys() == found.keys()
    assert 1.0 == pytest.approx(math.fsum(found.values()))
    assert all(0 <= p <= 1 for p in found.values())


@examples(300)
@given(
    DISTRIBUTIONS,
    DISTRIBUTIONS,
    st.floats(0.01, 5),
    st.floats(0, 50),
    st.dictionaries(st.sampled_from("ABC"), st.floats(-20, 20)),
    st.floats(0.51, 0.99),
    st.floats(0, 1),
)
def test_no_llm_overrules_a_certain_bert(
    bert: dict[str, float],
    llm: dict[str, float],
    bert_weight: float,
    llm_weight: float,
    offsets: dict[str, float],
    certain: float,
    skip: float,
) -> None:
    """For every distribution, weight and offset: at or above `bert_certain` BERT's label is the decision's.

    The combination alone would say so, too, but for a draw and for labels that BERT does not have.
    """
    policy = Policy(
        skip_llm_above=skip,
        bert_floor=1.0,
        bert_trust=1.0,
        bert_weight=bert_weight,
        llm_weight=llm_weight,
        offsets=offsets,
        bert_certain=certain,
        tie_label="C",
    )
    top = max(bert, key=bert.__getitem__)
    rest = math.fsum(p for name, p in bert.items() if name != top) or 1.0
    sure = {name: certain if name == top else (1 - certain) * (p / rest) for name, p in bert.items()}
    said = max(llm, key=llm.__getitem__)
    by_bert = answer(Verdict(label=top, rule="scores", contract=REF, scores=sure))
    by_llm = answer(Verdict(label=said, rule="scores", contract=REF, scores=llm))
    result = decide_both(by_bert, by_llm, policy)
    assert isinstance(result, Decision)
    assert top == result.label
    found = combine(sure, llm, bert_weight, llm_weight, offsets, most_evidence(policy))
    assert found[top] >= max(p for name, p in found.items() if sure[name]) - 1e-9


def test_bert_certain_needs_a_bert_that_counts() -> None:
    """With no weight for BERT nothing it is sure of could stand; a half is not certain, nor is all."""
    for numbers in ({"bert_weight": 0.0, "bert_certain": 0.9}, {"bert_certain": 0.5}, {"bert_certain": 1.0}):
        with pytest.raises(ValueError, match="bert_certain"):
            Policy.model_validate(POLICY.model_dump() | numbers)


@pytest.mark.parametrize(
    ("known", "detail"),
    [
        (Known(0.25, 1.0), "the classifier knows 25% of the text's tokens"),
        (Known(1.0, 0.25), "the classifier knows the script of 25% of the text's letters"),
        (Known(1.0, 1.0, "other"), "the text is in another language than the classifier was trained on"),
    ],
)
def test_what_a_classifier_cannot_read_is_no_decision(known: Known, detail: str, contract: Contract) -> None:
    """Below the contract's floor there is an explicit error that says what is not known; above, a label."""
    shares = {"negative": 0.1, "neutral": 0.1, "positive": 0.8}
    raw = Scores(probabilities=shares, source="softmax", known=known)
    outcome = map_raw(raw, contract)
    assert outcome == Unmapped(reason="unreadable", contract=contract.ref)
    found = decide("bert", {"bert": Answer(raw, outcome)}, contract.file.policy)
    assert isinstance(found, Undecided)
    assert (found.reason, found.detail) == ("unreadable", detail)


def test_the_llm_decides_what_a_classifier_cannot_read(contract: Contract) -> None:
    """Under both, its verdict counts, and `decided_by` says why."""
    shares = {"negative": 0.1, "neutral": 0.1, "positive": 0.8}
    raw = Scores(probabilities=shares, source="softmax", known=Known(0.25, 1.0))
    said = Completion(text="negative")
    answers = {"bert": Answer(raw, map_raw(raw, contract)), "llm": Answer(said, map_raw(said, contract))}
    assert not is_confident(answers["bert"].outcome, contract.policy)
    found = decide("both", answers, contract.policy)
    assert isinstance(found, Decision)
    assert (found.label, found.decided_by) == ("NEGATIVE", "llm:unreadable")
