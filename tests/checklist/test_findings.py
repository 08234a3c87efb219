"""Judged cases, counted."""

import json

import pytest

from polarity.checklist import expand, find
from polarity.statistics.intervals import wilson
from polarity.types import Result

from .helpers import LATE, SMALL, found, result, verdict

CASES = expand(SMALL)
GOOD, BAD = verdict("POSITIVE"), verdict("NEGATIVE")


def _result(text: str) -> Result:
    """BERT calls all that broke NEGATIVE; the LLM only kettles, and it does not know Wei."""
    bert = BAD if "broke" in text else GOOD
    llm = LATE if "Wei" in text else BAD if "kettle broke" in text else GOOD
    return result(bert=bert, llm=llm)


FOUND = found(CASES, {text: _result(text) for case in CASES for text in case.texts}, "bert", "llm")


def test_parts_go_from_the_whole_to_each_test() -> None:
    """In the suite's order, with the cases of each."""
    assert [
        ("all", "all", 16),
        ("kind", "MFT", 9),
        ("kind", "INV", 4),
        ("kind", "DIR", 3),
        ("capability", "vocabulary", 9),
        ("capability", "names", 4),
        ("capability", "negation", 3),
        ("test", "broken", 9),
        ("test", "another-name", 4),
        ("test", "denied", 3),
    ] == [(part.level, part.name, part.n) for part in FOUND.parts]


def test_pass_rates_of_each_side() -> None:
    """Passed, unanswered, and the share with Wilson's interval."""
    bert, llm, decision = (FOUND.at("test")[0].rates[side] for side in FOUND.sides)

    assert (9, 0, wilson(9, 9)) == (bert.passed, bert.unanswered, bert.share)
    assert (1, 3, wilson(1, 9)) == (llm.passed, llm.unanswered, llm.share)
    assert 9 == decision.passed


def test_the_difference_is_the_second_less_the_first() -> None:
    """Over the same cases; one backend has none."""
    difference = FOUND.at("test")[0].difference

    assert difference is not None
    assert -8 / 9 == pytest.approx(difference.value)
    assert difference.low < difference.value < difference.high < 0
    assert None is found(CASES[:1], {CASES[0].texts[0]: result(bert=BAD)}, "bert").whole.difference


def test_groups_tell_who_passes_where_the_other_fails() -> None:
    """All cases but those that both pass; each once."""
    assert {"bert passes, llm fails": 12, "bert fails, llm passes": 0, "bert fails, llm fails": 0} == {
        group.title: len(group.cases) for group in FOUND.groups
    }
    assert ["llm fails"] == [
        group.title for group in found(CASES[:1], {CASES[0].texts[0]: result(llm=GOOD)}, "llm").groups
    ]


def test_shown_cases_are_spread_over_the_tests() -> None:
    """One of each test before a second of any, in the suite's order."""
    group = FOUND.groups[0]

    assert ["broken", "broken", "another-name"] == [judged.test.name for judged in group.spread(3)]
    assert [] == group.spread(0)
    assert list(group.cases) == group.spread(100)


def test_json_has_every_case() -> None:
    """With what was expected, said and passed, as plain values."""
    content = json.loads(json.dumps(FOUND.as_json()))

    assert 16 == len(content["cases"])
    assert ["NEGATIVE"] == content["cases"][0]["expected"]
    assert {"label": "POSITIVE", "never": "rises", "tolerance": 0.1} == content["cases"][-1]["expected"]
    assert {"bert", "llm", "decision"} == set(content["cases"][0]["said"])
    assert 12 == content["groups"]["bert passes, llm fails"]


def test_nothing_judged_is_an_error() -> None:
    """There is no share of nothing."""
    with pytest.raises(ValueError, match="nothing was judged"):
        find([], ["bert"])
