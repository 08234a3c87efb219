"""Gates on an assessment, and on what another checkpoint changes."""

import pytest

from polarity.errors import SettingsError
from polarity.evaluation import Assessment, assess, check_bounds, judge
from polarity.evaluation.churn import churn
from polarity.evaluation.gates import check_churn_bounds, judge_churn
from polarity.statistics.counted import counted
from polarity.statistics.gates import parsed, parsed_all
from polarity.types import Decision, Result, Undecided

from .test_assessment import LABELS, SURE, WRONG, row, said
from .test_churn import records, results

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
        assert f"{kind}.NEUTRAL rests on {counted(rows, 'rows')}, fewer than 30" == result.reason


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
    with pytest.raises(SettingsError, match=r"no measure 'acuracy'; known: accuracy, .*f1\.\(.*POSITIVE\)"):
        check_bounds([parsed("acuracy=0.5", "under")], LABELS)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("." * 100, "." * 100, "inconclusive"),
        ("N" * 100, "." * 51 + "N" * 49, "inconclusive"),
        ("." * 26 + "N" * 74, "N" * 75 + "." * 25, "inconclusive"),
        ("." * 50 + "N" * 50, "." * 50 + "N" * 50, "passed"),
    ],
)
def test_where_more_than_half_got_no_label_nothing_is_judged(old: str, new: str, status: str) -> None:
    """No label twice is no flip, and no sameness either; a text that one side lacks counts once."""
    found = churn(records("N" * 100), results(old), results(new))
    judgement = judge_churn(found, parsed_all([], ["churn=1", "accuracy_drop=1"]))

    assert status == judgement.status == judge_churn(found, []).status
    if status == "inconclusive":
        assert f"{found.failures} of 100 texts got no label from one side or both" == judgement.reason


@pytest.mark.parametrize(
    ("golds", "over", "status", "reason"),
    [
        (
            "N" * 100,
            ("churn=0.1", "accuracy_drop=0.1"),
            "passed",
            "churn 0.1000 is within 0.1000; accuracy_drop 0.1000 is within 0.1000",
        ),
        ("N" * 100, ("churn=0.09",), "failed", "churn 0.1000 is over 0.0900"),
        ("N" * 100, ("accuracy_drop=0.09",), "failed", "accuracy_drop 0.1000 is over 0.0900"),
        ("P" * 100, ("accuracy_drop=0",), "passed", "accuracy_drop -0.1000 is within 0.0000"),
        ("N" * 100, ("accuracy.old=0.9",), "failed", "accuracy.old 1.0000 is over 0.9000"),
        ("N" * 100, ("accuracy.new=0.9",), "passed", "accuracy.new 0.9000 is within 0.9000"),
        (
            "N" * 50 + "." * 50,
            ("churn=0.05", "accuracy_drop=1"),
            "failed",
            "churn 0.1000 is over 0.0500; accuracy_drop rests on 50 texts with gold, fewer than 100",
        ),
        ("N" * 99, ("churn=1",), "inconclusive", "churn rests on 99 texts, fewer than 100"),
        (
            "." * 100,
            ("accuracy_drop=1",),
            "inconclusive",
            "accuracy_drop is undefined for these texts, none of which has gold",
        ),
    ],
)
def test_gates_on_churn(golds: str, over: tuple[str, ...], status: str, reason: str) -> None:
    """Ten flips to POSITIVE: churn is 10 %, and accuracy falls by as much where gold is NEGATIVE."""
    n = len(golds)
    found = churn(records(golds), results("N" * n), results("P" * 10 + "N" * (n - 10)))
    judgement = judge_churn(found, parsed_all([], over))

    assert (status, reason) == (judgement.status, judgement.reason)


def test_only_what_two_checkpoints_have_can_be_gated_on() -> None:
    """Accuracy is of one of them."""
    with pytest.raises(SettingsError, match=r"no measure 'accuracy'; it is accuracy\.old or accuracy\.new"):
        check_churn_bounds(parsed_all(["accuracy=0.5"], []))


@pytest.mark.parametrize(
    ("old", "new", "over", "status", "reason"),
    [
        ("N" * 100, "N" * 100, ("churn=0",), "inconclusive", "both checkpoints have collapsed: the new one "),
        ("NP" * 50, "N" * 100, (), "inconclusive", "the new checkpoint has collapsed: the new one "),
        ("NP" * 50, "N" * 100, ("churn=0.1",), "failed", "churn 0.5000 is over 0.1000"),
        ("N" * 100, "NP" * 50, ("churn=1",), "passed", "churn 0.5000 is within 1.0000"),
    ],
)
def test_a_collapsed_checkpoint_passes_nothing(
    old: str, new: str, over: tuple[str, ...], status: str, reason: str
) -> None:
    """Two that give every text one label change nothing; what has failed has failed all the same."""
    judgement = judge_churn(churn(records("NP" * 50), results(old), results(new)), parsed_all([], over))
    assert status == judgement.status
    assert judgement.reason.startswith(reason)
