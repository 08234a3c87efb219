"""`polarity learning-curve`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from polarity.errors import TrainingError
from polarity.training.dataset import DataSet
from polarity.training.finetune import FineTuned, fine_tune
from polarity.training.options import TrainingOptions

from .conftest import FIXTURES, Run

REVIEWS = FIXTURES / "reviews.jsonl"
QUICK = ("--set", "options.epochs=1", "--set", "options.threads=1")


@pytest.mark.training
def test_table_figures_and_picture(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """A point for each size, printed as a table and written in each format."""
    outputs = [tmp_path / f"curve{suffix}" for suffix in (".html", ".json", ".md", ".svg")]
    files = [word for path in outputs for word in ("-o", path)]
    options = ("--set", f"base={tiny_checkpoint}", "--sizes", "60,20", *QUICK)
    status, out, _ = run("learning-curve", REVIEWS, *files, *options)

    assert 0 == status
    assert ["20", "60"] == [line.split("|")[1].strip() for line in out.splitlines()[2:]]
    assert out in (tmp_path / "curve.md").read_text("utf-8")
    assert "0 rows, the fine-tuned encoder has macro-F1" in (tmp_path / "curve.html").read_text("utf-8")
    assert (tmp_path / "curve.svg").read_text("utf-8").startswith("<svg")
    points = json.loads((tmp_path / "curve.json").read_text("utf-8"))["points"]
    assert [20, 60] == [point["rows"] for point in points]


@pytest.mark.training
def test_a_recipe_says_how_each_part_is_trained(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Its options and --set's are the curve's; what says nothing to a curve is said to be left out."""
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        f'base = "{tiny_checkpoint}"\n[options]\nepochs = 2\nthreads = 1\nmax_length = 16\n'
        '[[data]]\nfile = "reviews.jsonl"\nweight = 0.5\n[teacher]\ncheckpoint = "/nowhere"\n',
        "utf-8",
    )
    args = ("--recipe", recipe, "--data-root", FIXTURES, "--set", "options.epochs=1", "--sizes", "20")
    status, _, err = run("learning-curve", *args, "-o", tmp_path / "curve.json")

    assert 0 == status
    assert err.startswith("a curve is of gold labels, each row alike; left out: teacher, data.0.weight\n")
    found = json.loads((tmp_path / "curve.json").read_text("utf-8"))
    expected = TrainingOptions(epochs=1, threads=1, max_length=16)
    assert expected.as_dict() == found["options"]
    assert str(tiny_checkpoint) == found["origin"]["base"]


@pytest.mark.parametrize("sizes", ["many", "0,10", "1.5"])
def test_sizes_are_whole_numbers(run: Run, tmp_path: Path, sizes: str) -> None:
    """What is no number of rows is a usage error that shows it."""
    status, _, err = run("learning-curve", REVIEWS, "--out", tmp_path / "curve.md", "--sizes", sizes)

    assert 2 == status
    assert repr(sizes) in err


@pytest.mark.training
def test_without_sizes_the_largest_part_is_all_there_is(
    run: Run, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Eighty rows, of which a tenth is drawn off to measure on: one part of 72, and it is said."""
    options = ("--set", f"base={tiny_checkpoint}", *QUICK)
    status, out, err = run("learning-curve", REVIEWS, "--out", tmp_path / "curve.md", *options)

    assert 0 == status
    assert ["72"] == [line.split("|")[1].strip() for line in out.splitlines()[2:]]
    said, drawn, scores, *_ = err.splitlines()
    assert "macro-F1 is of drawn, a tenth of the rows, kept back by the seed and not trained on" == drawn
    assert "72 rows are there to train on: the largest part is all of them" == said
    assert re.fullmatch(r"72 rows, \d+ s: drawn encoder 0\.\d{3}, words 0\.\d{3}", scores)


def test_a_size_that_was_asked_for_must_be_there(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Who names 80 rows does not get 72."""
    options = ("--set", f"base={tiny_checkpoint}", "--sizes", "20,80")
    status, _, err = run("learning-curve", REVIEWS, "--out", tmp_path / "curve.md", *options)

    assert (1, "error: a part of 80 rows cannot be drawn from 72\n") == (status, err)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("curve", "unknown suffix ''; known: .html, .json, .md, .svg; it writes files, such as curve.html\n"),
        ("none/curve.md", "cannot be written: no such folder: "),
        ("folder.md", "cannot be written: is a folder"),
    ],
)
def test_what_cannot_be_written_is_said_at_once(run: Run, tmp_path: Path, name: str, problem: str) -> None:
    """Before the data is read, which is not there, and before anything is trained."""
    (tmp_path / "folder.md").mkdir()
    status, _, err = run("learning-curve", tmp_path / "none.jsonl", "--out", tmp_path / name)

    assert 1 == status
    assert err.startswith(f"error: {tmp_path / name}: {problem}")


@pytest.mark.training
def test_a_run_that_ends_early_leaves_what_it_found(
    run: Run, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first part every file is there, whole, and its scores were said."""

    def fails_on_more(train: list[DataSet], *rest: Any, **named: Any) -> FineTuned:
        if len(train[0].examples) > 20:
            raise TrainingError("out of memory")
        return fine_tune(train, *rest, **named)

    monkeypatch.setattr("polarity.training.learning_curve.fine_tune", fails_on_more)
    files = ("-o", tmp_path / "curve.json", "-o", tmp_path / "curve.html")
    options = ("--set", f"base={tiny_checkpoint}", "--sizes", "20,60", *QUICK)
    status, _, err = run("learning-curve", REVIEWS, *files, *options)

    assert 1 == status
    assert "\n20 rows, " in err
    points = json.loads((tmp_path / "curve.json").read_text("utf-8"))["points"]
    assert [20] == [point["rows"] for point in points]
    assert ["curve.html", "curve.json"] == sorted(path.name for path in tmp_path.iterdir() if path.is_file())


@pytest.mark.training
def test_the_table_is_printed_where_it_cannot_be_written(
    run: Run, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every part is trained and shown; the exit status and the last line say what is missing."""
    path = tmp_path / "curve.md"

    def takes_the_place(*given: Any, **named: Any) -> FineTuned:
        path.mkdir(exist_ok=True)
        return fine_tune(*given, **named)

    monkeypatch.setattr("polarity.training.learning_curve.fine_tune", takes_the_place)
    options = ("--set", f"base={tiny_checkpoint}", "--sizes", "20,60", *QUICK)
    status, out, err = run("learning-curve", REVIEWS, "--out", path, *options)

    assert 1 == status
    assert ["20", "60"] == [line.split("|")[1].strip() for line in out.splitlines()[2:]]
    problem = f"{path}: cannot be written: Is a directory"
    assert [f"not written: {problem}", f"error: {problem}"] == err.splitlines()[-2:]
