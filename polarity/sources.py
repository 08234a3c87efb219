"""What is read, by its name: files, patterns, and what lies in the store of decisions."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from polarity.errors import RecordError, missing_packages_named
from polarity.records import files_of, paths_of, write
from polarity.settings import StoreSettings, load_settings

if TYPE_CHECKING:
    from polarity.store import Store

STORE: Final = "store:"
UNNAMEABLE: Final = re.compile(r"[^\w.-]+")
_queries: dict[Path, str] = {}  # by the files into which they were taken out


def sources_of(named: str | Path | Sequence[str | Path], store: StoreSettings | None = None) -> list[Path]:
    """Find the files where somebody names files, patterns, or `store:?since=7d`: see `store.query`.

    What lies in the store is taken out of it now, into a file of JSON Lines that is gone when this process
    ends: whatever is decided meanwhile, each reading finds the same rows. `store` says where the store is,
    by default the settings.

    >>> sources_of("a.jsonl")
    [PosixPath('a.jsonl')]

    Raises:
        SettingsError: none is named.
        RecordError: no file matches a pattern, or no decision what was asked for.
        StoreError: the store cannot be read, or it is no such query.
    """
    names = [str(path) for path in paths_of(named)]
    return files_of([str(_taken_out(name, store)) if name.startswith(STORE) else name for name in names])


def typed(path: Path) -> str:
    """Give the word for a file that a command takes again: what was taken out of the store is a query.

    >>> typed(Path("mine/gold.jsonl"))
    'gold.jsonl'
    """
    return _queries.get(path, path.name)


def opened_store(settings: StoreSettings | None = None, *, make: bool = False) -> "Store":
    """Open the store that the settings name, which is made only with `make`: see `open_store`.

    Raises:
        StoreError: it cannot be opened, or is not there.
        PackageMissing: the packages are not installed that a store needs.
    """
    with missing_packages_named():
        from polarity.store import open_store
    return open_store((settings or load_settings().store).url.get_secret_value(), make=make)


def export(
    query: str,
    out: Path,
    store: StoreSettings | None = None,
    *,
    on_row: Callable[[int], None] = lambda _: None,
) -> int:
    """Write what a query like `store:?since=7d` finds as .jsonl, .parquet, .csv or .tsv; give how many.

    Raises:
        StoreError: the store cannot be read, has nothing of that side, or it is no such query.
        RecordError: the file cannot be written.
    """
    from polarity.store.exporting import exported
    from polarity.store.query import wanted_of
    from polarity.store.sides import check_side

    wanted = wanted_of(query)
    count = 0

    def counted() -> Iterator[Mapping[str, Any]]:
        nonlocal count
        for count, row in enumerate(exported(opened, wanted), start=1):
            on_row(count)
            yield row

    with opened_store(store) as opened:
        check_side(opened, wanted.side)
        write(out, counted())
    return count


def _taken_out(query: str, store: StoreSettings | None) -> Path:
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    path = folder / f"{UNNAMEABLE.sub('-', query).strip('-')}.jsonl"
    if export(query, path, store) == 0:
        raise RecordError(f"no decision in the store is one of {query!r}")
    _queries[path] = query
    return path


@cache
def _folder() -> Path:
    """Make the folder of what is taken out: this user's only, and gone with this process."""
    folder = Path(tempfile.mkdtemp(prefix="polarity-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
