"""Labelled data for a policy: read in order, and asked about only where it must be."""

import json
from collections import Counter
from pathlib import Path

import pytest

from polarity.errors import RecordError, SettingsError
from polarity.records import STANDARD_INPUT
from polarity.settings import load_settings
from polarity.tuning.gold_data import answered, check_names, read_gold, stored_pairs
from polarity.types import Model
from tests.synthetic import CONTRACT, bert, llm, report

ROWS = [
    ("NEUTRAL", bert("NEUTRAL", 0.9), llm("POSITIVE", 0.8)),
    ("NEGATIVE", bert("NEUTRAL", 0.6), llm("NEGATIVE", 0.9)),
]


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A report of two texts."""
    return report(tmp_path / "stored.json", ROWS)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A file of one labelled text."""
    path = tmp_path / "labelled.jsonl"
    path.write_text(json.dumps({"text": "Fine.", "label": "POSITIVE"}), "utf-8")
    return path


def test_a_reports_pairs_are_what_was_said(stored: Path) -> None:
    """The raw outputs as they are, with the file's name."""
    pairs, models = stored_pairs(stored, CONTRACT)
    assert {"bert": Model("tiny"), "llm": Model("small")} == models
    assert ROWS == [(pair.gold, pair.bert.raw, pair.llm.raw) for pair in pairs]
    assert ["stored.json"] * 2 == [pair.data for pair in pairs]


def test_reports_and_labelled_files_are_told_apart(stored: Path, labelled: Path) -> None:
    """By their suffix; the gold labels of both are known before anybody is asked."""
    gold = read_gold([labelled, stored], CONTRACT)
    assert ([stored], [labelled]) == (list(gold.stored), list(gold.rows))
    assert ["NEGATIVE", "NEUTRAL", "POSITIVE"] == sorted(gold.golds)
    pairs = stored_pairs(stored, CONTRACT).pairs
    assert [pairs[1], *pairs] == gold.in_order({labelled: pairs[1:]})


def test_a_sample_has_each_files_and_labels_share(tmp_path: Path, stored: Path) -> None:
    """To within one row; reports, which are answered already, stay whole, and a seed draws the same again."""
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path, n in zip(paths, (90, 30), strict=True):
        labels = ["POSITIVE", "POSITIVE", "NEGATIVE"] * (n // 3)
        path.write_text("\n".join(json.dumps({"text": f"{at}", "label": g}) for at, g in enumerate(labels)))
    found, again, other = (read_gold([*paths, stored], CONTRACT, sample=12, seed=seed) for seed in (1, 1, 2))
    counts = Counter((path.name, row.gold) for path, rows in found.rows.items() for row in rows)
    expected = {("a.jsonl", "POSITIVE"): 6, ("a.jsonl", "NEGATIVE"): 3}
    expected |= {("b.jsonl", "POSITIVE"): 2, ("b.jsonl", "NEGATIVE"): 1}
    assert expected == counts
    assert 2 == len(found.stored[stored].pairs)
    assert found.rows == again.rows != other.rows
    with pytest.raises(RecordError, match=r"b\.jsonl: a sample of 1 leaves nothing of it: draw more"):
        read_gold(paths, CONTRACT, sample=1)
    assert found.rows[paths[0]] == sorted(found.rows[paths[0]], key=lambda row: row.record.line)


def test_the_models_are_one_pair(tmp_path: Path, stored: Path) -> None:
    """A second report's that are called alike are the same; other ones are an error that names the file."""
    same, other = (report(tmp_path / name, ROWS) for name in ("same.json", "other.json"))
    found = read_gold([stored, same], CONTRACT).models(load_settings(), CONTRACT)
    assert ("tiny", "small", None) == (found.bert.name, found.llm.name, found.llm.weights)
    other.write_text(other.read_text("utf-8").replace('"model": "small"', '"model": "large"'), "utf-8")
    problem = r"other\.json: answered by llm \(name large\), stored\.json by \(name small\)"
    with pytest.raises(RecordError, match=problem):
        read_gold([stored, other], CONTRACT).models(load_settings(), CONTRACT)


def test_of_reports_alone_nobody_is_asked(stored: Path, tmp_path: Path) -> None:
    """A checkpoint that there is not is not looked for, and nothing is kept."""
    settings = load_settings({"bert": {"checkpoint": str(tmp_path / "nowhere")}})
    before = sorted(tmp_path.iterdir())
    with answered(read_gold([stored], CONTRACT), settings, CONTRACT, out=tmp_path / "new.toml") as pairs:
        assert stored_pairs(stored, CONTRACT).pairs == pairs
    assert before == sorted(tmp_path.iterdir())


def test_a_text_without_gold_is_named(tmp_path: Path) -> None:
    """With the report or, in a labelled file, with its line."""
    path = report(tmp_path / "a.json", [*ROWS, (None, *ROWS[0][1:])])
    with pytest.raises(RecordError, match=r"a\.json: no gold label for text '2'"):
        read_gold([path], CONTRACT)
    (tmp_path / "b.jsonl").write_text('{"text": "Fine."}', "utf-8")
    with pytest.raises(RecordError, match=r"b\.jsonl:1: no gold label in column 'label'"):
        read_gold([tmp_path / "b.jsonl"], CONTRACT)


def test_a_report_without_a_text_is_named(tmp_path: Path, stored: Path) -> None:
    """What was measured on it could not be said in the contract."""
    empty = report(tmp_path / "b.json", [])
    with pytest.raises(RecordError, match=r"b\.json: no text: nothing can be fitted on it"):
        read_gold([stored, empty], CONTRACT)


@pytest.mark.parametrize(
    ("paths", "problem"),
    [
        ([Path("x/a.json"), Path("y/a.json")], "two files are named 'a.json'"),
        ([Path("a.json"), STANDARD_INPUT], "standard input is read once and gone"),
    ],
)
def test_files_are_told_apart_by_name(paths: list[Path], problem: str) -> None:
    """Two of one name are refused, and what has none."""
    with pytest.raises(SettingsError, match=problem):
        check_names(paths)
