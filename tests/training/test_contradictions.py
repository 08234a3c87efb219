"""Rows that contradict each other."""

from polarity.training.contradictions import NONE, contradictions
from polarity.training.dataset import Example

BOTH = frozenset({0, 1})
LABELS = ("HAM", "SPAM")


def _rows(*said: tuple[str, int]) -> list[Example]:
    return [Example(text, label, BOTH) for text, label in said]


def test_rows_with_one_text_and_several_labels_are_counted() -> None:
    """All of its rows, the ones that agree among them; the first such text is shown with its labels."""
    rows = _rows(("Call me", 1), ("Hi", 0), ("call  ME ", 0), ("Hi", 0), ("Call me", 1))
    assert (3, 1, "'Call me' (HAM, SPAM)") == contradictions(rows, LABELS)


def test_the_same_row_twice_is_no_contradiction() -> None:
    """A duplicate with one label says the same once more."""
    assert NONE == contradictions(_rows(("Hi", 0), ("Hi", 0)), LABELS)


def test_a_long_text_is_cut_where_it_is_shown() -> None:
    """Sixty characters are enough to find it."""
    found = contradictions(_rows(("a" * 100, 0), ("a" * 100, 1)), LABELS)
    assert f"'{'a' * 60}…' (HAM, SPAM)" == found.instance
