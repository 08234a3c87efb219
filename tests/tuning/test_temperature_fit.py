"""A temperature is fitted on one half, measured on the other, and stored for exactly these weights."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from polarity.backends.temperature import Calibration, read_calibration, weights_hash
from polarity.errors import CheckpointError, RecordError
from polarity.statistics.calibration import with_temperature
from polarity.tuning.temperature_fit import ALL, Scored, calibrate, write_calibration


def _scored(name: str, n: int, *, temperature: float) -> Scored:
    """Texts whose labels were drawn by honest probabilities, and probabilities too sure by `temperature`."""
    random = np.random.default_rng(len(name))
    honest = softmax(random.normal(0, 2, (n, 3)), axis=1)
    gold = np.array([random.choice(3, p=row) for row in honest])
    texts = [f"{name} {at}" for at in range(n)]
    return Scored(name, texts, with_temperature(honest, 1 / temperature), gold)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A folder with weights in it, of which only the bytes matter here."""
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


@pytest.mark.slow
def test_one_temperature_is_fitted_over_all_files() -> None:
    """Texts of both files count, and what was measured is better calibrated after than before."""
    found, _ = calibrate([_scored("a", 3000, temperature=2.0), _scored("bb", 3000, temperature=2.0)], "0")

    assert pytest.approx(2.0, rel=0.05) == found.temperature
    assert all(pytest.approx(2.0, rel=0.1) == fold for fold in found.fold_temperatures)
    assert ["a", "bb", ALL] == list(found.before)
    assert found.before[ALL].ece > 0.08
    assert found.after[ALL].ece < 0.03
    assert found.after[ALL].nll < found.before[ALL].nll
    assert [3000, 3000, 6000] == [found.after[name].n for name in found.after]


@pytest.mark.slow
def test_no_text_is_measured_at_a_temperature_that_has_seen_it() -> None:
    """The labels of one fold move every fold's temperature but its own."""
    part = _scored("a", 400, temperature=1.5)
    in_fold = np.array([hashlib.sha256(text.encode()).digest()[0] % 5 == 2 for text in part.texts])
    other = np.where(in_fold, (part.gold + 1) % 3, part.gold)

    before, _ = calibrate([part], "0")
    after, _ = calibrate([Scored(*part[:3], other)], "0")

    moved = [x != y for x, y in zip(before.fold_temperatures, after.fold_temperatures, strict=True)]
    assert [True, True, False, True, True] == moved


def test_too_few_texts() -> None:
    """Fewer texts than folds cannot be measured without being fitted on."""
    with pytest.raises(RecordError, match=r"too few to calibrate on: 1 text$"):
        calibrate([_scored("few", 1, temperature=1.0)], "0")


def test_two_files_of_one_name() -> None:
    """The measures of one would take the place of the other's."""
    parts = [_scored("a/dev.jsonl", 400, temperature=share) for share in (1.0, 2.0)]
    with pytest.raises(RecordError, match=r"^two files have the same name and folder name: rename one$"):
        calibrate(parts, "0")


def test_where_no_text_is_wrong_nothing_is_fitted() -> None:
    """Neither over all texts, nor where a fold holds the only wrong one."""
    part = _scored("a", 300, temperature=1.0)
    right = part.probabilities.argmax(1)
    one_wrong = np.where(np.arange(300) == 7, (right + 1) % 3, right)

    with pytest.raises(RecordError, match=r"^no text is wrong: no temperature can be fitted"):
        calibrate([Scored(*part[:3], right)], "0")
    with pytest.raises(RecordError, match=r"^no text is wrong outside one of the folds: no temperature"):
        calibrate([Scored(*part[:3], one_wrong)], "0")


def test_written_and_read_again(checkpoint: Path) -> None:
    """What was written comes back whole, beside a picture."""
    found = calibrate([_scored("a", 400, temperature=2.0)], weights_hash(checkpoint))
    write_calibration(found, checkpoint)

    assert found.calibration == read_calibration(checkpoint)
    assert (checkpoint / "reliability.svg").read_text("utf-8").startswith("<svg")
    assert {"n", "ece", "brier", "nll"} == set(
        json.loads((checkpoint / "calibration.json").read_text("utf-8"))["after"]["a"]
    )


def test_a_checkpoint_without_a_calibration(checkpoint: Path) -> None:
    """Nothing is made up: its probabilities stay as they are."""
    assert read_calibration(checkpoint) is None


def _written(checkpoint: Path, **changes: object) -> None:
    values = Calibration(
        temperature=1.5, weights_sha256=weights_hash(checkpoint), fold_temperatures=(), before={}, after={}
    ).model_dump()
    (checkpoint / "calibration.json").write_text(json.dumps({**values, **changes}), "utf-8")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"temperature": 0}, "temperature: should be greater than 0"),
        ({"temperature": float("nan")}, "temperature: should be a finite number"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"weights_sha256": "1"}, "was made for other weights"),
    ],
)
def test_a_broken_calibration_is_named(checkpoint: Path, changes: dict[str, object], problem: str) -> None:
    """The error names the file, the key and what is wrong with it."""
    _written(checkpoint, **changes)

    with pytest.raises(CheckpointError, match=rf"calibration\.json: {problem}"):
        read_calibration(checkpoint)


def test_weights_in_no_one_file_cannot_be_calibrated(tmp_path: Path) -> None:
    """Neither a folder without weights nor one whose weights are in parts has a hash."""
    with pytest.raises(CheckpointError, match=r"model\.safetensors: cannot be read: No such file"):
        weights_hash(tmp_path)
