"""`polarity evaluate`."""

import json
from pathlib import Path

import pytest

from .conftest import FIXTURES, Run

REVIEWS = FIXTURES / "reviews.jsonl"


def test_json_is_one_object(run: Run, tiny_checkpoint: Path) -> None:
    """Every measure by its name, over all rows; a label for each of them."""
    status, out, err = run("evaluate", REVIEWS, "--checkpoint", tiny_checkpoint, "--json")
    assert (0, "") == (status, err)
    found = json.loads(out)
    assert (80, 1.0) == (found["n"], found["verdict_rate"])
    assert all(0 <= found[name] <= 1 for name in ("accuracy", "macro_f1", "two_class_accuracy"))
    assert ["NEGATIVE", "NEUTRAL", "POSITIVE"] == list(found["labels"])
    hits = sum(found["confusion"][at][at] for at in range(3))
    assert found["accuracy"] == pytest.approx(hits / 80)
    assert {"bert": 80} == found["decided_by"]


def test_the_measures_are_those_of_the_labels(run: Run, tiny_checkpoint: Path) -> None:
    """What `classify` says of each text, counted by hand, is the accuracy of `evaluate`."""
    options = ("--checkpoint", tiny_checkpoint, "--json")
    rows = [json.loads(line) for line in run("classify", "--file", REVIEWS, *options).out.splitlines()]
    expected = sum(row["label"] == row["gold"] for row in rows) / len(rows)
    assert expected == pytest.approx(json.loads(run("evaluate", REVIEWS, *options).out)["accuracy"])


def test_a_table_is_printed(run: Run, tiny_checkpoint: Path) -> None:
    """Without `--json`: the measures, each label, and the confusion, for a person."""
    status, out, err = run("evaluate", REVIEWS, "--checkpoint", tiny_checkpoint, "--limit", 10)
    assert (0, "") == (status, err)
    assert ["n", "10"] == out.splitlines()[0].split()
    assert ["accuracy", "macro_f1", "two_class_accuracy", "verdict_rate"] == [
        line.split()[0] for line in out.splitlines()[1:5]
    ]
    assert all(word in out for word in ("Each label", "precision", "Confusion", "NO VERDICT", "POSITIVE"))


def test_standard_input_is_read(run: Run, tiny_checkpoint: Path) -> None:
    """`-` reads JSON Lines and gives what the file gives."""
    options = ("--checkpoint", tiny_checkpoint, "--json", "--limit", 5)
    expected = run("evaluate", REVIEWS, *options)
    assert expected == run("evaluate", "-", *options, stdin=REVIEWS.read_bytes())


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('{"text": "Fine."}', "no gold label in column 'label'"),
        ('{"text": "Fine.", "label": "GOOD"}', "gold label 'GOOD' is not one of NEGATIVE, NEUTRAL, POSITIVE"),
    ],
)
def test_gold_must_be_there_and_known(run: Run, row: str, problem: str) -> None:
    """A row without usable gold label is named, before any weights are loaded."""
    stdin = f'{{"text": "Good.", "label": "POSITIVE"}}\n{row}\n'.encode()
    expected = (1, "", f"error: -:2: {problem}\n")
    assert expected == run("evaluate", "-", "--checkpoint", "/nowhere", stdin=stdin)
