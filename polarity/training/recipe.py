"""A recipe: everything a run is made of, in one TOML file, so that one command makes it again.

A recipe's paths are taken from its own folder, or from the data folder that the caller names. Where
a file does not lie there, its public source is fetched in its place, if the recipe names one.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from polarity.errors import TrainingError
from polarity.records import Columns
from polarity.settings import cache_folder
from polarity.training.dataset import LabelledFile, Ratings
from polarity.training.options import TrainingOptions
from polarity.training.run import MINILM, TrainingData
from polarity.training.sources import ArchiveMember, HubSet, fetch
from polarity.training.teacher import Teacher


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RatingColumn(_Part):
    """`Ratings`, as a recipe spells it."""

    column: str
    cut_offs: tuple[FiniteFloat, ...] = Field(min_length=1)
    spread: float = Field(0.0, ge=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _rise(self) -> "RatingColumn":
        if list(self.cut_offs) != sorted(set(self.cut_offs)):
            raise ValueError(f"cut_offs do not rise: {list(self.cut_offs)}")
        return self


class RecipeSource(_Part):
    """Where a data file can be had from: `hub`, as `HubSet` has it, or `archive`.

    Its columns and labels are the entry's, unless it says otherwise.
    """

    hub: str | None = None
    config: str | None = None
    split: str | None = None
    revision: str | None = None
    archive: ArchiveMember | None = None
    text: str | None = None
    label: str | None = None
    labels: Mapping[str, str] | None = None

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

    file: Path | None = None
    source: RecipeSource | None = None
    text: str = "text"
    label: str = "label"
    labels: Mapping[str, str] | None = None
    ratings: RatingColumn | None = None
    weight: float = Field(1.0, gt=0.0, allow_inf_nan=False)
    max_rows: int | None = Field(None, ge=1)

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
            columns=Columns(text=self.text, label=self.label),
            labels=self.labels,
            ratings=Ratings(**self.ratings.model_dump()) if self.ratings else None,
            weight=self.weight,
            max_rows=self.max_rows,
        )


class RecipeTeacher(_Part):
    """`Teacher`, as a recipe spells it: a folder is taken from the recipe's own, else it is a hub id."""

    checkpoint: str
    weight: float = Field(0.5, gt=0.0, le=1.0)
    temperature: float = Field(2.0, gt=0.0, allow_inf_nan=False)


class Recipe(_Part):
    """A run without its place: what to train, on what, how, and taught by whom."""

    base: str = MINILM
    data: tuple[RecipeFile, ...] = Field(min_length=1)
    dev: tuple[RecipeFile, ...] = ()
    holdout: Path | None = None
    notes: Path | None = None
    teacher: RecipeTeacher | None = None
    options: TrainingOptions = TrainingOptions()

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
        found = _folder_or_id(folder, self.teacher.checkpoint)
        return Teacher(**{**self.teacher.model_dump(), "checkpoint": found})


def _folder_or_id(folder: Path, name: str) -> str:
    place = folder / name
    return str(place) if place.is_dir() else name


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        TrainingError: the file cannot be read, or a key of it is unknown or wrong; names every one.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise TrainingError(f"{path}: is not TOML: {error}") from None
    try:
        return Recipe.model_validate(found)
    except ValidationError as error:
        raise TrainingError("\n".join(f"{path}: {problem}" for problem in _problems(error))) from None


def _problems(error: ValidationError) -> Iterator[str]:
    """Spell what is wrong, but for what only follows from it: a list whose items are wrong is not empty."""
    found = error.errors()
    inner = {problem["loc"][0] for problem in found if len(problem["loc"]) > 1}
    for problem in found:
        key = ".".join(map(str, problem["loc"]))
        if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            yield f"{key}: there is no such key"
        elif problem["type"] != "too_short" or key not in inner:
            yield f"{key}: {problem['msg']}, found {problem['input']!r}"
