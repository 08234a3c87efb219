"""What is said of the measures: intervals, calibration, slices, mistakes."""

import json

import pytest

from polarity.evaluation import Assessment, assess
from polarity.evaluation.assessment import measured
from polarity.records import GoldRow, Record
from polarity.types import Decision, Result, Undecided

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
SURE, UNSURE, WRONG = (0.9, 0.05, 0.05), (0.5, 0.3, 0.2), (0.2, 0.1, 0.7)
NOTHING = Undecided(reason="unmapped", detail="")


def row(gold: str, text: str = "Fine.", line: int = 1) -> GoldRow:
    """A record with its gold label."""
    return GoldRow(Record(text=text, id=f"r{line}", line=line), gold)


def said(*scores: float) -> Decision:
    """BERT's decision for the likeliest label."""
    shares = dict(zip(LABELS, scores, strict=True))
    label = max(shares, key=shares.__getitem__)
    return Decision(label=label, decided_by="bert", confidence=shares[label], scores=shares)


def assessed(golds: str, *results: Result, mistakes: int = 20) -> Assessment:
    """Assess results against gold labels given by their first letters, N for NEGATIVE."""
    of = {"N": "NEGATIVE", "U": "NEUTRAL", "P": "POSITIVE"}
    rows = [row(of[letter], line=at) for at, letter in enumerate(golds, start=1)]
    return assess(rows, results, LABELS, mistakes=mistakes)


def test_every_measure_has_its_interval() -> None:
    """Shares by Wilson: 3 of 4 right, both that were called NEGATIVE and are not counted."""
    found = assessed("NNNP", said(*SURE), said(*SURE), said(*UNSURE), said(*SURE))

    accuracy = found.intervals["accuracy"]
    assert (0.75, 0.3006, 0.9544) == (accuracy.value, *(round(x, 4) for x in (accuracy.low, accuracy.high)))
    assert (0.75, 1.0) == (found.measure("precision.NEGATIVE"), found.measure("recall.NEGATIVE"))
    assert found.measure("macro_f1") == pytest.approx(found.evaluation.macro_f1)
    assert found.measure("f1.NEGATIVE") == pytest.approx(found.evaluation.labels["NEGATIVE"].f1)
    assert found.measure("two_class_accuracy") == found.evaluation.two_class_accuracy


def test_what_is_undefined_is_none_and_what_is_unknown_an_error() -> None:
    """A label that never occurs has no recall; a measure that does not exist is not guessed."""
    found = assessed("N", said(*SURE))

    assert found.measure("recall.NEUTRAL") is None
    assert found.measure("precision.POSITIVE") is None
    with pytest.raises(KeyError, match="accurracy"):
        found.measure("accurracy")


def test_calibration_is_over_the_rows_with_scores() -> None:
    """One row of 0.9 that is right, one without a verdict: the error is 0.1 over one row."""
    found = assessed("NP", said(*SURE), NOTHING)

    assert found.calibration is not None
    assert (1, 0.1) == (found.calibration.n, found.calibration.ece)
    assert assessed("N", Decision(label="NEGATIVE", decided_by="llm")).calibration is None


def test_slices_by_length() -> None:
    """Texts of alike many words stand together, shortest first; each row is in one slice."""
    texts = ["one two three four five", "one two three four five six", "word " * 201]
    rows = [row("NEGATIVE", text) for text in texts]
    found = assess(rows, [said(*SURE), said(*WRONG), said(*SURE)], LABELS)

    assert [("1 to 5 words", 1, 1.0), ("6 to 10 words", 1, 0.0), ("over 200 words", 1, 1.0)] == [
        (part.name, part.n, part.accuracy.value) for part in found.by_length
    ]


def test_slices_by_confidence() -> None:
    """A bound belongs to the slice above it; what has no confidence, and no verdict, stands last."""
    words = Decision(label="NEGATIVE", decided_by="llm")
    found = assessed("NNNNN", NOTHING, words, said(*UNSURE), said(*SURE), said(0.4, 0.35, 0.25))

    names = ["below 0.5", "0.5 to 0.6", "0.9 and more", "no confidence", "NO VERDICT"]
    assert names == [part.name for part in found.by_confidence]
    assert [1.0, 1.0, 1.0, 1.0, 0.0] == [part.accuracy.value for part in found.by_confidence]


def test_the_surest_mistakes_come_first() -> None:
    """Wrong labels by falling confidence, no more than asked for; a missing verdict is none."""
    results: list[Result] = [said(*UNSURE), said(*SURE), said(*SURE), NOTHING]
    found = assessed("PPNP", *results)

    assert [("r2", 0.9), ("r1", 0.5)] == [(wrong.id, wrong.confidence) for wrong in found.mistakes]
    assert ["r2"] == [wrong.id for wrong in assessed("PPNP", *results, mistakes=1).mistakes]


def test_a_mistake_without_confidence_comes_last() -> None:
    """A free answer of an LLM has none, and is as wrong."""
    words = Decision(label="NEGATIVE", decided_by="llm")
    found = assessed("PPP", words, said(0.34, 0.33, 0.33), words)

    assert [("r2", 0.34), ("r1", None), ("r3", None)] == [
        (wrong.id, wrong.confidence) for wrong in found.mistakes
    ]


def test_each_measure_names_its_rows() -> None:
    """What a share is a share of: all rows, those of a label by gold or prediction, those with scores."""
    words = Decision(label="NEGATIVE", decided_by="llm")
    found = assessed("NNUPP", said(*SURE), words, said(*SURE), said(*WRONG), NOTHING)

    expected = {
        "accuracy": 5,
        "macro_f1": 5,
        "verdict_rate": 5,
        "two_class_accuracy": 4,
        "precision.NEGATIVE": 3,
        "recall.NEGATIVE": 2,
        "f1.POSITIVE": 2,
        "precision.NEUTRAL": 0,
        "ece": 3,
    }
    assert expected == {name: found.rows(name) for name in expected}
    with pytest.raises(KeyError, match="accurracy"):
        found.rows("accurracy")


def test_nothing_to_assess() -> None:
    """No rows: every measure is undefined, and it is still one JSON object."""
    found = assessed("")

    assert {None} == {found.measure(name) for each in measured(LABELS) for name in each.names}
    assert json.dumps(found.as_json(), allow_nan=False)
