"""A recipe: everything a run is made of, in one TOML file, so that one command makes it again.

A recipe's paths are taken from its own folder, or from the data folder that the caller names. Where
a file does not lie there, its public source is fetched in its place, if the recipe names one. What is
said beside it (`overrides`) is read as if it stood in it.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from polarity.errors import SettingsError, TrainingError
from polarity.places import file_bytes
from polarity.records import DEFAULT_COLUMNS, Columns
from polarity.settings import cache_folder, checkpoint_source
from polarity.training.dataset import LabelledFile, Ratings
from polarity.training.keys import unknown_key
from polarity.training.options import TrainingOptions
from polarity.training.overrides import SET, overridden, read_override
from polarity.training.run import MINILM, TrainingData
from polarity.training.sources import ArchiveMember, HubSet, fetch
from polarity.training.teacher import Teacher
from polarity.validation import said_of


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RatingColumn(_Part):
    """`Ratings`, as a recipe spells it."""

    column: str = Field(description="The column that holds a number.")
    cut_offs: tuple[FiniteFloat, ...] = Field(
        min_length=1, description="Rising numbers that part the ratings into the contract's labels."
    )
    spread: float = Field(
        0.0,
        ge=0.0,
        allow_inf_nan=False,
        description="How far a rating is spread over the labels, in its own units; 0: not at all.",
    )

    @model_validator(mode="after")
    def _rise(self) -> "RatingColumn":
        if list(self.cut_offs) != sorted(set(self.cut_offs)):
            raise ValueError(f"cut_offs do not rise: {list(self.cut_offs)}")
        return self


class RecipeSource(_Part):
    """Where a data file can be had from: `hub`, as `HubSet` has it, or `archive`.

    Its columns and labels are the entry's, unless it says otherwise.
    """

    hub: str | None = Field(None, description="A data set's id on a hub, or a folder.")
    config: str | None = Field(None, description="Its configuration, where it has several.")
    split: str | None = Field(None, description="Which part of it; default: train.")
    revision: str | None = Field(None, description="The commit that is fetched.")
    archive: ArchiveMember | None = Field(None, description="A file in a package's source archive.")
    text: str | None = Field(None, description="Its column of texts; default: the entry's.")
    label: str | None = Field(None, description="Its column of labels; default: the entry's.")
    labels: Mapping[str, str] | None = Field(
        None, description="Its own labels and what each is here; default: the entry's."
    )

    @model_validator(mode="after")
    def _is_one(self) -> "RecipeSource":
        if (self.hub is None) == (self.archive is None):
            raise ValueError("a source is either a hub or an archive")
        if self.archive and (self.config or self.split or self.revision):
            raise ValueError("config, split and revision belong to a hub")
        return self

    @property
    def public(self) -> HubSet | ArchiveMember:
        """What is fetched."""
        if self.archive:
            return self.archive
        return HubSet.model_validate(self.model_dump(include=set(HubSet.model_fields), exclude_none=True))


class RecipeFile(_Part):
    """One data file of a recipe; see `LabelledFile`. It lies in a folder, or has a public source, or both."""

    file: Path | None = Field(None, description="Where it lies under the data folder.")
    source: RecipeSource | None = Field(
        None, description="Where it is to be had from, if it does not lie there."
    )
    text: str = Field("text", description="The column that holds the text.")
    label: str = Field("label", description="The column that holds the gold label.")
    encoding: str | None = Field(
        None, description="Its encoding; default: UTF-8, or as its byte-order mark says."
    )
    quoting: bool = Field(True, description="Whether quotation marks in CSV or TSV enclose cells.")
    labels: Mapping[str, str] | None = Field(
        None,
        description="The file's own labels and what each is here; others are as the contract reads them.",
    )
    ratings: RatingColumn | None = Field(None, description="How a number labels a row that has no label.")
    weight: float = Field(
        1.0,
        gt=0.0,
        allow_inf_nan=False,
        description="How much of it an epoch sees: 0.5 half of its rows, 2 every row twice.",
    )
    limit: int | None = Field(None, ge=1, description="Read only its first rows, so many; default: all.")
    max_rows: int | None = Field(None, ge=1, description="Draw at most that many of its rows; default: all.")

    @model_validator(mode="after")
    def _is_somewhere(self) -> "RecipeFile":
        if self.file is None and self.source is None:
            raise ValueError("neither a file nor a source is named")
        return self

    def labelled_file(self, folder: Path, on_fetch: Callable[[Path], None] = lambda _: None) -> LabelledFile:
        """Place it under `folder`, or if it is not there, fetch it; `on_fetch` hears where to.

        Raises:
            TrainingError, RecordError: it cannot be fetched; see `fetch`.
        """
        local = folder / self.file if self.file else None
        if local and (self.source is None or local.exists()):
            return self.read_from(local)
        assert self.source  # noqa: S101 - what has no file has a source
        target = cache_folder() / self.source.public.place
        if not target.is_file():
            on_fetch(target)
        read_as = self.source.model_dump(include={"text", "label", "labels"}, exclude_none=True)
        return self.model_copy(update=read_as).read_from(fetch(self.source.public, cache_folder()))

    def read_from(self, path: Path) -> LabelledFile:
        """Say how to read it if it is `path`."""
        return LabelledFile(
            path=path,
            columns=Columns(
                text=self.text,
                label=self.label,
                encoding=self.encoding,
                quoting=self.quoting,
                limit=self.limit,
            ),
            labels=self.labels,
            ratings=Ratings(**self.ratings.model_dump()) if self.ratings else None,
            weight=self.weight,
            max_rows=self.max_rows,
        )


class RecipeTeacher(_Part):
    """`Teacher`, as a recipe spells it: a folder is taken from the recipe's own, else it is a hub id."""

    checkpoint: str = Field(
        description="One of the same labels: packaged, a folder beside the recipe or here, or a hub id."
    )
    weight: float = Field(
        0.5, gt=0.0, le=1.0, description="Its share of the loss; gold labels have the rest."
    )
    temperature: float = Field(
        2.0, gt=0.0, allow_inf_nan=False, description="Flattens both sides' distributions before comparing."
    )


class Recipe(_Part):
    """A run without its place: what to train, on what, how, and taught by whom."""

    base: str = Field(
        MINILM,
        description="The encoder: minilm or packaged, a folder beside the recipe or here, or a hub id.",
    )
    data: tuple[RecipeFile, ...] = Field(min_length=1, description="What is trained on.")
    dev: tuple[RecipeFile, ...] = Field(
        (), description="What the best epoch is chosen by; default: a tenth of each data file."
    )
    holdout: Path | None = Field(
        None, description="A hash file under the data folder: rows in it are not trained on."
    )
    notes: Path | None = Field(None, description="Markdown beside the recipe that ends the model card.")
    teacher: RecipeTeacher | None = Field(
        None, description="A larger classifier, learned from beside the gold labels."
    )
    options: TrainingOptions = Field(TrainingOptions(), description="How it is trained.")

    def training_data(self, folder: Path, on_fetch: Callable[[Path], None] = lambda _: None) -> TrainingData:
        """Place its files under `folder`, or fetch what is not there; `on_fetch` hears each one's place.

        Raises:
            TrainingError, RecordError: a file cannot be fetched; see `fetch`.
        """
        return TrainingData(
            files=[part.labelled_file(folder, on_fetch) for part in self.data],
            dev=[part.labelled_file(folder, on_fetch) for part in self.dev],
            holdout=self.holdout and folder / self.holdout,
        )

    def training_base(self, folder: Path) -> str:
        """Find its base, which may stand under `folder`, the recipe's own."""
        return _folder_or_id(folder, self.base)

    def training_teacher(self, folder: Path) -> Teacher | None:
        """Find its teacher, whose checkpoint may stand under `folder`, the recipe's own."""
        if self.teacher is None:
            return None
        found = checkpoint_source(_folder_or_id(folder, self.teacher.checkpoint))
        return Teacher(**{**self.teacher.model_dump(), "checkpoint": found})

    def training_notes(self, folder: Path) -> str:
        """Read the notes for the model card, which stand under `folder`, the recipe's own.

        Raises:
            TrainingError: they cannot be read.
        """
        if self.notes is None:
            return ""
        try:
            return file_bytes(folder / self.notes).decode()
        except (OSError, UnicodeDecodeError) as error:
            raise TrainingError(f"{folder / self.notes}: cannot be read: {error}") from None


def _folder_or_id(folder: Path, name: str) -> str:
    place = folder / name
    return str(place) if place.is_dir() else name


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe, changed by `overrides` such as "options.epochs=2" (`read_override`).

    Raises:
        TrainingError: the file cannot be read, or a key of it is unknown or wrong; names every one.
        SettingsError: an override is.
    """
    try:
        found = tomllib.loads(file_bytes(path).decode("utf-8-sig"))
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise TrainingError(f"{path}: is not TOML: {error}") from None
    return _validated(found, overrides, str(path))


def recipe_of(
    data: Sequence[Path],
    dev: Sequence[Path] = (),
    columns: Columns = DEFAULT_COLUMNS,
    overrides: Sequence[str] = (),
) -> Recipe:
    """Make the recipe that says no more than its files and their columns, changed by `overrides`.

    >>> recipe_of([Path("a.csv")], overrides=["options.epochs=2"]).options.epochs
    2

    Raises:
        SettingsError: an override is unknown or wrong; names every one.
    """
    read_as = {name: value for name, value in asdict(columns).items() if name != "id"}
    read_as["labels"] = dict(columns.labels) or None
    found = {
        "data": [{"file": path, **read_as} for path in data],
        "dev": [{"file": path, **read_as} for path in dev],
    }
    return _validated(found, overrides, "DATA")


def _validated(found: Mapping[str, Any], overrides: Sequence[str], place: str) -> Recipe:
    """Make a recipe of what was found at `place`. What only `overrides` make wrong is said to be theirs."""
    changed = overridden(found, [read_override(text) for text in overrides])
    try:
        return Recipe.model_validate(changed)
    except ValidationError as error:
        own = set(_problems(found)) if overrides else set(_spelled(error))
        lines = {problem: place if problem in own else SET for problem in _spelled(error)}
        kind = TrainingError if place in lines.values() else SettingsError
        raise kind("\n".join(f"{where}: {problem}" for problem, where in lines.items())) from None


def _problems(found: Mapping[str, Any]) -> Iterator[str]:
    try:
        Recipe.model_validate(found)
    except ValidationError as error:
        yield from _spelled(error)


def _spelled(error: ValidationError) -> Iterator[str]:
    """Spell what is wrong, but for what only follows from it: a list whose items are wrong is not empty."""
    found = error.errors()
    inner = {problem["loc"][0] for problem in found if len(problem["loc"]) > 1}
    for problem in found:
        key = ".".join(map(str, problem["loc"]))
        if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            yield f"{key}: {unknown_key(Recipe.model_json_schema(), problem['loc'])}"
        elif problem["type"] != "too_short" or key not in inner:
            yield f"{key}: {said_of(problem)}, found {problem['input']!r}"
