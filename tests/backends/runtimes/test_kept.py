"""What was optimized is found for what it was made for, and for nothing else."""

from pathlib import Path

import pytest

from polarity.backends.facts import WEIGHTS
from polarity.backends.runtimes import kept
from polarity.backends.runtimes.kept import MODEL, PRECISE, RECORD, found, is_whole
from polarity.errors import CheckpointError

from .conftest import KeepOne


def _names(checkpoint: Path) -> list[str]:
    records = found(str(checkpoint), checkpoint / WEIGHTS)
    whole = [record for record, folder in records if is_whole(record, folder)]
    return [f"{record.runtime} {record.precision}" for record in whole]


def test_it_lies_beside_the_weights(checkpoint: Path, keep_one: KeepOne) -> None:
    """A graph and its record in a folder of their own, nothing else; keeping it again replaces it."""
    folder = keep_one()
    assert folder == keep_one()
    assert [folder] == [*(checkpoint / "optimized").iterdir()]
    assert [MODEL, RECORD] == sorted(path.name for path in folder.iterdir())
    assert ["onnxruntime fp32"] == _names(checkpoint)


def test_other_weights_have_none(checkpoint: Path, keep_one: KeepOne) -> None:
    """What was made of the weights that lay there before is not theirs."""
    keep_one()
    (checkpoint / WEIGHTS).write_bytes(b"others")
    assert [] == _names(checkpoint)


def test_a_graph_of_another_folder_is_not_taken(checkpoint: Path, keep_one: KeepOne) -> None:
    """A record that was put beside another graph, or is cut off, is as if it were not there."""
    folder = keep_one()
    (folder / MODEL).write_bytes(b"another graph")
    assert [] == _names(checkpoint)
    folder = keep_one()
    (folder / RECORD).write_text((folder / RECORD).read_text("utf-8")[:-20], "utf-8")
    assert [] == _names(checkpoint)


def test_a_graph_for_close_calls_lies_beside_it(checkpoint: Path, keep_one: KeepOne) -> None:
    """Both are held against the record; kept again without one, none is left."""
    folder = keep_one("onnxruntime", "int8", precise=b"in fp32")
    assert sorted([MODEL, PRECISE, RECORD]) == sorted(path.name for path in folder.iterdir())
    assert ["onnxruntime int8"] == _names(checkpoint)
    (folder / PRECISE).write_bytes(b"another graph")
    assert [] == _names(checkpoint)
    assert folder == keep_one("onnxruntime", "int8")
    assert [MODEL, RECORD] == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("what", ["processor", "installed"])
def test_another_machine_or_version_has_none(
    what: str, checkpoint: Path, keep_one: KeepOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was measured elsewhere says nothing here."""
    keep_one()
    monkeypatch.setattr(kept, what, lambda *_: "another")
    assert [] == _names(checkpoint)


def test_where_nothing_can_be_written_the_cache_keeps_it(
    checkpoint: Path, keep_one: KeepOne, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found there, too; and if that cannot be written either, a sentence says so."""
    (checkpoint / "optimized").write_text("in the way", "utf-8")
    monkeypatch.setenv("POLARITY_CACHE", str(tmp_path / "cache"))
    assert tmp_path / "cache" / "optimized" == keep_one().parent
    assert ["onnxruntime fp32"] == _names(checkpoint)
    (tmp_path / "file").write_text("in the way", "utf-8")
    monkeypatch.setenv("POLARITY_CACHE", str(tmp_path / "file"))
    with pytest.raises(CheckpointError, match=r"cannot be written: .*POLARITY_CACHE names another folder$"):
        keep_one()
