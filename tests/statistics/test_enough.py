"""When too little is known."""

import pytest

from polarity.statistics.enough import FOR_A_GATE, FOR_A_PART, too_many_failures
from polarity.statistics.intervals import wilson


@pytest.mark.parametrize(
    ("n", "failed", "expected"),
    [(0, 0, True), (1, 0, False), (1, 1, True), (2, 1, False), (3, 2, True), (100, 50, False)],
)
def test_too_many_failures(n: int, failed: int, expected: bool) -> None:
    """Half may fail; more than half, or no row at all, is too little to judge by."""
    assert expected == too_many_failures(n, failed)


@pytest.mark.parametrize(("rows", "width"), [(FOR_A_GATE, 0.195), (FOR_A_PART, 0.345)])
def test_a_share_of_enough_rows_is_known_as_well_as_is_said(rows: int, width: float) -> None:
    """A half, of which least is known, to 19 points on a gate's rows and to 34 on a part's; not on fewer."""
    share, fewer = (wilson(n // 2, n) for n in (rows, rows - 8))

    assert share.high - share.low < width < fewer.high - fewer.low
