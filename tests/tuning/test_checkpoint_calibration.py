"""A checkpoint calibrated in one line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from polarity.backends.temperature import read_calibration
from polarity.errors import CheckpointError, SettingsError
from polarity.settings import Settings, load_settings
from polarity.statistics.gates import parsed_all
from polarity.tuning import calibrate_checkpoint
from tests.conftest import FIXTURES


@pytest.fixture
def settings() -> Settings:
    """A tiny model is fastest on one thread."""
    return load_settings({"bert": {"threads": 1}})


@pytest.fixture
def checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of the tiny checkpoint, to write into."""
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "checkpoint"))


def _labelled(folder: Path, n: int) -> Path:
    rows = [json.loads(line) for line in (FIXTURES / "reviews.jsonl").read_text("utf-8").splitlines()] * 4
    lines = [json.dumps({**row, "text": f"{row['text']} {at}"}) for at, row in enumerate(rows[:n])]
    (folder / "dev.jsonl").write_text("\n".join(lines), "utf-8")
    return folder / "dev.jsonl"


@pytest.mark.slow
@pytest.mark.parametrize(("most", "status"), [("2", "passed"), ("0", "failed")])
def test_it_is_stored_if_the_gates_pass(
    checkpoint: Path, tmp_path: Path, settings: Settings, most: str, status: str
) -> None:
    """What is measured is given in either case; one file may be named as it is."""
    found, judgement = calibrate_checkpoint(
        str(checkpoint), str(_labelled(tmp_path, 300)), settings, bounds=parsed_all([], [f"brier={most}"])
    )

    assert status == judgement.status
    assert found is not None
    assert 300 == found.after["all texts"].n
    assert (found if status == "passed" else None) == read_calibration(checkpoint)


def test_too_few_texts(checkpoint: Path, tmp_path: Path, settings: Settings) -> None:
    """Nothing is fitted, and the checkpoint stays as it was."""
    found, judgement = calibrate_checkpoint(checkpoint, [_labelled(tmp_path, 299)], settings)

    assert (None, "inconclusive") == (found, judgement.status)
    assert "299 texts are fewer than 300" == judgement.too_little
    assert read_calibration(checkpoint) is None


def test_what_cannot_be_used_is_said_before_a_file_is_read(tmp_path: Path) -> None:
    """A bound on nothing that is measured, then a folder without weights."""
    with pytest.raises(SettingsError, match="no measure 'churn'"):
        calibrate_checkpoint(tmp_path, "nowhere.jsonl", bounds=parsed_all([], ["churn=1"]))
    with pytest.raises(CheckpointError, match=r"model\.safetensors: cannot be read"):
        calibrate_checkpoint(tmp_path, "nowhere.jsonl")


STARS = dict(
    zip(
        ("1 star", "2 stars", "3 stars", "4 stars", "5 stars"),
        ("NEGATIVE", "NEGATIVE", "NEUTRAL", "POSITIVE", "POSITIVE"),
        strict=True,
    )
)


@pytest.mark.slow
def test_sums_have_a_temperature_of_their_own(make_checkpoint: Callable[..., Path], tmp_path: Path) -> None:
    """Where several names are one label, the calibration says which they were."""
    folder = Path(shutil.copytree(make_checkpoint(*STARS), tmp_path / "stars"))
    settings = load_settings({"bert": {"threads": 1, "labels": STARS}})
    found, _ = calibrate_checkpoint(folder, _labelled(tmp_path, 300), settings)

    assert found is not None
    assert STARS == found.labels
    assert found == read_calibration(folder, STARS)
    with pytest.raises(CheckpointError, match="was made for other labels"):
        read_calibration(folder)


def test_a_label_that_is_never_given_has_no_temperature(
    make_checkpoint: Callable[..., Path], tmp_path: Path
) -> None:
    """A text of it has probability 0 at any temperature: that is said before anything is scored."""
    two = {"neg": "NEGATIVE", "pos": "POSITIVE"}
    settings = load_settings({"bert": {"threads": 1, "labels": two}})
    with pytest.raises(CheckpointError, match="no name of the checkpoint is bound to neutral"):
        calibrate_checkpoint(make_checkpoint(*two), _labelled(tmp_path, 300), settings)
