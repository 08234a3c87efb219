"""What tokens cost."""

import pytest

from polarity.statistics.cost import cost, money
from polarity.types import Usage

USAGE = Usage(prompt_tokens=3_000_000, completion_tokens=50_000)


@pytest.mark.parametrize(
    ("prompt_price", "completion_price", "expected"),
    [(0.5, 2.0, 1.6), (0.5, None, 1.5), (None, 2.0, 0.1), (0.0, 0.0, 0.0), (None, None, None)],
)
def test_cost(prompt_price: float | None, completion_price: float | None, expected: float | None) -> None:
    """Each kind of token has its price for a million; one price that is not known counts as nothing."""
    assert expected == cost(USAGE, prompt_price, completion_price)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(0.0, "0.00"), (0.1, "0.10"), (0.0999, "0.100"), (0.00123, "0.0012"), (1e-6, "0.0000010")],
)
def test_money(amount: float, expected: str) -> None:
    """Small amounts keep two digits that say something."""
    assert expected == money(amount)
