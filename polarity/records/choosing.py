"""Which files, and which of their records."""

import random
from collections.abc import Callable, Iterable, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import TypeVar

from polarity.errors import RecordError, SettingsError
from polarity.records.formats import STANDARD_INPUT
from polarity.records.placing import paths_of
from polarity.records.rows import Record

Item = TypeVar("Item")


def expanded(patterns: Sequence[str]) -> list[Path]:
    """Find the files that names and patterns stand for: each once, those of a pattern by name.

    A file that is there is taken by its name, whatever characters that has; `**` stands for any
    folders. A name without a pattern is kept, also where there is no such file: `read` says so.

    >>> expanded(["a.jsonl", "-", "a.jsonl"])
    [PosixPath('a.jsonl'), PosixPath('-')]

    Raises:
        RecordError: no file matches a pattern.
    """
    found: dict[Path, Path] = {}
    for path in (path for pattern in patterns for path in _matching(pattern)):
        found.setdefault(path if path == STANDARD_INPUT else path.resolve(), path)
    return list(found.values())


def files_of(named: str | Path | Sequence[str | Path]) -> list[Path]:
    """Find the files where somebody names one file or pattern, or several.

    >>> files_of("a.jsonl")
    [PosixPath('a.jsonl')]

    Raises:
        SettingsError: none is named.
        RecordError: no file matches a pattern.
    """
    paths = paths_of(named)
    if not paths:
        raise SettingsError("no file is named")
    return expanded([str(path) for path in paths])


def _matching(pattern: str) -> list[Path]:
    if not has_magic(pattern) or Path(pattern).exists():
        return [Path(pattern)]
    names = sorted(glob(pattern, recursive=True))  # noqa: PTH207 - a pattern may begin at the root
    files = [path for path in map(Path, names) if path.is_file()]
    if not files:
        raise RecordError(f"no file matches {pattern!r}")
    return files


def sampled(records: Iterable[Record], size: int, *, seed: int = 0) -> list[Record]:
    """Draw `size` records, each as likely as any other, and keep their order; all where there are fewer.

    Takes any stream in: no more than `size` are held (reservoir sampling; Vitter 1985, algorithm R).
    The same seed draws the same of the same records.

    >>> texts = [Record(text=str(at), id=str(at), line=at) for at in range(9)]
    >>> [record.id for record in sampled(texts, 3)] == [record.id for record in sampled(texts, 3)]
    True
    """
    generator = random.Random(seed)
    kept: list[tuple[int, Record]] = []
    for at, record in enumerate(records):
        if at < size:
            kept.append((at, record))
        elif (place := generator.randint(0, at)) < size:
            kept[place] = (at, record)
    return [record for _, record in sorted(kept, key=lambda item: item[0])]


def stratified(
    items: Sequence[Item], size: int, stratum: Callable[[Item], tuple[str, ...]], *, seed: int = 0
) -> list[Item]:
    """Draw `size` items, of each stratum its share to within one, and keep their order.

    Where there are fewer, all are. In random order within each stratum, one stratum behind the other, every
    so-many-th is taken (systematic sampling; Cochran 1977, "Sampling techniques", chapter 8). The same
    seed draws the same.

    >>> drawn = stratified(["a1", "a2", "a3", "a4", "b1", "b2"], 3, lambda item: (item[0],))
    >>> [item[0] for item in drawn]
    ['a', 'a', 'b']
    """
    if size >= len(items):
        return list(items)
    shuffled = random.Random(seed).sample(range(len(items)), len(items))
    ordered = sorted(shuffled, key=lambda at: stratum(items[at]))
    taken = (ordered[(2 * place + 1) * len(items) // (2 * size)] for place in range(size))
    return [items[at] for at in sorted(taken)]
