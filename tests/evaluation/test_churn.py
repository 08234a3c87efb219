"""One checkpoint after another, on results that are made up."""

import json

import pytest

from polarity.evaluation.churn import churn, gate
from polarity.records import Record
from polarity.statistics.margins import mcnemar
from polarity.types import Decision, Result, Undecided

LABELS = {"N": "NEGATIVE", "U": "NEUTRAL", "P": "POSITIVE"}


def results(letters: str) -> list[Result]:
    """A decision for each letter; a dot is none."""
    return [
        Undecided(reason="unmapped", detail="")
        if letter == "."
        else Decision(label=LABELS[letter], decided_by="bert", confidence=0.5 + at / 1000)
        for at, letter in enumerate(letters)
    ]


def records(golds: str) -> list[Record]:
    """A record for each letter; a dot has no gold."""
    return [
        Record(text="Fine.", id=str(at), line=at, label=LABELS.get(letter)) for at, letter in enumerate(golds)
    ]


def test_flips_by_direction() -> None:
    """Each change counts under its old and new label, a lost verdict among them; the rest is no flip."""
    found = churn(records("......"), results("NNPPUU"), results("NPPN.U"))

    assert {
        ("NEGATIVE", "POSITIVE"): 1,
        ("POSITIVE", "NEGATIVE"): 1,
        ("NEUTRAL", "NO VERDICT"): 1,
    } == found.directions
    assert found.churn is not None
    assert 0.5 == found.churn.value
    assert found.accuracy is None


def test_fixed_and_broken() -> None:
    """Only texts with gold count, and a flip from wrong to wrong is neither."""
    found = churn(records("NNNNPP."), results("NPPUPNN"), results("PNNPPNP")).accuracy

    assert found is not None
    assert (6, 2 / 6, 3 / 6, 2, 1) == (found.n, found.old, found.new, found.fixed, found.broken)
    assert pytest.approx(1 / 6) == found.difference.value


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("." * 100, "." * 100, "inconclusive"),
        ("N" * 100, "." * 51 + "N" * 49, "inconclusive"),
        ("." * 26 + "N" * 74, "N" * 75 + "." * 25, "inconclusive"),
        ("." * 50 + "N" * 50, "." * 50 + "N" * 50, "passed"),
    ],
)
def test_where_more_than_half_got_no_label_the_gate_says_nothing(old: str, new: str, status: str) -> None:
    """No label twice is no flip, and no sameness either; a text that one side lacks counts once."""
    found = churn(records("N" * 100), results(old), results(new))
    result = gate(found, max_churn=1.0, max_drop=1.0)

    assert status == result.status
    if status == "inconclusive":
        assert f"{found.failures} of 100 texts got no label from one side or both" == result.reason


def test_the_surest_flips_come_first() -> None:
    """By the new label's confidence; one that lost its verdict has none and stands last."""
    found = churn(records("...."), results("NNNN"), results("PPN."))

    assert ["1", "0", "3"] == [flip.id for flip in found.flips]


@pytest.mark.parametrize(
    ("fixed", "broken", "p"), [(10, 25, 0.0167), (121, 59, 0.0000044), (3, 3, 1.0), (0, 6, 0.03125)]
)
def test_mcnemars_exact_p(fixed: int, broken: int, p: float) -> None:
    """Twice the binomial tail at a half."""
    assert pytest.approx(p, rel=0.02) == mcnemar(fixed, broken)


def test_everything_is_json() -> None:
    """One object, directions as a list."""
    found = churn(records("NP"), results("NN"), results("NP")).as_json()

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [{"old": "NEGATIVE", "new": "POSITIVE", "n": 1}] == found["directions"]
    assert churn([], [], []).as_json()["churn"] is None


@pytest.mark.parametrize(
    ("golds", "limits", "status", "reason"),
    [
        (
            "N" * 100,
            {"max_churn": 0.1, "max_drop": 0.1},
            "passed",
            "churn 0.1000 is within 0.1000; accuracy's drop 0.1000 is within 0.1000",
        ),
        ("N" * 100, {"max_churn": 0.09}, "failed", "churn 0.1000 is over 0.0900"),
        ("N" * 100, {"max_drop": 0.09}, "failed", "accuracy's drop 0.1000 is over 0.0900"),
        ("P" * 100, {"max_drop": 0.0}, "passed", "accuracy's drop -0.1000 is within 0.0000"),
        (
            "N" * 50 + "." * 50,
            {"max_churn": 0.05, "max_drop": 1.0},
            "failed",
            "churn 0.1000 is over 0.0500; accuracy's drop rests on 50 texts with gold, fewer than 100",
        ),
        ("N" * 99, {"max_churn": 1.0}, "inconclusive", "99 texts are fewer than 100"),
        (
            "N" * 50 + "." * 50,
            {"max_drop": 1.0},
            "inconclusive",
            "accuracy's drop rests on 50 texts with gold, fewer than 100",
        ),
    ],
)
def test_the_gate(golds: str, limits: dict[str, float], status: str, reason: str) -> None:
    """Ten flips to POSITIVE: churn is 10 %, and accuracy falls by as much where gold is NEGATIVE."""
    n = len(golds)
    result = gate(churn(records(golds), results("N" * n), results("P" * 10 + "N" * (n - 10))), **limits)

    assert (status, reason) == (result.status, result.reason)
