"""Calibrations taken from scores, and measured on texts that they were not taken from."""

import pytest

from polarity.classifier import replay
from polarity.tuning.calibration_fit import Method, ScoredText, fit_calibration, taken
from polarity.types import Failure, RawOutput, Scores
from tests.synthetic import CONTRACT, LABELS, golds

LEAN = {"NEGATIVE": 0.1, "NEUTRAL": 0.1, "POSITIVE": 0.8}


def _leaning(gold: str, sure: float) -> RawOutput:
    """Scores that know the gold label, and lean to POSITIVE all the same."""
    masses = {label: LEAN[label] * (sure if label == gold else 1.0) for label in LABELS}
    total = sum(masses.values())
    shown = {f" {label.lower()}": mass / total for label, mass in masses.items()}
    return Scores(probabilities=shown, source="logprobs")


def _texts(n: int, data: str = "a.jsonl") -> list[ScoredText]:
    """Every sixth text looks like another label's."""
    found = []
    for at, gold in enumerate(golds(n)):
        seen = LABELS[(at + 1) % len(LABELS)] if at % 6 == 5 else gold
        raw = _leaning(seen, 2.0 + at % 5)
        found.append(ScoredText(data, gold, replay("llm", {"llm": raw}, CONTRACT)))
    return found


@pytest.mark.parametrize("method", ["fitted", "batch"])
def test_the_lean_is_taken_out(method: Method) -> None:
    """Whichever way it is taken, the label that is said of any text loses its lead."""
    found = fit_calibration(_texts(300), LABELS, method=method)
    (right,) = found.right
    assert ("a.jsonl", 300, 300) == (right.data, right.n, found.scored)
    assert (5, "texts") == (found.folds, found.held_out)
    assert (1 / 3, 5 / 6) == pytest.approx((right.accuracy_before, right.accuracy), abs=0.04)
    assert right.macro_f1_before < right.macro_f1
    offsets = found.offsets.offsets
    assert "POSITIVE" == min(offsets, key=offsets.__getitem__)


def test_files_are_held_out_whole() -> None:
    """Each file by what the others taught; it is measured by itself, and all together."""
    found = fit_calibration([*_texts(240), *_texts(210, "b.jsonl")], LABELS)
    assert (2, "files") == (found.folds, found.held_out)
    assert [("a.jsonl", 240), ("b.jsonl", 210), ("a.jsonl + b.jsonl", 450)] == [
        row[:2] for row in found.right
    ]


def test_texts_without_scores_teach_nothing_and_count() -> None:
    """They are wrong, before as after."""
    late = replay("llm", {"llm": Failure(reason="timeout")}, CONTRACT)
    texts = [*_texts(200), *(ScoredText("a.jsonl", gold, late) for gold in golds(50))]
    found = fit_calibration(texts, LABELS)
    assert (200, 250) == (found.scored, found.right[0].n)
    assert taken(_texts(200), "fitted") == found.offsets


@pytest.mark.parametrize(
    ("texts", "method", "problem"),
    [
        ([], "batch", "no text has scores"),
        ([text for text in _texts(300) if text.gold != "NEUTRAL"], "fitted", "no text is labelled NEUTRAL"),
    ],
)
def test_what_teaches_nothing(texts: list[ScoredText], method: Method, problem: str) -> None:
    """Nothing is made up."""
    with pytest.raises(ValueError, match=problem):
        taken(texts, method)
