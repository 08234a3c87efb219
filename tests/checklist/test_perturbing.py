"""Slips of a hand."""

from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.checklist.perturbing import SLIPS, Typo, misspelt

TYPOS = get_args(Typo)


def test_every_slip_is_there() -> None:
    """What a suite may name can be made."""
    assert set(TYPOS) == set(SLIPS)


@pytest.mark.parametrize("typo", TYPOS)
@given(seed=st.integers(0, 10_000))
def test_one_long_word_changes(typo: Typo, seed: int) -> None:
    """Exactly one, of five letters or more, and not in its first letter; the rest stays."""
    text = "The parcel is late, and nobody at the office answers."
    before, after = text.split(), misspelt(text, typo, Random(seed)).split()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]

    assert 1 == len(changed)
    old, new = changed[0]
    assert old[0] == new[0]
    assert len(old.strip(",.")) >= 5


@pytest.mark.parametrize("typo", TYPOS)
@pytest.mark.parametrize("text", ["", "It is late.", "😡 👎"])
def test_without_a_long_word_nothing_changes(typo: Typo, text: str) -> None:
    """A slip in a short word would make another word of it."""
    assert text == misspelt(text, typo, Random(0))


def test_equal_letters_do_not_change_places() -> None:
    """That would be no slip."""
    assert "aaaaa" == misspelt("aaaaa", "swapped", Random(0))
