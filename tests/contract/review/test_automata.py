"""Patterns compared as automata say what their lists of texts would say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract import load_contract
from polarity.contract.patterns import expand, parsed
from polarity.contract.review.automata import missing, opens, shortest
from polarity.contract.sentences import Sentences
from tests.properties import examples

PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "a b", "{label}"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(" ".join)
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"[{'|'.join(parts)}]")
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)} )")
    ),
    max_leaves=6,
)


@given(st.lists(PATTERNS, max_size=3), st.lists(PATTERNS, max_size=3))
@examples(120)
def test_missing_is_a_difference_of_sets(ours: list[str], theirs: list[str]) -> None:
    """Of the texts that only the first patterns stand for, the shortest; None if there are none."""
    left = {text for pattern in ours for text in expand(pattern)} - {""}
    right = {text for pattern in theirs for text in expand(pattern)} - {""}
    found = missing(tuple(ours), tuple(theirs))
    assert (not left - right) == (found is None)
    if found is not None:
        assert found in left - right
        assert min(map(len, left - right)) == len(found)


def test_millions_of_texts_are_compared_at_once() -> None:
    """A pattern that no list could hold is compared exactly: one alternative less is found, by a witness."""
    words = "|".join(f"w{number}" for number in range(100))
    fewer = words.replace("|w57|", "|")
    pattern, narrower = (f"the ({part}) of ({words}) in ({words}) is {{label}}" for part in (words, fewer))
    assert missing((narrower,), (pattern,)) is None
    assert "the w57 of w0 in w0 is {label}" == missing((pattern,), (narrower,))


def test_default_frames_cover_themselves() -> None:
    """Nothing is missing between equal frames, in whatever order."""
    frames = load_contract().rules.frames
    assert missing(frames, frames[::-1]) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("so", True), ("s", False), ("so it", False), ("Answer", False), ("answer", True)]
)
def test_opens(text: str, *, expected: bool) -> None:
    """A text opens a pattern if a mark follows it there."""
    assert expected == opens(text, Sentences(map(parsed, ["[so,] it is {label}", "answer: {label}"])))


def test_shortest() -> None:
    """What may be left out is left out, and of alternatives the shortest is taken."""
    assert "it is {label}" == shortest("[so,] (it|this) (is|appears to be) {label} [one]")
