"""What a checkpoint makes of labelled files, as it is without a calibration."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from polarity.backends.temperature import Calibration, weights_hash
from polarity.errors import RecordError
from polarity.settings import Settings, load_settings
from polarity.tuning.scored_files import scored_files
from polarity.tuning.temperature_fit import Calibrated, write_calibration

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")


@pytest.fixture
def settings() -> Settings:
    """A tiny model is fastest on one thread."""
    return load_settings({"bert": {"threads": 1}})


def _labelled(path: Path, *golds: str) -> Path:
    rows = [json.dumps({"text": f"good {at}", "label": gold}) for at, gold in enumerate(golds)]
    path.write_text("\n".join(rows), "utf-8")
    return path


@pytest.mark.slow
def test_texts_are_scored_file_by_file(tiny_checkpoint: Path, tmp_path: Path, settings: Settings) -> None:
    """In order, each a distribution over the contract's labels, and the gold label's place in them."""
    files = [
        _labelled(tmp_path / "a.jsonl", *LABELS),
        _labelled(tmp_path / "b.jsonl", *reversed(LABELS), "NEUTRAL"),
    ]
    first, second = scored_files(files, tiny_checkpoint, settings)

    assert [f"{tmp_path.name}/a.jsonl", f"{tmp_path.name}/b.jsonl"] == [first.name, second.name]
    assert ["good 0", "good 1", "good 2"] == list(first.texts)
    assert ([0, 1, 2], [2, 1, 0, 1]) == (first.gold.tolist(), second.gold.tolist())
    assert ((3, 3), (4, 3)) == (first.probabilities.shape, second.probabilities.shape)
    assert np.allclose(1, second.probabilities.sum(axis=1))


def test_a_calibration_that_lies_there_has_no_influence(
    tiny_checkpoint: Path, tmp_path: Path, settings: Settings
) -> None:
    """The logits are read as they are."""
    data = [_labelled(tmp_path / "a.jsonl", *LABELS)]
    checkpoint = Path(shutil.copytree(tiny_checkpoint, tmp_path / "checkpoint"))
    (before,) = scored_files(data, checkpoint, settings)
    found = Calibration(
        temperature=5.0,
        fold_temperatures=(5.0,),
        weights_sha256=weights_hash(checkpoint),
        before={},
        after={},
    )
    write_calibration(Calibrated(found, ""), checkpoint)
    (after,) = scored_files(data, checkpoint, settings)

    assert np.array_equal(before.probabilities, after.probabilities)


def test_a_file_needs_every_label(tmp_path: Path, settings: Settings) -> None:
    """It is said before the checkpoint is looked for."""
    data = _labelled(tmp_path / "a.jsonl", "NEUTRAL")
    with pytest.raises(RecordError, match=r"a\.jsonl: no row is labelled NEGATIVE, POSITIVE"):
        scored_files([data], tmp_path / "nowhere", settings)
