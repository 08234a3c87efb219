"""Patterns: one declared line, every text that it stands for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract.patterns import expand, regular_expression
from tests.properties import examples

PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "a b", "c,"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(" ".join)
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"[{'|'.join(parts)}]")
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})")
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("plain", ("plain",)),
        ("[a] b", ("b", "a b")),
        ("a [b]", ("a", "a b")),
        ("(a|b) c", ("a c", "b c")),
        ("[a|b] c", ("c", "a c", "b c")),
        ("x[, y]", ("x", "x, y")),
        ("a [b [c]] d", ("a d", "a b d", "a b c d")),
        ("(a|a) b", ("a b",)),
        ("a|b", ("a|b",)),  # outside of brackets a bar is a bar
        ("", ("",)),
    ],
)
def test_expand(pattern: str, expected: tuple[str, ...]) -> None:
    """What may be left out is left out first, each text stands once, and no two blanks meet."""
    assert expected == expand(pattern)


@pytest.mark.parametrize("pattern", ["(a", "a)", "[a", "a]", "(a]", "[(a]", "(a|b))"])
def test_a_bracket_needs_its_partner(pattern: str) -> None:
    """A pattern with half a pair of brackets stands for nothing, and the error names it."""
    with pytest.raises(ValueError, match=re.escape(f"{pattern!r} has a bracket without its partner")):
        expand(pattern)


def test_too_many_texts_are_refused() -> None:
    """A pattern that stands for more than 20,000 texts is a mistake, and is found without listing them."""
    pattern = " ".join(["(a|b|c|d|e|f|g|h|i|j)"] * 9)
    with pytest.raises(ValueError, match="stands for more than 20,000 texts"):
        expand(pattern)


@pytest.mark.slow
@given(PATTERNS, st.data())
@examples(200)
def test_both_forms_say_the_same(pattern: str, data: st.DataObject) -> None:
    """The regular expression matches each text of the list in full, and no other made of its words."""
    texts = set(expand(pattern))
    expression = re.compile(regular_expression(pattern))
    assert [] == [text for text in texts if not expression.fullmatch(text)]
    words = data.draw(st.lists(st.sampled_from(["a", "b", "c,"]), max_size=4))
    other = " ".join(words)
    assert (other in texts) == bool(expression.fullmatch(other))
