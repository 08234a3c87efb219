"""Gates on pass rates."""

import pytest

from polarity.checklist import Case, Findings, check_bounds, judge, sides_of
from polarity.errors import SettingsError
from polarity.statistics.gates import parsed

from .helpers import LATE, SMALL, found, result, verdict

BROKEN, ANOTHER, _ = SMALL.tests


def findings(right: int, wrong: int, late: int = 0, same: int = 0) -> Findings:
    """BERT on so many cases of `broken`, and on `same` right ones of `another-name`."""
    verdicts = [verdict("NEGATIVE")] * right + [verdict("NEUTRAL")] * wrong
    said = [*(result(bert=one) for one in verdicts), *[result(bert=LATE)] * late]
    results = {str(at): one for at, one in enumerate(said)}
    cases = [Case(BROKEN, (text,)) for text in results]
    results |= {"a": result(bert=verdict("NEUTRAL")), "b": result(bert=verdict("NEUTRAL"))}
    return found([*cases, *[Case(ANOTHER, ("a", "b"))] * same], results, "bert")


@pytest.mark.parametrize(
    ("bound", "status", "reason"),
    [
        ("pass_rate.bert=0.95", "passed", "pass_rate.bert 0.9500 is within 0.9500"),
        ("pass_rate.bert=0.96", "failed", "pass_rate.bert 0.9500 is under 0.9600"),
        ("pass_rate.bert.all=0.95", "passed", "pass_rate.bert.all 0.9500 is within 0.9500"),
        ("pass_rate.bert.MFT=0.9", "passed", "pass_rate.bert.MFT 0.9000 is within 0.9000"),
        ("pass_rate.bert.vocabulary=0.91", "failed", "pass_rate.bert.vocabulary 0.9000 is under 0.9100"),
        ("pass_rate.bert.another-name=1", "passed", "pass_rate.bert.another-name 1.0000 is within 1.0000"),
    ],
)
def test_a_floor(bound: str, status: str, reason: str) -> None:
    """Of the whole suite, a kind, a capability or a test; the value itself is kept."""
    gate = judge(findings(90, 10, same=100), [parsed(bound, "under")])

    assert (status, reason) == (gate.status, gate.reason)


@pytest.mark.parametrize(
    ("known", "bound", "reason"),
    [
        (findings(99, 0), "pass_rate.bert=0.5", "pass_rate.bert rests on 99 cases, fewer than 100"),
        (
            findings(100, 0, same=29),
            "pass_rate.bert.INV=0.5",
            "pass_rate.bert.INV rests on 29 cases, fewer than 30",
        ),
        (findings(50, 0, 51), "pass_rate.bert=0.1", "bert gave no answer in 51 of 101 cases"),
        (
            findings(20, 0, 40, same=200),
            "pass_rate.bert.MFT=0.5",
            "pass_rate.bert.MFT: 40 of 60 cases got no answer",
        ),
    ],
)
def test_too_little_is_inconclusive(known: Findings, bound: str, reason: str) -> None:
    """Neither passed nor failed."""
    gate = judge(known, [parsed(bound, "under")])

    assert ("inconclusive", reason) == (gate.status, gate.reason)


def test_without_bounds_only_silence_is_inconclusive() -> None:
    """A few cases, tried by hand, are no failure; a backend that is down is."""
    assert "passed" == judge(findings(0, 3), []).status
    assert "passed" == judge(findings(1, 0, 1), []).status
    assert "inconclusive" == judge(findings(1, 0, 2), []).status


@pytest.mark.parametrize(
    ("bound", "problem"),
    [
        ("pass_rate.brt=1", r"no measure 'pass_rate\.brt'; known: pass_rate\.\(bert\|llm\|decision\)"),
        ("accuracy=1", r"no measure 'accuracy'; known: pass_rate\."),
        ("pass_rate.bert.negtion=1", r"no measure .*\[\.\(all\|MFT\|INV\|DIR\|vocabulary\|"),
        ("pass_rate.bert.=1", r"no measure 'pass_rate\.bert\.'; known: "),
        ("bert=1", "no measure 'bert'; it is pass_rate.bert$"),
        ("llm.negation=1", r"no measure 'llm\.negation'; it is pass_rate\.llm\.negation$"),
    ],
)
def test_an_unknown_bound_is_refused(bound: str, problem: str) -> None:
    """A typing error must not pass a gate; where only the order or the measure is missing, it is named."""
    with pytest.raises(SettingsError, match=problem):
        check_bounds([parsed(bound, "under")], SMALL, sides_of(["bert", "llm"]))


def test_a_side_that_is_not_asked_is_refused() -> None:
    """Under `--backend bert` nobody else can be held against a bound."""
    check_bounds([parsed("pass_rate.bert.denied=1", "under")], SMALL, ["bert"])
    with pytest.raises(SettingsError, match=r"no measure 'pass_rate\.llm'; known: pass_rate\.\(bert\)"):
        check_bounds([parsed("pass_rate.llm=1", "under")], SMALL, ["bert"])
