"""Labelled rows from files, ready to train on: labels checked, held-out texts dropped."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from polarity.errors import RecordError, TrainingError
from polarity.places import file_hash
from polarity.records import (
    DEFAULT_COLUMNS,
    STANDARD_INPUT,
    Columns,
    GoldLabels,
    Intake,
    Labels,
    Record,
    Sieve,
    read_checked,
)
from polarity.training.holdout import holdout_hash
from polarity.training.sides import Side, folded, side_of
from polarity.training.targets import Ratings, Target, Votes, rated, voted


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text.

    `label` is its index in the contract's labels. `competing` holds the indices its file knows at
    all: a two-class file says nothing about the third class, so its rows are trained by a softmax
    over its own labels only (`loss.masked_cross_entropy`). `target`, if known, is the distribution
    over all labels that a graded rating or votes stand for, and `taught` the one that a teacher gave.
    """

    text: str
    label: int
    competing: frozenset[int]
    target: tuple[float, ...] | None = None
    taught: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFile:
    """A file to train on, and how to read it.

    `labels`, where the file has its own, maps them to the contract's, as `Columns.labels` does; `votes` are
    named as its labels are. Of a file with a `side`, only the rows of that side are taken: rows with one
    text, or one value in the column `together`, stand on one side. `weight` is how much of it an epoch sees:
    0.5 half of its rows, other ones each time until all were seen; 2 every row twice. `max_rows` draws that
    many of it once and for all.
    """

    path: Path
    columns: Columns = DEFAULT_COLUMNS
    labels: Mapping[str, str] | None = None
    ratings: Ratings | None = None
    votes: Votes | None = None
    side: Side | None = None
    together: str | None = None
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
    votes: Votes | None = None
    side: Side | None = None
    together: str | None = None
    max_rows: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Spell it for a record; what is as it always is, is left out."""
        usual = {field.name: field.default for field in fields(self) if field.default is not MISSING}
        usual["columns"] = asdict(DEFAULT_COLUMNS)
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

    @property
    def rows_of_dev(self) -> int:
        """Count the training rows whose text is in a dev set, too, whose figures flatter then."""
        texts = {folded(row.text) for rows in self.dev.values() for row in rows}
        return sum(folded(row.text) in texts for row in self.training_rows)


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
            rating, or no votes where they are named: see `read_checked`, `rated` and `voted`.
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
    rows = list(_labelled(file, known, intake))
    competing = frozenset(row.target.label for row in rows)
    if file.ratings or file.votes:  # a scale and voters know every label, whichever of them occur
        competing = frozenset(range(len(labels)))
    if len(competing) == 1:  # with nothing to compete against, every row would be right, and teach nothing
        only = labels[rows[0].target.label]
        raise TrainingError(f"{path}: every row is labelled {only}: a file needs two labels")
    return [
        Example(row.text, row.target.label, competing, row.target.distribution)
        for row in rows
        if file.side in (None, side_of(row.group))
    ]


class _Row(NamedTuple):
    """What is learned from a row, and by what it goes to a side."""

    text: str
    target: Target
    group: str


def _labelled(file: LabelledFile, known: Labels, intake: Intake | None) -> Iterator[_Row]:
    """Give what can be learned from; a row without a usable label goes where the sieve has it go."""
    sieve, spelled = Sieve(intake), GoldLabels(file.read_by, known, file.path)
    for record in read_checked(file.path, file.read_by, known, intake=intake):
        problem, row = None, None
        try:
            row = _Row(record.text, _target(record, file, known, spelled), _group(record, file.together))
        except RecordError as error:
            problem = error.problem
        if sieve.passes(problem, file.path, record.line) and row:
            yield row
    sieve.check()


def _target(record: Record, file: LabelledFile, known: Labels, spelled: GoldLabels) -> Target:
    if file.votes:
        return voted(record, file.votes, known.labels, spelled.label_of)
    if record.label is not None:
        return Target(known.labels.index(record.label))
    if file.ratings:
        return rated(record, file.ratings)
    found = ", ".join(map(repr, record.extra)) or "none"
    raise RecordError(f"the row has neither a label nor a rating; its other columns: {found}")


def _group(record: Record, together: str | None) -> str:
    if together is None:
        return record.text
    found = record.extra.get(together)
    if found in (None, "") or isinstance(found, (list, dict)):
        raise RecordError(f"column {together!r} does not say which rows stand together: {found!r}")
    return str(found)


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
        votes=file.votes,
        side=file.side,
        together=file.together,
        max_rows=file.max_rows,
    )
