"""Answers in JSON become forms: keys, and the kind of what stands under each."""

import pytest

from polarity.contract.review.json_forms import json_form

NAMED = {"good": "POSITIVE"}


@pytest.mark.parametrize("text", ["good", "[]", '["good"]', '{"a": "good"', '{"a": 1} and more'])
def test_what_is_no_one_object_has_no_such_form(text: str) -> None:
    """A list, broken JSON, and an object among words are text."""
    assert json_form(text, NAMED) is None


def test_an_object_without_a_label_has_none() -> None:
    """Its keys are kept all the same."""
    found = json_form('{"a": "odd", "b": false}', NAMED)
    assert found
    assert (None, (("a", "text"), ("b", "other"))) == (found.label, found.keys)
