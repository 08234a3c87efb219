"""When a classifier has collapsed, and when its labels are merely uneven."""

import pytest

from polarity.statistics.collapse import collapse, collapse_unseen


@pytest.mark.parametrize(
    ("gold", "given", "said"),
    [
        ("", "", None),
        ("NNNNN" + "PPPPP", "N" * 10, "never gives P, which 5 of 10 rows are"),
        ("NNNNN" + "UUUUU" + "PPPPP", "N" * 15, "never gives P, U, which 5, 5 of 15 rows are"),
        ("NUP", "NNN", "gives N to 3 of 3 rows, of which 1 are"),
        ("NNNNNNUPP", "NNNNNNNPP", None),
        ("N" * 10, "N" * 10, None),
        ("N" * 10, "P" * 10, "never gives N, which 10 of 10 rows are"),
        ("N" * 80 + "P" * 20, "N" * 99 + "P", "gives N to 99 of 100 rows, of which 80 are"),
        ("N" * 80 + "P" * 20, "N" * 98 + "PP", None),
    ],
)
def test_a_collapse_is_relative_to_gold(gold: str, given: str, said: str | None) -> None:
    """A label of five rows that is never given, or fewer than a tenth of the others' rows left to them."""
    assert said == collapse(gold, given)


@pytest.mark.parametrize(
    ("given", "said"),
    [("N" * 30, "gives N to all of 30 texts"), ("N" * 29, None), ("N" * 99 + "P", None), ("", None)],
)
def test_without_gold_only_one_label_for_all_is_told(given: str, said: str | None) -> None:
    """Thirty texts of one label are no proof, and reason enough to look."""
    assert said == collapse_unseen(given)
