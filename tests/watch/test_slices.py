"""The worst slices."""

from polarity.watch.cells import cells_of
from polarity.watch.slices import worst_slices

from .counting import cell


def test_the_worst_come_first_and_luck_is_told_from_more() -> None:
    """A language with low confidence is worse than the rest; one with a little less is not shown to be."""
    found = worst_slices(
        cells_of(
            [
                cell(n=900),
                cell(language="de", confidence=80, n=100),
                cell(language="fr", confidence=172, n=40),
            ]
        )
    )
    assert [("de", True), ("fr", False), ("en", False)] == [
        (part.name, part.is_worse) for part in found if part.of == "language"
    ]
    assert found[0].name == "de"


def test_no_label_counts_as_not_right() -> None:
    """Half without a label: at most half is right; and a label without confidence says nothing."""
    found = worst_slices(
        cells_of(
            [
                cell(confidence=200, n=500),
                cell(size=3, confidence=200, n=50),
                cell(size=3, label=None, confidence=None, n=50),
                cell(size=3, confidence=None, n=70),
            ]
        )
    )
    long = next(part for part in found if part.of == "length" and "128" not in part.name and part.n == 100)
    assert ("33 to 64 tokens", 0.5, 0.5) == (long.name, long.right, long.no_label)


def test_disagreement_is_of_a_slice() -> None:
    """Of those in it that both answered; None where nobody was asked."""
    found = worst_slices(
        cells_of(
            [cell(n=90), cell(language="de", llm="NEGATIVE", n=30), cell(language="de", llm="POSITIVE", n=10)]
        )
    )
    shares = {part.name: part.disagreement for part in found if part.of == "language"}
    assert {"de": 0.75, "en": None} == shares


def test_few_and_alone_are_no_slice() -> None:
    """Fewer than 30 decisions, or all alike, tell nothing."""
    assert [] == [part for part in worst_slices(cells_of([cell(n=90)])) if part.of == "language"]
    found = worst_slices(cells_of([cell(n=90), cell(language="de", n=29)]))
    assert ["en"] == [part.name for part in found if part.of == "language"]


def test_without_decisions_there_are_no_slices() -> None:
    """And nothing breaks."""
    assert [] == worst_slices(cells_of([]))
