"""What `polarity train` and `polarity learning-curve` share: a recipe, or files in its place."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from polarity.cli.console import err
from polarity.cli.options import refuse_given

if TYPE_CHECKING:
    from polarity.records import Columns
    from polarity.training.recipe import Recipe


def _list_keys(wanted: bool) -> None:
    if not wanted:
        return
    from polarity.training.keys import keys_text, recipe_keys
    from polarity.training.recipe import Recipe

    print(keys_text(list(recipe_keys(Recipe.model_json_schema()))))
    raise typer.Exit


DataArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="DATA...",
        help="Labelled files or patterns, in place of a recipe that says no more.",
        show_default=False,
    ),
]
RecipeOption = Annotated[
    Path | None, typer.Option("--recipe", help="A TOML file that says everything about the run.")
]
DataRootOption = Annotated[
    Path | None,
    typer.Option("--data-root", help="Where the recipe's files lie.", show_default="the recipe's folder"),
]
DevOption = Annotated[
    list[str] | None,
    typer.Option(
        "--dev",
        metavar="FILE",
        help="Labelled files or patterns to measure on, beside DATA. May be repeated.",
        show_default="10 % of DATA",
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Say it in place of the recipe, or of its default: --set options.epochs=2. May be repeated.",
    ),
]
ListOption = Annotated[
    bool,
    typer.Option(
        "--list",
        help="Print every KEY with its values, default and meaning, and leave.",
        is_eager=True,
        callback=_list_keys,
    ),
]


class Placed(NamedTuple):
    """A recipe, its own folder, and the one where its data lie."""

    recipe: "Recipe"
    folder: Path
    data_root: Path


def recipe_from(
    context: typer.Context,
    *,
    recipe: Path | None,
    data_root: Path | None,
    data: Sequence[str],
    dev: Sequence[str],
    columns: "Columns",
    overrides: Sequence[str],
) -> Placed:
    """Read the recipe, or make one of DATA.

    Raises:
        typer.BadParameter: both were named, or neither, or an option that has nothing to say.
        TrainingError, SettingsError: see `read_recipe`.
    """
    from polarity.sources import sources_of
    from polarity.training.recipe import read_recipe, recipe_of

    if (recipe is None) != bool(data):
        raise typer.BadParameter("name DATA or a --recipe, and not both")
    if recipe:
        refuse_given(
            context,
            ("dev", "text_column", "label_column", "limit", "encoding", "no_quoting", "labels"),
            "a --recipe says what is read",
        )
        return Placed(read_recipe(recipe, overrides), recipe.parent, data_root or recipe.parent)
    refuse_given(context, ("data_root",), "DATA lies where it is named")
    of_dev = sources_of(dev) if dev else []
    return Placed(recipe_of(sources_of(data), of_dev, columns, overrides), Path(), Path())


def fetching(target: Path) -> None:
    """Say which file is fetched."""
    err.print(f"fetching {target.name}")
