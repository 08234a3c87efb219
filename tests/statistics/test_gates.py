"""Bounds as they are typed, and the measures that there are."""

import math

import pytest

from polarity.errors import SettingsError
from polarity.statistics.gates import CALIBRATION, Bound, Measure, Measured, check_known, held, parsed

KNOWN = [
    Measured("kappa", (-1.0, 1.0)),
    Measured("unmapped", sides=("bert", "v1.2")),
    Measured("f1", parts=("NEGATIVE", "POSITIVE"), whole=False),
    Measured("pass_rate", sides=("bert", "v1.2"), parts=("negation",)),
    Measured("ece", parts=("reviews/dev.jsonl",)),
    Measured("nll", CALIBRATION["nll"]),
]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("accuracy", r"'accuracy' is not MEASURE\[.SIDE\]\[.PART\]=VALUE"),
        ("accuracy=high", "'accuracy=high' has no number behind the ="),
        ("accuracy=nan", "'accuracy=nan' has no number behind the ="),
    ],
)
def test_another_form_is_refused(text: str, problem: str) -> None:
    """The option and its value are named; NaN, which nothing is under, is no value."""
    with pytest.raises(SettingsError, match=f"--fail-under {problem}"):
        parsed(text, "under")


@pytest.mark.parametrize(
    "text",
    [
        "kappa=-1",
        "unmapped.bert=0.1",
        "unmapped.v1.2=0.1",
        "f1.NEGATIVE=0.5",
        "pass_rate.bert=0.8",
        "pass_rate.v1.2.negation=0.8",
        "ece=0.1",
        "ece.reviews/dev.jsonl=0.1",
        "nll=7",
    ],
)
def test_measure_then_side_then_part(text: str) -> None:
    """A side where there are sides, a part where there are parts; names may hold dots and slashes."""
    check_known([parsed(text, "under")], KNOWN)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("f1=0.5", "no measure 'f1'; it is f1.NEGATIVE or f1.POSITIVE"),
        ("unmapped=0.5", "no measure 'unmapped'; it is unmapped.bert or unmapped.v1.2"),
        ("bert=0.5", "no measure 'bert'; it is unmapped.bert or pass_rate.bert"),
        ("bert.negation=0.5", "no measure 'bert.negation'; it is pass_rate.bert.negation"),
        ("bert.unmapped=0.5", "no measure 'bert.unmapped'; it is unmapped.bert"),
        ("pass_rate.llm=0.5", "no measure 'pass_rate.llm'; known: pass_rate.(bert|v1.2)[.(negation)]"),
        ("f1.BAD=0.5", "no measure 'f1.BAD'; known: f1.(NEGATIVE|POSITIVE)"),
        (
            "kapa=0.5",
            (
                "no measure 'kapa'; known: kappa, unmapped.(bert|v1.2), f1.(NEGATIVE|POSITIVE), "
                "pass_rate.(bert|v1.2)[.(negation)], ece[.(reviews/dev.jsonl)], nll"
            ),
        ),
    ],
)
def test_an_unknown_name_is_refused(text: str, problem: str) -> None:
    """The measure with the same words is named, in the one order there is; else all that are known."""
    with pytest.raises(SettingsError) as refused:
        check_known([parsed(text, "over")], KNOWN)

    assert f"--fail-over: {problem}" == str(refused.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kappa=-1.5", "--fail-under kappa=-1.5: kappa is between -1 and 1"),
        ("f1.POSITIVE=80", "--fail-under f1.POSITIVE=80: f1.POSITIVE is between 0 and 1"),
        ("nll=-1", "--fail-under nll=-1: nll is at least 0"),
    ],
)
def test_a_value_out_of_range_is_refused(text: str, problem: str) -> None:
    """A gate that nothing can fail, or pass, is a typing error."""
    with pytest.raises(SettingsError, match=problem):
        check_known([parsed(text, "under")], KNOWN)


@pytest.mark.parametrize(
    ("found", "status", "reason"),
    [
        (Measure(0.5, 100), "passed", "f1 0.5000 is within 0.5000"),
        (Measure(math.nextafter(0.5, 0), 100), "failed", "f1 0.5000 is under 0.5000"),
        (Measure(0.9, 99), "inconclusive", "f1 rests on 99 rows, fewer than 100"),
        (Measure(0.9, 30, fewest=30), "passed", "f1 0.9000 is within 0.5000"),
        (Measure(0.9, 1), "inconclusive", "f1 rests on 1 row, fewer than 100"),
        (Measure(0.9, 29, fewest=30), "inconclusive", "f1 rests on 29 rows, fewer than 30"),
        (Measure(None, 0), "inconclusive", "f1 is undefined for these rows"),
    ],
)
def test_a_bound_is_held(found: Measure, status: str, reason: str) -> None:
    """The value itself is kept; a measure says how many rows it wants."""
    gate = held(Bound("f1", 0.5, "under"), found, rows="rows")

    assert (status, reason) == (gate.status, gate.reason)
