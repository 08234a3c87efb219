"""Gold labels of a report that are likely wrong."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.replay.gold_doubts import gold_doubts
from polarity.types import Completion
from tests.report.helpers import pair_of, report_of, softmax, write_report

SURE = {
    "NEGATIVE": softmax(0.9, 0.05, 0.05),
    "NEUTRAL": softmax(0.05, 0.9, 0.05),
    "POSITIVE": softmax(0.05, 0.05, 0.9),
}
SAID = Completion(text="Neutral.")


def _written(path: Path, contract: Contract, golds: Sequence[tuple[str, str | None]]) -> Path:
    """Write a report of texts that are of one label and have another as gold."""
    pairs = [
        pair_of(contract, f"r{at}", f"text {at}", SURE[label], SAID, gold)
        for at, (label, gold) in enumerate(golds)
    ]
    write_report(path, report_of(contract, pairs))
    return path


def test_a_turned_label_is_found(tmp_path: Path, contract: Contract) -> None:
    """The classifier is as sure of another label as it is of those that are right."""
    golds = [(label, label) for label in SURE] * 6
    path = _written(tmp_path / "a.json", contract, [*golds, ("POSITIVE", "NEGATIVE"), ("POSITIVE", None)])
    (found,) = gold_doubts(path, contract)
    assert ("r18", "text 18", "NEGATIVE", "POSITIVE") == found[:1] + found[2:5]
    assert pytest.approx(-0.85) == found.margin


def test_without_gold_there_is_nothing_to_doubt(tmp_path: Path, contract: Contract) -> None:
    """Which is an error: nobody would read a report without gold for its errors."""
    path = _written(tmp_path / "a.json", contract, [("POSITIVE", None)])
    with pytest.raises(RecordError, match="holds no text with a gold label and probabilities"):
        gold_doubts(path, contract)
