"""What stands before an object: whole sentences and items of a list, also in quotes."""

import pytest

from polarity.contract import load_contract
from polarity.contract.leads import whole_lead, without_announcement

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("It leaks. ", "it leaks"),
        ("It is not ", ""),
        ("- a leak\n", "a leak"),
        ('" - a leak\n', "a leak"),
        ("«- a leak\n", "a leak"),
        ("**- a leak\n", "a leak"),
        ("a leak\n", ""),
    ],
)
def test_whole_lead(before: str, expected: str) -> None:
    """A sentence that ended, or an item; whatever else may go on into the object."""
    assert expected == whole_lead(before, CONTRACT)


def test_an_announcement_is_kept_as_taken() -> None:
    """The sentence that announces is taken off, what stands before it stays."""
    taken: list[tuple[str, str]] = []
    assert "It leaks. " == without_announcement("It leaks. Here is the JSON:\n", CONTRACT, taken)
    assert [("announcement", "Here is the JSON:")] == taken
