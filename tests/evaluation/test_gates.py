"""Gates on an assessment."""

import pytest

from polarity.errors import SettingsError
from polarity.evaluation import Assessment, assess, check_bounds, judge
from polarity.statistics.gates import parsed
from polarity.types import Decision, Result, Undecided

from .test_assessment import LABELS, SURE, WRONG, row, said

LATE = Undecided(reason="timeout", detail="")


def assessment(right: int, wrong: int, late: int = 0) -> Assessment:
    """So many rows of each kind, gold NEGATIVE."""
    results: list[Result] = [*[said(*SURE)] * right, *[said(*WRONG)] * wrong, *[LATE] * late]
    return assess([row("NEGATIVE")] * len(results), results, LABELS)


@pytest.mark.parametrize(
    ("floor", "status", "reason"),
    [
        ("accuracy=0.9", "passed", "accuracy 0.9000 is within 0.9000"),
        ("accuracy=0.91", "failed", "accuracy 0.9000 is under 0.9100"),
        ("recall.NEGATIVE = 0.9", "passed", "recall.NEGATIVE 0.9000 is within 0.9000"),
        ("recall.NEUTRAL=0.5", "inconclusive", "recall.NEUTRAL is undefined for these rows"),
    ],
)
def test_a_floor(floor: str, status: str, reason: str) -> None:
    """The value itself is kept; below it is a failure; what is undefined says nothing."""
    result = judge(assessment(90, 10), [parsed(floor, "under")])

    assert (status, reason) == (result.status, result.reason)


def _with_neutral(rows: int) -> Assessment:
    """So many right rows of gold NEUTRAL among two hundred."""
    golds = ["NEUTRAL"] * rows + ["NEGATIVE"] * (200 - rows)
    said_so = [said(0.1, 0.8, 0.1)] * rows + [said(*SURE)] * (200 - rows)
    return assess([row(gold) for gold in golds], said_so, LABELS)


@pytest.mark.parametrize("kind", ["precision", "recall", "f1"])
@pytest.mark.parametrize(("rows", "status"), [(1, "inconclusive"), (29, "inconclusive"), (30, "passed")])
def test_a_label_is_judged_on_its_own_rows(kind: str, rows: int, status: str) -> None:
    """Two hundred rows say little of a label that one of them has."""
    result = judge(_with_neutral(rows), [parsed(f"{kind}.NEUTRAL=0.5", "under")])

    assert status == result.status
    if status == "inconclusive":
        assert f"{kind}.NEUTRAL rests on {rows} rows, fewer than 30" == result.reason


def test_calibration_is_judged_on_the_rows_with_scores() -> None:
    """Three rows with scores measure no calibration, however many have none; accuracy is over all."""
    plain = Decision(label="NEGATIVE", decided_by="llm")
    found = assess([row("NEGATIVE")] * 200, [*[said(*SURE)] * 3, *[plain] * 197], LABELS)
    result = judge(found, [parsed("ece=0.5", "over")])

    assert ("inconclusive", "ece rests on 3 rows, fewer than 100") == (result.status, result.reason)
    assert "passed" == judge(found, [parsed("accuracy=1", "under")]).status


def test_two_class_accuracy_is_judged_on_the_rows_of_two_classes() -> None:
    """A hundred and one NEUTRAL rows of two hundred leave it ninety-nine."""
    result = judge(_with_neutral(101), [parsed("two_class_accuracy=0.5", "under")])

    assert "two_class_accuracy rests on 99 rows, fewer than 100" == result.reason


def test_a_ceiling() -> None:
    """The calibration error may be 0.02 where it is 0.02, and no more."""
    found = assessment(90, 10)
    assert found.calibration is not None
    ece = found.calibration.ece

    assert "passed" == judge(found, [parsed(f"ece={ece}", "over")]).status
    assert "failed" == judge(found, [parsed(f"ece={ece - 0.001}", "over")]).status


def test_every_broken_bound_is_named() -> None:
    """Whoever reads the failure sees all of it."""
    bounds = [parsed("accuracy=0.95", "under"), parsed("brier=0.1", "over"), parsed("nll=9", "over")]
    result = judge(assessment(90, 10), bounds)

    assert result.reason.startswith("accuracy 0.9000 is under 0.9500; brier ")
    assert "nll" not in result.reason


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (assessment(99, 0), "accuracy rests on 99 rows, fewer than 100"),
        (assessment(0, 99), "accuracy rests on 99 rows, fewer than 100"),
        (assessment(50, 0, 51), "51 of 101 texts got no answer"),
    ],
)
def test_too_little_is_inconclusive(found: Assessment, reason: str) -> None:
    """Neither passed nor failed, whatever the measure is."""
    result = judge(found, [parsed("accuracy=0.5", "under")])

    assert ("inconclusive", reason) == (result.status, result.reason)


def test_without_bounds_a_few_rows_are_no_failure() -> None:
    """Who sets no gate is told the measures of three rows."""
    assert "passed" == judge(assessment(3, 0), []).status


def test_an_unknown_measure_is_refused() -> None:
    """It names those there are: a typing error must not pass a gate."""
    with pytest.raises(SettingsError, match=r"no measure 'acuracy'; known: accuracy, .*f1\.POSITIVE"):
        check_bounds([parsed("acuracy=0.5", "under")], LABELS)
