"""Trying a policy: by the decisions that the classifier would make, on the same texts for every side."""

from dataclasses import replace
from pathlib import Path

import pytest

from polarity.comparison import Pair
from polarity.errors import RecordError
from polarity.policy import decide_both
from polarity.tuning.policy_worth import (
    SHARES,
    GoldPair,
    alone,
    compare,
    decide,
    gold_pairs,
    losing,
    measured_by_file,
    skipping_above,
    sweep,
)
from tests.synthetic import CONTRACT, LABELS, LATE, bert, golds, llm, other, pair, said

POLICY = CONTRACT.policy
GOLDS = golds(120)
# BERT is right from 0.7 on, the LLM always: which text BERT is sure of does not depend on its label.
SURE = [0.5 + 0.4 * (at * 7 % 120) / 120 for at in range(120)]
PAIRS = [
    pair(gold, bert(gold if p >= 0.7 else other(gold), p), llm(gold, 0.99), data=data)
    for gold, p, data in zip(GOLDS, SURE, ["a.json", "b.json", "b.json", "b.json"] * 30, strict=True)
]


def test_decisions_are_the_classifiers() -> None:
    """A pair is decided as the classifier decides it when it has asked both."""
    assert [decide_both(row.bert, row.llm, POLICY) for row in PAIRS] == decide(PAIRS, POLICY)


def test_each_side_on_each_file_and_on_all() -> None:
    """BERT, the LLM and both, on each file in its order, and then pooled."""
    found = compare(PAIRS, skipping_above(0.7, POLICY), LABELS)
    names = [(data, who) for data in ("a.json", "b.json", "all") for who in ("bert", "llm", "both")]
    assert names == [(row.data, row.who) for row in found]
    assert [30] * 3 + [90] * 3 + [120] * 3 == [row.n for row in found]
    by_bert, by_llm, by_both = found[-3:]
    assert [0.5, 1.0, 1.0] == [by_bert.accuracy, by_llm.accuracy, by_both.accuracy]
    assert [0.0, 1.0, 0.5] == [by_bert.llm_share, by_llm.llm_share, by_both.llm_share]
    assert (0.5, 1.0) == (pytest.approx(by_bert.macro_f1, abs=0.01), by_both.macro_f1)
    assert by_bert.difference is None
    assert by_both.difference is not None
    assert by_both.difference.low < 0.5 == by_both.difference.value < by_both.difference.high


def test_one_file_is_not_pooled() -> None:
    """The pooled rows of one file would be the same again."""
    assert ["a.json"] * 3 == [row.data for row in compare(PAIRS[::4], POLICY, LABELS)]


def test_no_verdict_is_wrong() -> None:
    """An LLM that never answers is right about nothing; its share is still of texts that went to it."""
    _, by_llm = alone([pair(gold, bert(gold, 0.9), LATE) for gold in GOLDS], LABELS)
    assert (0.0, 0.0, 1.0) == (by_llm.accuracy, by_llm.macro_f1, by_llm.llm_share)


def test_a_text_without_bert_goes_to_the_llm() -> None:
    """Where BERT failed, nobody can be confident: the text went to the LLM."""
    both = compare([pair(gold, LATE, said(gold)) for gold in GOLDS], POLICY, LABELS)[-1]
    assert (1.0, 1.0) == (both.llm_share, both.accuracy)


def test_the_sweep_sends_the_least_sure_first() -> None:
    """The share asked for goes; accuracy rises from BERT's own until all the texts it is wrong on went."""
    points = sweep(PAIRS, POLICY, LABELS)
    assert SHARES == tuple(point.share for point in points)
    assert [0, 0.05, 0.1, 0.25, 0.5, 0.75, 1] == [point.measured.llm_share for point in points]
    expected = [0.5, 0.55, 0.6, 0.75, 1.0, 1.0, 1.0]
    assert expected == pytest.approx([point.measured.accuracy for point in points])
    assert points[-1].skip_llm_above is None
    assert pytest.approx(0.7) == points[4].skip_llm_above


def test_equally_sure_texts_go_together() -> None:
    """No threshold parts texts of one confidence: the share is what went, not what was asked for."""
    points = sweep([pair(gold, bert(gold, 0.8), llm(gold, 0.9)) for gold in GOLDS], POLICY, LABELS)
    assert [0.0] * 6 + [1.0] == [point.measured.llm_share for point in points]


def test_gold_pairs_go_by_the_backends_names() -> None:
    """Which side of a report BERT was on does not matter."""
    result = decide_both(PAIRS[0].bert, PAIRS[0].llm, POLICY)
    turned = Pair(id="7", text="", gold="NEUTRAL", left=PAIRS[0].llm, right=PAIRS[0].bert, result=result)
    expected = [GoldPair("x.json", "NEUTRAL", PAIRS[0].bert, PAIRS[0].llm)]
    assert expected == gold_pairs([turned], Path("folder/x.json"))
    with pytest.raises(RecordError, match=r"x\.json: no gold label for text '7'"):
        gold_pairs([replace(turned, gold=None)], Path("x.json"))


def test_where_both_lose_is_said() -> None:
    """Against the better backend of that file, where it is more than half a point."""
    pairs = [pair(gold, bert(gold, 0.6), llm(other(gold), 0.99), data="a.json") for gold in GOLDS]
    pairs += [pair(gold, bert(gold, 0.96), llm(gold, 0.9), data="b.json") for gold in GOLDS]
    measured = compare(pairs, POLICY, LABELS)
    expected = ["a.json: 100.0 points less than BERT alone", "all: 50.0 points less than BERT alone"]
    assert expected == losing(measured, "both")
    by_both = measured[2]
    assert by_both.against_llm is not None
    assert 0.0 == by_both.against_llm.value
    assert measured[1].against_llm is None


def test_each_way_to_decide_stands_beside_the_backends() -> None:
    """By its name, on each file and on all."""
    found = measured_by_file(PAIRS, {"one": decide(PAIRS, POLICY), "other": decide(PAIRS, POLICY)}, LABELS)
    assert ["bert", "llm", "one", "other"] * 3 == [row.who for row in found]
    assert found[-1].accuracy == found[-2].accuracy
