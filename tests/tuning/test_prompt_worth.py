"""What a way of asking is worth, from results that are made up."""

from polarity.contract import mapper
from polarity.policy import decide_alone
from polarity.tuning.prompt_worth import Asked, Said, flips, spreads, worth
from polarity.types import Answer, RawOutput, Result
from tests.synthetic import CONTRACT, LATE, MIXED, llm, said

OTHER_GOLD = ["POSITIVE", "POSITIVE", "NEUTRAL", "POSITIVE", "NEGATIVE", "NEUTRAL"]
ASKED = Asked(name="small.toml", contract=CONTRACT, api="chat", strategy="score", model="tiny")


def _result(raw: RawOutput) -> Result:
    return decide_alone("llm", Answer(raw, mapper.map(raw, CONTRACT)))


def _said(gold: list[str], raws: list[RawOutput], other_gold: list[str] = OTHER_GOLD) -> Said:
    others = [_result(llm("POSITIVE", p)) for p in (0.95, 0.9, 0.8, 0.6, 0.5, 0.55)]
    return Said(gold, [_result(raw) for raw in raws], other_gold, others, [_result(MIXED)])


def test_texts_without_a_verdict_count() -> None:
    """An abstention and a late answer are wrong; coverage and calibration are of what has scores."""
    raws: list[RawOutput] = [llm("NEGATIVE", 0.9), MIXED, LATE, said("NEUTRAL")]
    found = worth(ASKED, "d.jsonl", _said(["NEGATIVE", "NEGATIVE", "NEUTRAL", "NEUTRAL"], raws), 2.0)

    assert (4, 1, 0.5, 0.5) == (found.n, found.failures, found.accuracy.value, found.verdict_rate)
    assert (1.0, 0.0, 2.0) == (found.coverage, found.prompt_tokens, found.texts_per_s)
    assert ("NEGATIVE", -0.25) == found.label_bias
    assert ["batch", "fitted"] == [one.form for one in found.calibrated]
    assert {0.5} == {one.accuracy for one in found.calibrated}


def test_a_batch_reads_no_gold() -> None:
    """Whatever the other rows are labelled, the offsets of the batch are the same; fitted ones are not."""
    raws: list[RawOutput] = [llm("POSITIVE", 0.5)]
    other = ["POSITIVE", "NEUTRAL", "POSITIVE", "NEGATIVE", "POSITIVE", "NEUTRAL"]
    one, two = (
        worth(ASKED, "d.jsonl", _said(["NEGATIVE"], raws, gold), None) for gold in (OTHER_GOLD, other)
    )
    assert one.after("batch") == two.after("batch")
    assert one.after("fitted") != two.after("fitted")


def test_labels_that_nobody_has_fit_nothing() -> None:
    """Of other rows that are all of one label, there is a batch and no fit."""
    made = _said(["POSITIVE"], [llm("POSITIVE", 0.5)], other_gold=["POSITIVE"] * 6)
    assert ["batch"] == [one.form for one in worth(ASKED, "d.jsonl", made, None).calibrated]


def test_the_spread_is_taken_file_by_file() -> None:
    """The best less the worst; one way alone has none."""
    right = _said(["POSITIVE"] * 2, [llm("POSITIVE", 0.9)] * 2)
    half = _said(["POSITIVE", "NEGATIVE"], [llm("POSITIVE", 0.9)] * 2)
    rows = [worth(ASKED, data, made, None) for data, made in (("a", right), ("a", half), ("b", half))]
    assert [("a", 0.5)] == [(one.data, one.difference) for one in spreads(rows)]


def test_a_lost_label_flips_too() -> None:
    """Between two labels, and between a label and none; two that have none are alike."""
    there = [_result(raw) for raw in (said("NEGATIVE"), said("NEGATIVE"), MIXED, LATE)]
    back = [_result(raw) for raw in (said("NEGATIVE"), said("NEUTRAL"), said("NEUTRAL"), MIXED)]
    found = flips(ASKED, "d.jsonl", there, back)
    assert (4, 0.5) == (found.n, found.share.value)
    assert found.share.low < 0.5 < found.share.high


def test_a_way_says_what_it_is() -> None:
    """In one line, and as plain values."""
    assert "small.toml, chat, score, tiny" == str(ASKED)
    assert ("small", "1.2.3", CONTRACT.ref.sha256) == tuple(ASKED.as_json()["contract"].values())
