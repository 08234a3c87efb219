"""Rows of no use, counted by reason."""

from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.records import Leaving
from polarity.records.left_out import MOST_REASONS
from polarity.stored import Reason

from .hearing import Heard


def blank(line: int) -> RecordError:
    """A row without a text."""
    return RecordError("is blank", path=Path("/data/shop/in.csv"), line=line)


def test_alike_reasons_are_counted_together() -> None:
    """The most frequent stands first, with the place of its first row; who stands behind hears all of it."""
    heard = Heard()
    leaving = Leaving(heard)
    for problem in (RecordError("broken", line=1), blank(2), blank(3)):
        leaving.left_out(problem)
    assert (Reason("is blank", 2, "shop/in.csv:2"), Reason("broken", 1, "")) == leaving.so_far.reasons
    assert 3 == leaving.so_far.rows
    assert [(1, "broken"), (2, "is blank"), (3, "is blank")] == heard.problems


def test_without_an_intake_nothing_is_left_out() -> None:
    """The first row of no use ends it, as without a count."""
    with pytest.raises(RecordError, match="is blank"):
        Leaving(None).left_out(blank(2))


def test_what_is_held_is_bounded() -> None:
    """Rows that each have a reason of their own are counted, and no longer told apart."""
    leaving = Leaving(Heard())
    for at in range(MOST_REASONS + 5):
        leaving.left_out(RecordError(f"broken at {at}", line=at))
    assert (MOST_REASONS + 5, MOST_REASONS) == (leaving.so_far.rows, len(leaving.so_far.reasons))
