"""One checkpoint after another, on results that are made up."""

import json

import pytest

from polarity.evaluation.churn import churn
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
    ("golds", "old", "new", "said"),
    [
        ("NP" * 50, "N" * 100, "N" * 100, {"old": "never gives POSITIVE, which 50 of 100 rows are"}),
        ("NP" * 50, "NP" * 50, "NP" * 50, {}),
        ("." * 100, "N" * 100, "NP" * 50, {"old": "gives NEGATIVE to all of 100 texts"}),
        ("." * 100, "." * 100, "." * 100, {}),
    ],
)
def test_a_collapsed_side_is_named(golds: str, old: str, new: str, said: dict[str, str]) -> None:
    """By gold where there is any; without, one label for all texts. What got no label is not counted."""
    found = churn(records(golds), results(old), results(new)).collapsed
    expected = said | ({"new": said["old"]} if old == new and said else {})
    assert expected == found
