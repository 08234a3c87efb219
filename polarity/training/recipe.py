"""A recipe: everything a run is made of, in one TOML file, so that one command makes it again.

A recipe's paths are taken from its own folder, or from the data folder that the caller names. Where
a file does not lie there, its public source is fetched in its place, if the recipe names one. What is
said beside it (`overrides`) is read as if it stood in it.
"""

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from polarity.errors import SettingsError, TrainingError
from polarity.places import file_bytes
from polarity.records import DEFAULT_COLUMNS, Columns
from polarity.settings import checkpoint_source
from polarity.training.keys import unknown_key
from polarity.training.options import TrainingOptions
from polarity.training.overrides import SET, overridden, read_override
from polarity.training.recipe_files import RecipeFile, RecipePart
from polarity.training.run import MINILM, TrainingData
from polarity.training.teacher import Teacher
from polarity.validation import said_of


class RecipeTeacher(RecipePart):
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


class Recipe(RecipePart):
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

    def training_data(
        self, data_root: Path, folder: Path, on_fetch: Callable[[Path], None] = lambda _: None
    ) -> TrainingData:
        """Place its files under `data_root`, or fetch what is not there; `on_fetch` hears each one's place.

        Templates stand under `folder`, the recipe's own.

        Raises:
            TrainingError, RecordError: a file cannot be fetched; see `RecipeFile.labelled_file`.
        """
        return TrainingData(
            files=[part.labelled_file(data_root, folder, on_fetch) for part in self.data],
            dev=[part.labelled_file(data_root, folder, on_fetch) for part in self.dev],
            holdout=self.holdout and data_root / self.holdout,
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
    place = Path(os.path.normpath(folder / name))
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
