"""`polarity learning-curve`: what more labelled rows would bring."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err, out, progress
from polarity.cli.options import ContractOption
from polarity.cli.reading import Reading, reads_gold
from polarity.cli.recipes import (
    DataArgument,
    DataRootOption,
    DevOption,
    ListOption,
    RecipeOption,
    SetOption,
    fetching,
    recipe_from,
)

if TYPE_CHECKING:
    from polarity.training.learning_curve import LearningCurve


@reads_gold
def learning_curve(
    context: typer.Context,
    outputs: Annotated[
        list[Path],
        typer.Option(
            "--out", "-o", help="Where to write: .html, .json, .md, or .svg, a picture. May be repeated."
        ),
    ],
    data: DataArgument = None,
    recipe: RecipeOption = None,
    overrides: SetOption = None,
    list_keys: ListOption = False,  # noqa: ARG001 - its callback has answered it
    data_root: DataRootOption = None,
    dev: DevOption = None,
    sizes: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated numbers of rows.",
            show_default="500, 1000, 2000, 4000, 8000, or all there are",
        ),
    ] = None,
    contract: ContractOption = None,
    *,
    reading: Reading,
) -> None:
    """Train on growing parts of the data and show how much better each is, beside a word-counting baseline.

    Writes every OUT anew after each part. The encoder is measured after its last epoch. A recipe's
    teacher and weights are left out: a curve is of gold labels, each row alike.
    """
    from polarity.contract import load_contract
    from polarity.training.curve_pages import curve_sheet
    from polarity.training.curve_run import left_out, measure, write_curve

    given = None if sizes is None else numbers(sizes)
    said, place, root = recipe_from(
        context,
        recipe=recipe,
        data_root=data_root,
        data=data or (),
        dev=dev or (),
        columns=reading.columns,
        overrides=overrides or (),
    )
    if missing := left_out(said):
        err.print(f"a curve is of gold labels, each row alike; left out: {', '.join(missing)}")
    loaded, files = load_contract(contract), said.training_data(root, place, fetching)
    with progress("training") as bar:
        curve = measure(
            files,
            loaded,
            said.training_base(place),
            said.options,
            outputs,
            sizes=given,
            intake=reading,
            on_short=_say_short,
            on_point=_say_point,
            on_unwritten=lambda problem: err.print(f"not written: {problem}"),
            on_step=lambda part, parts, done: bar.at(
                done.step,
                done.steps,
                f"part {part} of {parts}, loss {done.loss:.3f}, {done.rate:.0f} rows/s",
            ),
        )
    out.print("\n".join(curve_sheet(curve).markdown_lines()))
    write_curve(curve, outputs)  # once more: what could not be written after a part may be by now


def _say_short(rows: int) -> None:
    err.print(f"{rows:,} rows are there to train on: the largest part is all of them")


def _say_point(curve: "LearningCurve") -> None:
    from polarity.training.curve_pages import DRAWN

    point = curve.points[-1]
    if len(curve.points) == 1 and not curve.origin.get("dev"):
        err.print(f"macro-F1 is of {DRAWN}")
    scores = (
        f"{name} encoder {value:.3f}, words {point.words[name]:.3f}" for name, value in point.encoder.items()
    )
    err.print(f"{point.rows:,} rows, {point.seconds:.0f} s: {'; '.join(scores)}")
    if point.collapsed:
        err.print(f"warning: the encoder {point.collapsed}: train it longer (--set options.epochs=N)")


def numbers(sizes: str) -> list[int]:
    """Read whole numbers with commas between, and sort them.

    Raises:
        typer.BadParameter: they are not, or not above 0.
    """
    try:
        numbers = sorted({int(size) for size in sizes.split(",")})
    except ValueError:
        raise typer.BadParameter(f"--sizes are whole numbers with commas between: {sizes!r}") from None
    if numbers[0] < 1:
        raise typer.BadParameter(f"--sizes are above 0: {sizes!r}")
    return numbers
