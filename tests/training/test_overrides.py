"""What is typed beside a recipe is read as TOML, or as the plain word that it is."""

from typing import Any

import pytest

from polarity.errors import SettingsError
from polarity.training.overrides import overridden, read_override


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("k=2", 2),
        ("k = 1e-4", 1e-4),
        ("k=true", True),
        ('k="2"', "2"),
        ("k=[1, 2]", [1, 2]),
        ("k={ a = 1 }", {"a": 1}),
        ("k=a=b", "a=b"),
        ("k=some/encoder", "some/encoder"),
        ("k=.5", ".5"),
        ("k=1\nj = 2", "1\nj = 2"),
    ],
)
def test_a_value_is_toml_or_a_word(text: str, value: Any) -> None:
    """No word needs quotes that the shell would take away, and nothing else is set on the side."""
    assert (("k",), value) == read_override(text)


def test_a_later_override_wins_and_what_was_found_stays_as_it_was() -> None:
    """They are applied in the order in which they were typed, on a copy."""
    found = {"data": [{"file": "a"}, {"file": "b"}]}
    changed = overridden(found, [read_override("data.1.file=c"), read_override("data.1.file=d")])
    assert {"data": [{"file": "a"}, {"file": "d"}]} == changed
    assert {"data": [{"file": "a"}, {"file": "b"}]} == found


def test_an_entry_that_is_not_there_is_not_made() -> None:
    """A list is as long as the recipe has it."""
    with pytest.raises(SettingsError, match=r"data\.2\.file: there is no entry 2: 1 are there"):
        overridden({"data": [{}]}, [read_override("data.2.file=c")])
