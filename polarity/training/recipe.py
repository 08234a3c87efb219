"""A recipe: everything a run is made of, in one TOML file, so that one command makes it again.

A recipe's paths are taken from its own folder, or from the data folder that the caller names.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from polarity.errors import TrainingError
from polarity.records import Columns
from polarity.training.dataset import LabelledFile, Ratings
from polarity.training.finetune import TrainingOptions
from polarity.training.run import MINILM, TrainingData
from polarity.training.teacher import Teacher


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RatingColumn(_Part):
    """`Ratings`, as a recipe spells it."""

    column: str
    cut_offs: tuple[float, ...] = Field(min_length=1)
    spread: float = Field(0.0, ge=0.0)

    @model_validator(mode="after")
    def _rise(self) -> "RatingColumn":
        if list(self.cut_offs) != sorted(set(self.cut_offs)):
            raise ValueError(f"cut_offs do not rise: {list(self.cut_offs)}")
        return self


class RecipeFile(_Part):
    """One data file of a recipe; see `LabelledFile`."""

    file: Path
    text: str = "text"
    label: str = "label"
    ratings: RatingColumn | None = None
    weight: float = Field(1.0, gt=0.0)
    max_rows: int | None = Field(None, ge=1)

    def labelled_file(self, folder: Path) -> LabelledFile:
        """Place it under `folder`."""
        return LabelledFile(
            path=folder / self.file,
            columns=Columns(text=self.text, label=self.label),
            ratings=Ratings(**self.ratings.model_dump()) if self.ratings else None,
            weight=self.weight,
            max_rows=self.max_rows,
        )


class RecipeTeacher(_Part):
    """`Teacher`, as a recipe spells it: a folder is taken from the recipe's own, else it is a hub id."""

    checkpoint: str
    weight: float = Field(0.5, gt=0.0, le=1.0)
    temperature: float = Field(2.0, gt=0.0)


class Recipe(_Part):
    """A run without its place: what to train, on what, how, and taught by whom."""

    base: str = MINILM
    data: tuple[RecipeFile, ...] = Field(min_length=1)
    dev: tuple[RecipeFile, ...] = ()
    holdout: Path | None = None
    notes: Path | None = None
    teacher: RecipeTeacher | None = None
    options: Mapping[str, Any] = Field(default_factory=dict)

    def training_data(self, folder: Path) -> TrainingData:
        """Place its files under `folder`."""
        return TrainingData(
            files=[part.labelled_file(folder) for part in self.data],
            dev=[part.labelled_file(folder) for part in self.dev],
            holdout=self.holdout and folder / self.holdout,
        )

    def training_teacher(self, folder: Path) -> Teacher | None:
        """Find its teacher, whose checkpoint may stand under `folder`, the recipe's own."""
        if self.teacher is None:
            return None
        place = folder / self.teacher.checkpoint
        found = str(place) if place.is_dir() else self.teacher.checkpoint
        return Teacher(**{**self.teacher.model_dump(), "checkpoint": found})

    def training_options(self, given: Mapping[str, Any]) -> TrainingOptions:
        """Give the defaults, its options over them, and `given` over both."""
        return TrainingOptions(**{**self.options, **given})


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
        recipe = Recipe.model_validate(found)
        TypeAdapter(TrainingOptions).validate_python(recipe.options)
    except ValidationError as error:
        raise TrainingError("\n".join(f"{path}: {problem}" for problem in _problems(error))) from None
    unknown = set(recipe.options) - {field.name for field in fields(TrainingOptions)}
    if unknown:
        raise TrainingError(f"{path}: options.{min(unknown)} is no option")
    return recipe


def _problems(error: ValidationError) -> Sequence[str]:
    return [
        f"{'.'.join(map(str, problem['loc'])) or 'options'}: {problem['msg']}, found {problem['input']!r}"
        for problem in error.errors()
    ]
