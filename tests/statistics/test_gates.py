"""Bounds as they are typed, and when too little is known."""

import pytest

from polarity.errors import SettingsError
from polarity.statistics.gates import parsed, too_many_failures


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("accuracy", "'accuracy' is not METRIC=VALUE"),
        ("accuracy=high", "'accuracy=high' has no number behind the ="),
        ("accuracy=nan", "'accuracy=nan' has no number behind the ="),
    ],
)
def test_another_form_is_refused(text: str, problem: str) -> None:
    """The option and its value are named; NaN, which nothing is under, is no value."""
    with pytest.raises(SettingsError, match=f"--fail-under {problem}"):
        parsed(text, "under")


@pytest.mark.parametrize(
    ("n", "failed", "expected"),
    [(0, 0, True), (1, 0, False), (1, 1, True), (2, 1, False), (3, 2, True), (100, 50, False)],
)
def test_too_many_failures(n: int, failed: int, expected: bool) -> None:
    """Half may fail; more than half, or no row at all, is too little to judge by."""
    assert expected == too_many_failures(n, failed)
