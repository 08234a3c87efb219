"""Gates on how a contract reads a corpus."""

from typing import Any

import pytest

from polarity.contract import load_contract
from polarity.contract.review.corpus import Conformance, CorpusRow, conform
from polarity.contract.review.gates import check_bounds, judge
from polarity.errors import SettingsError
from polarity.statistics.gates import parsed_all

RIGHT = {"text": "positive", "says": "POSITIVE"}
OPPOSITE = {"text": "positive", "says": "NEGATIVE"}
LOST = {"text": "gut", "says": "POSITIVE"}
AS_EXPECTED = {"text": "positive", "expect": {"kind": "verdict", "label": "POSITIVE", "rule": "exact"}}


def found(*rows: dict[str, Any]) -> Conformance:
    """What the shipped contract makes of a corpus."""
    read = [CorpusRow.model_validate({"id": "1", "source": "written", **row}) for row in rows]
    return conform(read, load_contract())


@pytest.mark.parametrize(
    ("rows", "status", "reason"),
    [
        ([RIGHT], "passed", "precision 1.0000 is within 0.9950; recall 1.0000 is within 0.8000; opposite "),
        ([RIGHT, OPPOSITE], "failed", "precision 0.5000 is under 0.9950; recall 0.5000 is under 0.8000; "),
        ([LOST], "failed", "recall 0.0000 is under 0.8000"),
        ([AS_EXPECTED], "passed", "as_expected 1.0000 is within 1.0000"),
        ([{"text": "positive"}], "inconclusive", "no row of the corpus says or expects anything"),
        ([], "inconclusive", "no row of the corpus says or expects anything"),
    ],
)
def test_the_usual_bars(rows: list[dict[str, Any]], status: str, reason: str) -> None:
    """Each is held where the corpus has rows for it, however few."""
    judgement = judge(found(*rows))

    assert status == judgement.status
    assert judgement.reason.startswith(reason)


def test_a_bound_takes_the_place_of_the_usual_one() -> None:
    """And of no other."""
    lower = judge(found(RIGHT, LOST), parsed_all(["recall=0.5"], []))
    opposite = judge(found(RIGHT, OPPOSITE), parsed_all(["recall=0.5", "precision=0.5"], ["opposite=0.5"]))

    assert ["recall", "precision", "opposite"] == [gate.bound.measure for gate in lower.gates]
    assert ("passed", "passed") == (lower.status, opposite.status)


def test_a_bound_on_what_is_not_there_is_inconclusive() -> None:
    """Nobody said a label: whoever asks for recall has not been given it."""
    judgement = judge(found(AS_EXPECTED), parsed_all(["recall=0.5"], []))

    assert ("inconclusive", "recall is undefined for these completions") == (
        judgement.status,
        judgement.reason,
    )


def test_an_unknown_measure_is_refused() -> None:
    """It names those there are."""
    with pytest.raises(SettingsError, match="no measure 'f1'; known: precision, recall, opposite, as_exp"):
        check_bounds(parsed_all(["f1=1"], []))
