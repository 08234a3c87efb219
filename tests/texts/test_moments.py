"""Times as people write them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from polarity.errors import SettingsError
from polarity.texts.moments import length_of, moment_of, window_of

NOW = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("monday", "2026-11-23T00:00"),
        ("Thursday", "2026-11-19T00:00"),
        ("friday", "2026-11-20T00:00"),
        ("36h", "2026-11-25T06:30"),
        ("2026-11-23", "2026-11-23T00:00"),
        ("2026-11-23T10:00+02:00", "2026-11-23T08:00"),
    ],
)
def test_a_time_is_read(text: str, expected: str) -> None:
    """A weekday is the last one before today; what names no zone is UTC."""
    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == moment_of(text, NOW)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "7", "0d", "7 days", "2026-13-01", "999999w", "9" * 30 + "d"]
)
def test_what_is_no_time_is_an_error(text: str) -> None:
    """The error shows what was written."""
    with pytest.raises(SettingsError, match=re.escape(repr(text))):
        moment_of(text, NOW)


@pytest.mark.parametrize("text", ["7d", "2026-11-20..2026-11-19", "7d..7d", "..", "a..b"])
def test_what_is_no_stretch_of_time_is_an_error(text: str) -> None:
    """So is one that ends before it begins."""
    with pytest.raises(SettingsError):
        window_of(text, NOW)


def test_a_length_is_a_number_and_a_unit() -> None:
    """Nothing else is."""
    assert timedelta(days=1) == length_of("24h")
    with pytest.raises(SettingsError, match=r"'1\.5h' is no length of time"):
        length_of("1.5h")
