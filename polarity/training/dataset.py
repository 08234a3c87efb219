"""Labelled rows from files, ready to train on: labels checked, held-out texts dropped."""

import itertools
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from scipy.stats import norm

from polarity.errors import RecordError, TrainingError
from polarity.places import file_hash
from polarity.records import (
    DEFAULT_COLUMNS,
    STANDARD_INPUT,
    Columns,
    Intake,
    Labels,
    Record,
    Sieve,
    read_checked,
)
from polarity.training.holdout import holdout_hash


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text.

    `label` is its index in the contract's labels. `competing` holds the indices its file knows at
    all: a two-class file says nothing about the third class, so its rows are trained by a softmax
    over its own labels only (`loss.masked_cross_entropy`). `target`, if known, is the distribution
    over all labels that a graded rating stands for, and `taught` the one that a teacher gave.
    """

    text: str
    label: int
    competing: frozenset[int]
    target: tuple[float, ...] | None = None
    taught: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """How a numeric column becomes labels: `cut_offs` part the contract's ordered labels.

    With a `spread` above 0, in units of the rating, a rating is a normal distribution around itself,
    and its training target the mass that falls to each label: a 0.6 beside a cut of 0.7 is nearly as
    much the one label as the other (ordered probit, McKelvey and Zavoina 1975).

    >>> Ratings(column="stars", cut_offs=(2.5, 3.5)).index(3.0)
    1
    """

    column: str
    cut_offs: tuple[float, ...]
    spread: float = 0.0

    def index(self, rating: float) -> int:
        """Count the cut-offs below `rating`."""
        return sum(rating > cut for cut in self.cut_offs)

    def target(self, rating: float) -> tuple[float, ...] | None:
        """Spread `rating` over the labels; None where there is no spread.

        >>> Ratings(column="stars", cut_offs=(2.5, 3.5), spread=1.0).target(2.5)
        (0.5, 0.3413, 0.1587)
        """
        if not self.spread:
            return None
        below = [0.0, *(float(norm.cdf(cut, rating, self.spread)) for cut in self.cut_offs), 1.0]
        return tuple(round(high - low, 4) for low, high in itertools.pairwise(below))


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFile:
    """A file to train on, and how to read it.

    `labels`, where the file has its own, maps them to the contract's, as `Columns.labels` does.
    `weight` is how much of it an epoch sees: 0.5 half of its rows, other ones each time until all
    were seen; 2 every row twice. `max_rows` draws that many of it once and for all.
    """

    path: Path
    columns: Columns = DEFAULT_COLUMNS
    labels: Mapping[str, str] | None = None
    ratings: Ratings | None = None
    weight: float = 1.0
    max_rows: int | None = None

    @property
    def read_by(self) -> Columns:
        """How its rows are read, its own labels with them."""
        return replace(self.columns, labels=(*self.columns.labels, *(self.labels or {}).items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file that was read, and how: `rows` used of it, `held_out` dropped, sha256 of its bytes."""

    name: str
    rows: int
    held_out: int
    weight: float
    sha256: str
    columns: Columns = DEFAULT_COLUMNS
    labels: Mapping[str, str] | None = None
    ratings: Ratings | None = None
    max_rows: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Spell it for a record; what is as it always is, is left out."""
        usual = {"columns": asdict(DEFAULT_COLUMNS), "labels": None, "ratings": None, "max_rows": None}
        return {name: value for name, value in asdict(self).items() if usual.get(name, "") != value}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """The examples of one file, and how much of them an epoch sees."""

    examples: list[Example]
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedData:
    """The examples of each file, and what was taken from it."""

    sets: list[DataSet]
    files: list[DataFile]

    @property
    def examples(self) -> list[Example]:
        """All examples, file by file."""
        return [example for data_set in self.sets for example in data_set.examples]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSets:
    """What a run trains on and what it chooses the best epoch by, and the files both came from.

    Without `dev_files`, the one dev set was drawn from `files`. `holdout` is the sha256 of the file
    of hashes, None without one.
    """

    train: list[DataSet]
    dev: Mapping[str, list[Example]]
    files: list[DataFile]
    dev_files: list[DataFile]
    holdout: str | None = None

    @property
    def training_rows(self) -> list[Example]:
        """All that is trained on, file by file."""
        return [example for part in self.train for example in part.examples]


def load(
    files: Iterable[LabelledFile],
    known: Labels,
    *,
    holdout: frozenset[str] = frozenset(),
    seed: int = 0,
    intake: Intake | None = None,
) -> LoadedData:
    """Read labelled files; of a file with more than `max_rows` usable rows, draw that many by `seed`.

    Raises:
        RecordError: a file cannot be read, or a row has a label that nobody knows, or neither label nor
            rating: see `read_checked`.
        SettingsError: a file's map leads to what is no label.
        TrainingError: the number of cut-offs does not part the labels, or a file holds one label only.
    """
    loaded = LoadedData(sets=[], files=[])
    for file in files:
        _check_ratings(file.ratings, known.labels)
        examples = _examples(file, known, intake)
        kept = [example for example in examples if holdout_hash(example.text) not in holdout]
        held_out = len(examples) - len(kept)
        if file.max_rows is not None and len(kept) > file.max_rows:
            kept = random.Random(seed).sample(kept, file.max_rows)
        loaded.sets.append(DataSet(examples=kept, weight=file.weight))
        loaded.files.append(_described(file, rows=len(kept), held_out=held_out))
    return loaded


def _check_ratings(ratings: Ratings | None, labels: Sequence[str]) -> None:
    if ratings and len(ratings.cut_offs) != len(labels) - 1:
        raise TrainingError(
            f"{len(labels)} labels need {len(labels) - 1} cut-offs, not {len(ratings.cut_offs)}"
        )


def _examples(file: LabelledFile, known: Labels, intake: Intake | None) -> list[Example]:
    path, labels = file.path, known.labels
    if path == STANDARD_INPUT:
        raise RecordError("is read once and gone: training needs a file, whose hash it records", path=path)
    records = read_checked(path, file.read_by, known, intake=intake)
    rows = list(_labelled(records, file, labels, Sieve(intake)))
    competing = frozenset(index for _, index, _ in rows)
    if file.ratings:  # a scale knows every label, whichever of them occur
        competing = frozenset(range(len(labels)))
    if len(competing) == 1:  # with nothing to compete against, every row would be right, and teach nothing
        raise TrainingError(f"{path}: every row is labelled {labels[rows[0][1]]}: a file needs two labels")
    return [Example(text, index, competing, target) for text, index, target in rows]


Labelled = tuple[str, int, tuple[float, ...] | None]  # a text, its label's index, and its target


def _labelled(
    records: Iterable[Record], file: LabelledFile, labels: Sequence[str], sieve: Sieve
) -> Iterator[Labelled]:
    """Give what can be learned from; a row without a usable label goes where the sieve has it go."""
    for record in records:
        problem, found = None, None
        try:
            found = _label_and_target(record, labels, file.ratings, file.path)
        except RecordError as error:
            problem = error.problem
        if sieve.passes(problem, file.path, record.line) and found:
            yield record.text, *found
    sieve.check()


def _described(file: LabelledFile, *, rows: int, held_out: int) -> DataFile:
    """Name a file by its folder and its own name: the whole path is this machine's business."""
    name = Path(*file.path.parts[-2:]).as_posix()
    digest = file_hash(file.path)
    return DataFile(
        name=name,
        rows=rows,
        held_out=held_out,
        weight=file.weight,
        sha256=digest,
        columns=file.columns,
        labels=file.labels,
        ratings=file.ratings,
        max_rows=file.max_rows,
    )


def _label_and_target(
    record: Record, labels: Sequence[str], ratings: Ratings | None, path: Path
) -> tuple[int, tuple[float, ...] | None]:
    if record.label is not None:
        return labels.index(record.label), None
    if ratings is None or ratings.column not in record.extra:
        found = ", ".join(map(repr, record.extra)) or "none"
        problem = f"the row has neither a label nor a rating; its other columns: {found}"
        raise RecordError(problem, path=path, line=record.line)
    rating = _number(record.extra[ratings.column])
    if rating is None:
        problem = f"column {ratings.column!r} is not a number: {record.extra[ratings.column]!r}"
        raise RecordError(problem, path=path, line=record.line)
    return ratings.index(rating), ratings.target(rating)


def _number(value: object) -> float | None:
    """Read a rating. "nan" is none, though Python reads it as one: it stands below no cut-off."""
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
