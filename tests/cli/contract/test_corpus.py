"""`polarity contract test`: gates and misses."""

import json
from pathlib import Path

import pytest

from ..conftest import Run

ROOT = Path(__file__).parents[3]
CONTRACT = ROOT / "contracts" / "polarity.v1.toml"
CORPUS = ROOT / "fixtures" / "completions.jsonl"


def written(path: Path, *rows: dict[str, object]) -> Path:
    """Write a corpus."""
    path.write_text(
        "".join(
            json.dumps({"id": str(at), "source": "written", **row}) + "\n" for at, row in enumerate(rows)
        ),
        "utf-8",
    )
    return path


@pytest.mark.slow
def test_the_default_contract_meets_its_bars(run: Run) -> None:
    """The shipped contract over the shipped corpus: no wrong verdict, none opposite, exit 0."""
    status, out, err = run("contract", "test", CONTRACT, CORPUS, "--json")
    found = json.loads(out)
    assert (0, "", 1.0, 0) == (status, err, found["precision"], found["opposite"])
    assert found["expected"] == found["written"]
    assert {"lost"} == {miss["kind"] for miss in found["misses"]}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "positive", "says": "NEGATIVE"}, "precision 0.0000 is under 0.9950"),
        ({"text": "gut", "says": "POSITIVE"}, "recall 0.0000 is under 0.8000"),
        ({"text": "positive", "says": "NEGATIVE"}, "opposite 1.0000 is over 0.0000"),
        (
            {"text": "gut", "expect": {"kind": "verdict", "label": "POSITIVE"}},
            "as_expected 0.0000 is under 1.0000",
        ),
    ],
)
def test_each_bar_is_a_gate(run: Run, tmp_path: Path, row: dict[str, object], reason: str) -> None:
    """A missed bar is named on standard error, the miss on standard output, and the exit status is 3."""
    status, out, err = run("contract", "test", CONTRACT, written(tmp_path / "c.jsonl", row))
    assert 3 == status
    assert reason in err.removeprefix("gate failed: ").rstrip().split("; ")
    assert str(row["text"]) in out


def test_bars_can_be_set(run: Run, tmp_path: Path) -> None:
    """With a lower bar the same corpus passes, and the others stay as they are."""
    corpus = written(tmp_path / "c.jsonl", {"text": "gut", "says": "POSITIVE"})
    status, _, err = run("contract", "test", CONTRACT, corpus, "--fail-under", "recall=0")
    assert (0, "gate passed: recall 0.0000 is within 0.0000\n") == (status, err)


def test_a_corpus_without_labels_is_inconclusive(run: Run, tmp_path: Path) -> None:
    """Nothing measured is not passed: exit 4."""
    status, _, err = run("contract", "test", CONTRACT, written(tmp_path / "c.jsonl", {"text": "positive"}))
    assert (4, "inconclusive: no row of the corpus says or expects anything\n") == (status, err)
