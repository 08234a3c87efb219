"""Python's spelling of an object becomes JSON; what is neither stays what it is."""

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract.single_quotes import as_json
from tests.properties import examples

PLAIN = st.none() | st.booleans() | st.integers(-999, 999) | st.text("ab'\" {}[]:,", max_size=8)
VALUES = st.recursive(PLAIN, lambda inside: st.lists(inside, max_size=3), max_leaves=4)


@examples(100)
@given(st.dictionaries(st.text("ab'", min_size=1, max_size=3), VALUES, min_size=1, max_size=3))
def test_what_python_prints(value: dict[str, object]) -> None:
    """Whatever Python prints of plain values is read as those values, up to where it ends."""
    printed = repr(value)
    found = as_json(f"{printed} and more")
    assert found is not None
    assert (ast.literal_eval(printed), len(printed)) == (json.loads(found.json), found.end)


@pytest.mark.parametrize("text", ["{'a': 'b'", "{'a': b}", "{'a': 'b\n'}", "", "{" * 3000])
def test_what_never_closes(text: str) -> None:
    """An object that does not end, or holds a bare word, is none."""
    assert None is as_json(text)
