"""Masks: label words in all their dresses, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.mask import masked

WORDS = frozenset({"positive", "positives", "negative", "neutral", "нейтральный"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It broke. Answer: positive", "It broke. Answer: ***"),
        ("POSITIVE, Negative and nEuTrAl!", "***, *** and ***!"),
        ("Two positives", "Two ***"),
        ("\uff30\uff4f\uff53\uff49\uff54\uff49\uff56\uff45", "***"),
        ("\U0001d429\U0001d428\U0001d42c\U0001d422\U0001d42d\U0001d422\U0001d42f\U0001d41e", "***"),
        ("n\u200be\u200bg\u200ba\u200bt\u200bi\u200bv\u200be", "***"),
        ("posi\u00adtive \u202enegative\u202c", "*** \u202e***\u202c"),
        ("n-e-g-a-t-i-v-e, p o s i t i v e, n.e.u.t.r.a.l", "***, ***, ***"),
        ("(positive)/negative_neutral", "(***)/***_***"),
        ("_positive_ POSITIVE_", "_***_ ***_"),
        ("НЕЙТРАЛЬНЫЙ", "***"),
        ("\u0440\u043esit\u0456v\u0435", "***"),
        ("\u039d\u0395UTRAL n\u0435utr\u0430l", "*** ***"),
        ("p\u00f3sitive n\u0301egative NEUTR\u00c4L", "*** *** ***"),
        ("\u0274\u1d07\u0262\u1d00\u1d1b\u026a\u1d20\u1d07", "***"),
        ("positive positive", "*** ***"),
        ("", ""),
    ],
)
def test_words_for_labels(text: str, expected: str) -> None:
    """Case, width, style, invisible characters and signs between the letters do not hide a word."""
    assert expected == masked(text, WORDS, "***")


@pytest.mark.parametrize(
    "text",
    [
        "A positively dull day",
        "nonpositive",
        "The photo's negatives",
        "neutrality",
        "\u041f\u0440\u0438\u0432\u0435\u0442, caf\u00e9",
        "\uff26\uff55\uff4c\uff4c width \u200b stays",
    ],
)
def test_other_words_stay(text: str) -> None:
    """A text without a label's word is shown as it is, to the last invisible character."""
    assert text == masked(text, WORDS, "***")


@given(st.text(st.sampled_from("positvenegauralNEUTRAL -.\u200b\uff30\U0001d429\u0130"), max_size=60))
def test_nothing_is_left(text: str) -> None:
    """What was masked once holds nothing to mask."""
    once = masked(text, WORDS, "***")
    assert once == masked(once, WORDS, "***")


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_rest_stays(before: str, after: str) -> None:
    """What stands around a word that is masked stays, character by character."""
    expected = [masked(part, WORDS, "***") for part in (before, after)]
    found = masked(f"{before} ; negative ; {after}", WORDS, "***")
    assert " ; *** ; ".join(expected) == found
