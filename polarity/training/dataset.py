"""Labelled rows from files, ready to train on: labels checked, held-out texts dropped."""

import hashlib
import html
import math
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from polarity.errors import RecordError, TrainingError
from polarity.records import STANDARD_INPUT, Columns, Record, read

SHORTEST_HASHED = 12  # characters: below that, different people write the same text
HASH_DIGITS = 16
HASH = re.compile(rf"[0-9a-f]{{{HASH_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text.

    `label` is its index in the contract's labels. `competing` holds the indices its file knows at
    all: a two-class file says nothing about the third class, so its rows are trained by a softmax
    over its own labels only (`finetune.masked_cross_entropy`).
    """

    text: str
    label: int
    competing: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """How a numeric column becomes labels: `cut_offs` part the contract's ordered labels.

    >>> Ratings(column="stars", cut_offs=(2.5, 3.5)).index(3.0)
    1
    """

    column: str
    cut_offs: tuple[float, ...]

    def index(self, rating: float) -> int:
        """Count the cut-offs below `rating`."""
        return sum(rating > cut for cut in self.cut_offs)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file that was read: `rows` used of it, `held_out` dropped, sha256 of its bytes."""

    name: str
    rows: int
    held_out: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedData:
    """The examples of all files, and what was taken from each."""

    examples: list[Example]
    files: list[DataFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSets:
    """What a run trains on and what it chooses the best epoch by, and the files both came from.

    Without `dev_files`, the one dev set was drawn from `files`.
    """

    train: list[Example]
    dev: Mapping[str, list[Example]]
    files: list[DataFile]
    dev_files: list[DataFile]


def load(
    paths: Iterable[Path],
    labels: Sequence[str],
    *,
    columns: Columns,
    ratings: Ratings | None = None,
    holdout: frozenset[str] = frozenset(),
    max_rows: int | None = None,
    seed: int = 0,
) -> LoadedData:
    """Read labelled files; of a file with more than `max_rows` usable rows, draw that many by `seed`.

    Raises:
        RecordError: a file cannot be read, or a row has a label outside `labels`, or neither label
            nor rating.
        TrainingError: the number of cut-offs does not part the labels, or a file holds one label only.
    """
    if ratings and len(ratings.cut_offs) != len(labels) - 1:
        raise TrainingError(
            f"{len(labels)} labels need {len(labels) - 1} cut-offs, not {len(ratings.cut_offs)}"
        )
    loaded = LoadedData(examples=[], files=[])
    for path in paths:
        examples = _examples(path, labels, columns, ratings)
        kept = [example for example in examples if holdout_hash(example.text) not in holdout]
        held_out = len(examples) - len(kept)
        if max_rows is not None and len(kept) > max_rows:
            kept = random.Random(seed).sample(kept, max_rows)
        loaded.examples.extend(kept)
        loaded.files.append(_described(path, rows=len(kept), held_out=held_out))
    return loaded


def _examples(path: Path, labels: Sequence[str], columns: Columns, ratings: Ratings | None) -> list[Example]:
    if path == STANDARD_INPUT:
        raise RecordError("is read once and gone: training needs a file, whose hash it records", path=path)
    rows = [(record.text, _label_index(record, labels, ratings, path)) for record in read(path, columns)]
    competing = frozenset(index for _, index in rows)
    if len(competing) == 1:  # with nothing to compete against, every row would be right, and teach nothing
        raise TrainingError(f"{path}: every row is labelled {labels[rows[0][1]]}: a file needs two labels")
    return [Example(text, index, competing) for text, index in rows]


def _described(path: Path, *, rows: int, held_out: int) -> DataFile:
    """Name a file by its folder and its own name: the whole path is this machine's business."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DataFile(name=Path(*path.parts[-2:]).as_posix(), rows=rows, held_out=held_out, sha256=digest)


def _label_index(record: Record, labels: Sequence[str], ratings: Ratings | None, path: Path) -> int:
    if record.label is not None:
        if record.label in labels:
            return labels.index(record.label)
        known = ", ".join(labels)
        raise RecordError(f"label {record.label!r} is not one of {known}", path=path, line=record.line)
    if ratings is None or ratings.column not in record.extra:
        raise RecordError("the row has neither a label nor a rating", path=path, line=record.line)
    rating = _number(record.extra[ratings.column])
    if rating is None:
        problem = f"column {ratings.column!r} is not a number: {record.extra[ratings.column]!r}"
        raise RecordError(problem, path=path, line=record.line)
    return ratings.index(rating)


def _number(value: object) -> float | None:
    """Read a rating. "nan" is none, though Python reads it as one: it stands below no cut-off."""
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_holdout(path: Path) -> frozenset[str]:
    """Read a hash file: one `holdout_hash` a line.

    Raises:
        RecordError: the file cannot be read, or holds something else.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}", path=path) from None
    except UnicodeDecodeError:
        raise RecordError("not a hash file: not UTF-8", path=path) from None
    for number, line in enumerate(lines, start=1):
        if line.strip() and not HASH.fullmatch(line.strip()):
            problem = f"not a hash of {HASH_DIGITS} hex digits: {line.strip()[:60]!r}"
            raise RecordError(problem, path=path, line=number)
    return frozenset(line.strip() for line in lines if line.strip())


def holdout_hash(text: str) -> str | None:
    """Hash what is left of a text when case, markup and punctuation are gone; None if too short to tell.

    >>> holdout_hash("One long string of clich&eacute;s .") == holdout_hash("one long string of clichés")
    True
    >>> holdout_hash("It broke.") is None
    True
    """
    bare = html.unescape(text).lower().replace("-lrb-", "").replace("-rrb-", "")
    bare = re.sub(r"[^0-9a-z]", "", bare)
    if len(bare) < SHORTEST_HASHED:
        return None
    return hashlib.sha256(bare.encode("ascii")).hexdigest()[:HASH_DIGITS]
