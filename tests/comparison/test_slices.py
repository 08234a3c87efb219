"""Slices: who belongs where, what is tested, and what is left out."""

import math
from dataclasses import replace

import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from polarity.comparison import Pair
from polarity.comparison.slices import MOST_VALUES, OTHER, Slicer
from polarity.types import Answer, Completion, ContractRef, Decision, Verdict

REF = ContractRef("polarity", "1.0.0", "0" * 64)


def pair(shop: str | None, confidence: float = 0.95, coverage: float | None = None) -> Pair:
    """A pair of two verdicts; only what it is sliced by matters."""
    scores = {"NEGATIVE": 1 - confidence, "POSITIVE": confidence}
    left = Verdict(label="POSITIVE", rule="r", contract=REF, scores=scores)
    right = Verdict(label="POSITIVE", rule="r", contract=REF, coverage=coverage)
    said = Completion(text="x")
    return Pair(
        id="1",
        text="The parcel came far too late and was broken.",
        left=Answer(said, left),
        right=Answer(said, right),
        result=Decision(label="POSITIVE", decided_by="bert"),
        columns={"shop": shop},
    )


def sliced(*groups: tuple[Pair, int, int]) -> Slicer:
    """Count each pair so often: agreeing, then differing."""
    slicer = Slicer(("bert", "llm"), ["shop"])
    for found, agreeing, differing in groups:
        for at in range(agreeing + differing):
            slicer.add(found, differs=at >= agreeing)
    return slicer


@pytest.mark.slow
def test_a_slice_is_held_against_all_others() -> None:
    """Fisher's exact test of each, corrected by Holm over every slice there is; the worst slice first."""
    slices = sliced((pair("north"), 20, 30), (pair("south", 0.55), 90, 10)).slices()
    named = {(part.of, part.name): part for part in slices}

    p = fisher_exact([[30, 20], [10, 90]]).pvalue
    corrected = multipletests([p] * 4, method="holm")[1][0]  # two shops, two confidences
    north = named["column shop", "north"]
    assert (50, 0.6) == (north.n, north.disagreement.value)
    assert north.p is not None
    assert math.isclose(corrected, north.p, rel_tol=1e-9)
    assert named["confidence of bert", "0.5 to 0.6"].n == 100
    assert [0.6, 0.6] == [part.disagreement.value for part in slices[:2]]


def test_what_is_the_same_for_all_is_not_tested() -> None:
    """A slice that holds every pair has no others: p is None."""
    named = {part.of: part for part in sliced((pair("north"), 20, 30)).slices()}
    assert (50, None) == (named["length"].n, named["length"].p)
    assert "English" == named["language, guessed"].name


def test_small_slices_are_left_out() -> None:
    """Of 29 pairs nothing is said, of 30 something is."""
    slices = sliced((pair("north"), 29, 0), (pair("south"), 30, 0)).slices()
    assert ["south"] == [part.name for part in slices if part.of == "column shop"]


def test_coverage_is_sliced_where_there_is_one() -> None:
    """The right side said with which coverage it answered."""
    slices = sliced((pair("north", coverage=0.3), 40, 0)).slices()
    assert ["below 0.5"] == [part.name for part in slices if part.of == "coverage of llm"]


@pytest.mark.parametrize("value", [None, ""])
def test_no_value_is_a_slice(value: str | None) -> None:
    """Rows without a value are together."""
    assert "(none)" in {part.name for part in sliced((pair(value), 40, 0)).slices()}


def test_a_column_of_ids_takes_no_end_of_memory() -> None:
    """After a thousand values the others are one slice."""
    slices = sliced(*[(pair(str(at)), 1, 0) for at in range(MOST_VALUES + 40)]).slices()
    (found,) = (part for part in slices if part.of == "column shop")
    assert (OTHER, 40) == (found.name, found.n)


def test_names_do_not_mix() -> None:
    """A column that is named twice counts once, and one that is named as a slice of ours is another."""
    slicer = Slicer(("bert", "llm"), ["shop", "shop", "length"])
    for at in range(80):
        columns = {"shop": "north", "length": "1 to 5 words"}
        found = replace(pair("north"), text="Fine.", columns=columns)
        slicer.add(found, differs=at < 40)
    numbers = {(part.of, part.name): part.n for part in slicer.slices()}
    assert 80 == numbers["column shop", "north"]
    assert (80, 80) == (numbers["length", "1 to 5 words"], numbers["column length", "1 to 5 words"])
