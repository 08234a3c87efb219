"""The learning curve trains on nested parts and measures both sides on the same rows."""

import json
from pathlib import Path

import pytest

from polarity.errors import TrainingError
from polarity.training.learning_curve import (
    learning_curve,
    nested_parts,
    words_baseline,
    write_learning_curve,
)

from .conftest import OPTIONS
from .sentences import NAMES, examples


def test_each_part_holds_the_smaller_ones() -> None:
    """A larger part is the smaller one and more, so that what changes is the amount alone."""
    small, large = nested_parts(examples(), [12, 30], seed=0)

    assert large[:12] == small
    assert [len(small), len(large)] == [12, 30]


def test_a_part_has_the_labels_in_the_shares_of_the_whole() -> None:
    """Sixty rows of three labels alike give parts with as many of each, to one row."""
    (part,) = nested_parts(examples(), [12], seed=3)

    counts = [sum(row.label == label for row in part) for label in range(3)]

    assert max(counts) - min(counts) <= 1


def test_words_alone_tell_separable_sentences_apart() -> None:
    """The baseline really learns: on sentences told apart by their words it is right."""
    assert words_baseline(examples(), {"same": examples()}) == {"same": 1.0}


def test_the_curve_rises_and_is_written(tiny_base: Path, tmp_path: Path) -> None:
    """One point a size, smallest first; table, figures and picture lie in the folder."""
    curve = learning_curve(examples(), {"same": examples()}, NAMES, str(tiny_base), OPTIONS, sizes=(60, 6))
    write_learning_curve(curve, tmp_path / "curve")

    assert [point.rows for point in curve.points] == [6, 60]
    assert curve.points[0].encoder["same"] < curve.points[1].encoder["same"]
    table = (tmp_path / "curve/learning_curve.md").read_text()
    assert table.splitlines()[0] == "| rows | same: encoder | same: words | seconds |"
    figures = json.loads((tmp_path / "curve/learning_curve.json").read_text())
    assert [point["rows"] for point in figures["points"]] == [6, 60]
    assert (tmp_path / "curve/learning_curve.svg").read_text().startswith("<svg")


def test_a_part_larger_than_the_data_is_refused(tiny_base: Path) -> None:
    """Nobody gets a curve over rows that are not there."""
    with pytest.raises(TrainingError, match="a part of 61 rows cannot be drawn from 60"):
        learning_curve(examples(), {"same": examples()}, NAMES, str(tiny_base), OPTIONS, sizes=(61,))
