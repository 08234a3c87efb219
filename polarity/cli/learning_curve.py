"""`polarity learning-curve`: what more labelled rows would bring."""

from pathlib import Path
from typing import Annotated

import typer

from polarity.cli.console import err, out, progress
from polarity.cli.options import ContractOption, LabelColumnOption, TextColumnOption


def learning_curve(
    data: Annotated[list[Path], typer.Argument(help="Labelled files.", show_default=False)],
    folder: Annotated[Path, typer.Option("--out", help="A folder for table, figures and picture.")],
    dev: Annotated[
        list[Path] | None,
        typer.Option(help="Labelled files to measure on. May be repeated.", show_default="10 % of DATA"),
    ] = None,
    base: Annotated[
        str, typer.Option(help="The encoder: a folder, a hub id, or minilm for the weight wheel's.")
    ] = "minilm",
    sizes: Annotated[str, typer.Option(help="Comma-separated numbers of rows.")] = "500,1000,2000,4000,8000",
    epochs: Annotated[int, typer.Option(min=1, help="Times that every row is trained on.")] = 3,
    batch_size: Annotated[int, typer.Option(min=1, help="Rows in one step.")] = 32,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="The peak.")] = 1e-4,
    threads: Annotated[
        int | None, typer.Option(min=1, help="torch threads.", show_default="torch's choice")
    ] = None,
    seed: Annotated[int, typer.Option(help="Whatever is drawn is drawn by it.")] = 0,
    contract: ContractOption = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
) -> None:
    """Train on growing parts of DATA and show how much better each is, beside a word-counting baseline.

    Writes learning_curve.md, .json and .svg into the folder.
    """
    from polarity.contract import load_contract  # noqa: PLC0415 - keeps `--help` quick
    from polarity.records import Columns  # noqa: PLC0415
    from polarity.training import learning_curve as curves  # noqa: PLC0415
    from polarity.training.checkpoint import checkpoint_names  # noqa: PLC0415
    from polarity.training.dataset import LabelledFile  # noqa: PLC0415
    from polarity.training.finetune import TrainingOptions  # noqa: PLC0415
    from polarity.training.run import TrainingData, base_path, load_sets  # noqa: PLC0415

    columns, loaded = Columns(text=text_column, label=label_column), load_contract(contract)
    files = TrainingData(
        files=[LabelledFile(path=path, columns=columns) for path in data],
        dev=[LabelledFile(path=path, columns=columns) for path in dev or ()],
    )
    sets = load_sets(files, loaded, seed)
    with progress("training") as bar:
        curve = curves.learning_curve(
            [example for part in sets.train for example in part.examples],
            sets.dev,
            checkpoint_names(loaded),
            base_path(base),
            TrainingOptions(
                epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed, threads=threads
            ),
            sizes=_numbers(sizes),
            on_point=lambda point: err.print(f"{point.rows} rows: {point.seconds:.0f} s"),
            on_step=lambda done: bar.at(done.step, done.steps, f"{done.rate:.0f} rows/s"),
        )
    curves.write_learning_curve(curve, folder)
    out.print(curve.as_markdown(), end="")


def _numbers(sizes: str) -> list[int]:
    try:
        numbers = sorted({int(size) for size in sizes.split(",")})
    except ValueError:
        raise typer.BadParameter(f"--sizes are whole numbers with commas between: {sizes!r}") from None
    if numbers[0] < 1:
        raise typer.BadParameter(f"--sizes are above 0: {sizes!r}")
    return numbers
