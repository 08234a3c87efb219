"""`polarity learning-curve`."""

import json
from pathlib import Path

import pytest

from .conftest import FIXTURES, Run

REVIEWS = FIXTURES / "reviews.jsonl"


def test_table_figures_and_picture(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """A point for each size, printed as a table and written with its picture."""
    options = ("--base", tiny_checkpoint, "--sizes", "60,20", "--epochs", 1, "--threads", 1)
    status, out, _ = run("learning-curve", REVIEWS, "--out", tmp_path / "curve", *options)

    assert 0 == status
    assert ["20", "60"] == [line.split("|")[1].strip() for line in out.splitlines()[2:]]
    assert out == (tmp_path / "curve/learning_curve.md").read_text("utf-8")
    points = json.loads((tmp_path / "curve/learning_curve.json").read_text("utf-8"))["points"]
    assert [20, 60] == [point["rows"] for point in points]
    assert (tmp_path / "curve/learning_curve.svg").exists()


@pytest.mark.parametrize("sizes", ["many", "0,10", "1.5"])
def test_sizes_are_whole_numbers(run: Run, tmp_path: Path, sizes: str) -> None:
    """What is no number of rows is a usage error that shows it."""
    status, _, err = run("learning-curve", REVIEWS, "--out", tmp_path, "--sizes", sizes)

    assert 2 == status
    assert repr(sizes) in err
