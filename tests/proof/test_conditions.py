"""Conditions to switch, from figures by hand: what holds, what does not, what is not shown."""

import tomllib

import pytest

from polarity.contract import load_contract
from polarity.errors import RecordError
from polarity.promotion.gates import check_bounds
from polarity.proof.conditions import Findings, Money, advised, conditions, gates
from polarity.proof.dealing import dealt
from polarity.records import GoldRow, Record
from polarity.statistics.gates import parsed_all
from polarity.statistics.intervals import Interval
from polarity.training.learning_curve import LearningCurve, Point
from polarity.tuning.policy_worth import Worth

WORSE, EVEN, BETTER = Interval(-0.05, -0.08, -0.02), Interval(0.0, -0.03, 0.03), Interval(0.03, 0.01, 0.05)


def _worth(who: str, accuracy: float, share: float, difference: Interval | None) -> Worth:
    return Worth(
        data="judged",
        who=who,
        n=800,
        accuracy=accuracy,
        macro_f1=accuracy,
        llm_share=share,
        difference=difference,
        against_llm=None,
    )


def _found(llm: Interval, both: Interval, *, price: float | None = 2.0) -> Findings:
    points = (
        Point(500, {"d": 0.7}, {"d": 0.65}, 1.0),
        Point(1000, {"d": 0.75}, {"d": 0.7}, 2.0),
    )
    return Findings(
        worth={
            "bert": _worth("bert", 0.8, 0.0, None),
            "llm": _worth("llm", 0.8 + llm.value, 1.0, llm),
            "both": _worth("both", 0.8 + both.value, 0.25, both),
        },
        agreement={"llm": 0.75, "both": 0.92},
        cost=Money(120.0, price),
        curve=LearningCurve(points=points, options={}, origin={}),
    )


@pytest.mark.parametrize(
    ("llm", "both", "expected"),
    [
        (WORSE, EVEN, "bert"),
        (EVEN, EVEN, "bert"),
        (WORSE, BETTER, "both"),
        (Interval(0.06, 0.03, 0.09), BETTER, "llm"),
        (BETTER, Interval(0.05, 0.03, 0.07), "both"),
    ],
)
def test_the_dearer_is_advised_only_where_it_is_shown_to_be_better(
    llm: Interval, both: Interval, expected: str
) -> None:
    """Even is not enough: then the classifier answers."""
    assert expected == advised(_found(llm, both))


def test_each_condition_holds_or_not() -> None:
    """Beats words, more labels bring five points, the LLM alone is worse, both better, at so much a label."""
    found = {condition.what: condition for condition in conditions(_found(WORSE, BETTER))}

    assert ["yes", "no", "no", "yes", "not shown"] == [condition.holds for condition in found.values()]
    assert (
        "a thousand texts cost 0.50; each label more that is right costs 0.017"
        == found["both are worth their money"].found
    )


def test_without_prices_nothing_is_said_of_money() -> None:
    """What nobody knows is not guessed, and no gate is proposed on it."""
    found = _found(WORSE, BETTER, price=None)

    assert "both are worth their money" not in [condition.what for condition in conditions(found)]
    assert "cost_thousand" not in "".join(gates(found))


def test_the_gates_that_are_proposed_are_gates() -> None:
    """They can be copied into the settings, and promote takes them."""
    settings = tomllib.loads("\n".join(gates(_found(WORSE, BETTER))))

    assert "both" == settings["shadow"]["backend"]
    promotion = settings["promotion"]
    assert "agreement=0.87" in promotion["fail_under"]
    check_bounds(parsed_all(promotion["fail_under"], promotion["fail_over"]), load_contract().labels)


def test_no_text_is_both_trained_on_and_judged_by() -> None:
    """A text that stands there several times is dealt out once."""
    texts = [f"text {at % 500}" for at in range(1500)]
    rows = [GoldRow(Record(text=text, id=str(at), line=at), "AB"[at % 2]) for at, text in enumerate(texts)]

    found = dealt(rows, 200)

    trained, judged = ({row.record.text for row in part} for part in found)
    assert set() == trained & judged
    assert (300, 200) == (len(found.train), len(found.judged))
    assert found == dealt(rows, 200)


@pytest.mark.parametrize(("n", "judged"), [(399, 200), (1000, 199)])
def test_too_few_rows_are_refused(n: int, judged: int) -> None:
    """A policy needs 200 texts, and training as many."""
    rows = [GoldRow(Record(text=str(at), id=str(at), line=at), "A") for at in range(n)]

    with pytest.raises(RecordError, match="different texts"):
        dealt(rows, judged)
