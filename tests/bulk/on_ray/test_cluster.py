"""Ray, started for one run, and what it leaves behind."""

import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from polarity.bulk.on_ray.cluster import _folder


def test_folders_of_killed_runs_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no other: somebody has it, it was made a moment ago, or it is of a release that locked none."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("killed", "held", "fresh"):
        owner = tmp_path / f"polarity-ray-{name}" / "owner.lock"
        (owner.parent / "ray").mkdir(parents=True)
        owner.touch()
        if name != "fresh":
            os.utime(owner, (0, 0))
    (tmp_path / "polarity-ray-older").mkdir()
    with (tmp_path / "polarity-ray-held" / "owner.lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with _folder() as folder:
            there = {path.name.removeprefix("polarity-ray-") for path in tmp_path.iterdir() if path != folder}
    assert {"held", "fresh", "older"} == there
    assert not folder.exists()
