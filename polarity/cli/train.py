"""`polarity train`: fine-tune end to end."""

import math
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from polarity.cli.console import err, progress
from polarity.cli.options import ContractOption, LabelColumnOption, TextColumnOption, columns_from

if TYPE_CHECKING:
    from polarity.training.dataset import Ratings
    from polarity.training.options import TrainingOptions
    from polarity.training.run import TrainingData
    from polarity.training.state import EpochResult
    from polarity.training.teacher import Teacher


def train(
    out: Annotated[Path, typer.Option(help="The checkpoint folder to write; one that is there is replaced.")],
    data: Annotated[list[Path] | None, typer.Argument(help="Labelled files.", show_default=False)] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="A TOML file that says everything about the run, in place of DATA and the options."
        ),
    ] = None,
    data_root: Annotated[
        Path | None, typer.Option(help="Where the recipe's files lie.", show_default="the recipe's folder")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run for OUT that was stopped.")
    ] = False,
    base: Annotated[
        str | None,
        typer.Option(
            help="The encoder: a folder, a hub id, or minilm for the weight wheel's.", show_default="minilm"
        ),
    ] = None,
    dev: Annotated[
        list[Path] | None,
        typer.Option(
            help="Labelled files to choose the best epoch by. May be repeated.", show_default="10 % of DATA"
        ),
    ] = None,
    holdout: Annotated[
        Path | None, typer.Option(help="A hash file: rows of DATA listed in it are not trained on.")
    ] = None,
    rating_column: Annotated[
        str | None, typer.Option(help="A number column for rows without label.", show_default=False)
    ] = None,
    cut_offs: Annotated[
        str | None,
        typer.Option(help="Comma-separated numbers that part the ratings into labels.", show_default=False),
    ] = None,
    max_rows: Annotated[int | None, typer.Option(min=1, help="Draw at most N rows of each file.")] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Times that every row is trained on.", show_default="3")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Rows in one step.", show_default="32")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(min=0.0, help="The peak: it warms up to it and decays to 0.", show_default="5e-05"),
    ] = None,
    max_length: Annotated[
        int | None, typer.Option(min=8, help="Tokens read of a text.", show_default="128")
    ] = None,
    representation: Annotated[
        Literal["cls", "mean", "max"] | None,
        typer.Option(
            help="What the head reads: the first token's vector, or all tokens' mean or maximum.",
            show_default="cls",
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(min=1, help="Stop after N epochs without a better one.", show_default="never"),
    ] = None,
    precision: Annotated[
        Literal["auto", "fp32", "bf16"] | None,
        typer.Option(help="auto: bf16 where the processor has it.", show_default="auto"),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="torch threads.", show_default="torch's choice")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Whatever is drawn is drawn by it: again gives the same.", show_default="0"),
    ] = None,
    notes: Annotated[
        Path | None, typer.Option(help="Markdown that ends the model card: licences, limits.")
    ] = None,
    contract: ContractOption = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
) -> None:
    """Fine-tune an encoder and a softmax head together for the contract's labels.

    A run that was stopped, however hard, goes on with --resume and ends as if it never had been.
    Options of the run beside a --recipe change what it says; --base is for an encoder that lies here.
    """
    from polarity.contract import load_contract
    from polarity.training.run import Origin
    from polarity.training.run import train as run

    given: dict[str, Any] = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "max_length": max_length,
        "representation": representation,
        "patience": patience,
        "precision": precision,
        "threads": threads,
        "seed": seed,
    }
    if (recipe is None) != bool(data):
        raise typer.BadParameter("name DATA or a --recipe, and not both")
    if recipe:
        columns_said = (text_column, label_column) != ("text", "label")
        if dev or holdout or rating_column or cut_offs or max_rows or columns_said:
            raise typer.BadParameter("a --recipe says what is read: name only options of the run beside it")
        what = _from_recipe(recipe, data_root or recipe.parent)
    else:
        if data_root:
            raise typer.BadParameter("--data-root is where a --recipe's files lie")
        columns = columns_from(text_column, label_column, "id")
        read_as = {"columns": columns, "ratings": _ratings(rating_column, cut_offs)}
        what = _from_files(data or [], dev or [], holdout, max_rows, read_as)
    notes = notes or what.notes
    with progress("training") as bar:
        best = run(
            what.data,
            load_contract(contract),
            base or what.base,
            replace(what.options, **{name: value for name, value in given.items() if value is not None}),
            out,
            origin=Origin(command=_command(sys.argv[1:]), notes=_text(notes) if notes else ""),
            teacher=what.teacher,
            resume=resume,
            on_text=lambda done, whole: bar.at(done, whole, "texts shown to the teacher"),
            on_step=lambda done: bar.at(
                done.step, done.steps, f"loss {done.loss:.3f}, {done.rate:.0f} rows/s"
            ),
            on_epoch=lambda result: err.print(_line(result)),
        )
    err.print(f"wrote {out}, epoch {best.epoch}")


class _Run(NamedTuple):
    """What a run is made of, wherever it was said."""

    data: "TrainingData"
    base: str
    options: "TrainingOptions"
    teacher: "Teacher | None" = None
    notes: Path | None = None


def _from_recipe(path: Path, folder: Path) -> _Run:
    from polarity.training.recipe import read_recipe

    recipe = read_recipe(path)
    return _Run(
        data=recipe.training_data(folder, on_fetch=lambda target: err.print(f"fetching {target.name}")),
        base=recipe.training_base(path.parent),
        options=recipe.options,
        teacher=recipe.training_teacher(path.parent),
        notes=recipe.notes and path.parent / recipe.notes,
    )


def _from_files(
    data: list[Path], dev: list[Path], holdout: Path | None, max_rows: int | None, read_as: dict[str, Any]
) -> _Run:
    from polarity.training.dataset import LabelledFile
    from polarity.training.options import TrainingOptions
    from polarity.training.run import MINILM, TrainingData

    return _Run(
        data=TrainingData(
            files=[LabelledFile(path=path, max_rows=max_rows, **read_as) for path in data],
            dev=[LabelledFile(path=path, **read_as) for path in dev],
            holdout=holdout,
        ),
        base=MINILM,
        options=TrainingOptions(),
    )


def _command(arguments: list[str]) -> str:
    """Spell the command that makes the same run from its start."""
    return shlex.join(["polarity", *(word for word in arguments if word != "--resume")])


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path}: cannot be read: {error}") from None


def _ratings(column: str | None, cut_offs: str | None) -> "Ratings | None":
    from polarity.training.dataset import Ratings

    if (column is None) != (cut_offs is None):
        raise typer.BadParameter("--rating-column and --cut-offs go together")
    if column is None or cut_offs is None:
        return None
    try:
        numbers = sorted({float(cut) for cut in cut_offs.split(",")})
    except ValueError:
        numbers = [math.nan]
    if not all(map(math.isfinite, numbers)):
        raise typer.BadParameter(f"--cut-offs {cut_offs!r} is not a list of numbers")
    return Ratings(column=column, cut_offs=tuple(numbers))


def _line(result: "EpochResult") -> str:
    figures = ", ".join(f"{name} {value:.4f}" for name, value in result.macro_f1.items())
    return f"epoch {result.epoch}: loss {result.loss:.4f}, macro-F1 {figures}"
