"""Which files, and which records."""

from collections import Counter
from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.records import Record, expanded, sampled


def records(count: int) -> list[Record]:
    """So many texts, numbered."""
    return [Record(text="x", id=str(at), line=at) for at in range(count)]


def test_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern's files come by name, a file once, `**` in any folder, folders never."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.csv", "a.csv", "deep/c.csv", "odd[1].csv"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    Path("folder.csv").mkdir()

    assert ["b.csv", "a.csv", "odd[1].csv"] == [str(path) for path in expanded(["b.csv", "*.csv"])]
    assert ["a.csv", "b.csv", "deep/c.csv", "odd[1].csv"] == [str(path) for path in expanded(["**/*.csv"])]
    assert ["odd[1].csv"] == [str(path) for path in expanded(["odd[1].csv"])]


def test_a_pattern_without_a_file(tmp_path: Path) -> None:
    """It is named: nothing matched is not the same as nothing to compare."""
    with pytest.raises(RecordError, match=r"no file matches '.*none\*\.csv'"):
        expanded([str(tmp_path / "none*.csv")])


def test_every_record_is_as_likely() -> None:
    """Over 3,000 seeds, each of ten records is among the three drawn in 30 % of the draws, about."""
    drawn = Counter(record.id for seed in range(3000) for record in sampled(records(10), 3, seed=seed))
    assert set(map(str, range(10))) == set(drawn)
    assert all(800 <= count <= 1000 for count in drawn.values())


def test_the_order_is_kept_and_a_seed_repeats() -> None:
    """What is drawn comes in the file's order, and again by the same seed."""
    once = [record.line for record in sampled(iter(records(1000)), 20, seed=7)]
    assert sorted(once) == once
    assert once == [record.line for record in sampled(records(1000), 20, seed=7)]
    assert once != [record.line for record in sampled(records(1000), 20, seed=8)]


def test_fewer_than_asked_for_are_all() -> None:
    """A sample is never an error for want of rows."""
    assert records(3) == sampled(records(3), 5)
