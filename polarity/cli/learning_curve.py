"""`polarity learning-curve`: what more labelled rows would bring."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err, out, progress
from polarity.cli.options import ContractOption, LabelColumnOption, TextColumnOption
from polarity.errors import RecordError

if TYPE_CHECKING:
    from polarity.contract import Contract
    from polarity.training.dataset import TrainingSets
    from polarity.training.learning_curve import LearningCurve
    from polarity.training.options import TrainingOptions


def learning_curve(
    data: Annotated[list[Path], typer.Argument(help="Labelled files.", show_default=False)],
    outputs: Annotated[
        list[Path],
        typer.Option(
            "--out", "-o", help="Where to write: .html, .json, .md, or .svg, a picture. May be repeated."
        ),
    ],
    dev: Annotated[
        list[Path] | None,
        typer.Option(help="Labelled files to measure on. May be repeated.", show_default="10 % of DATA"),
    ] = None,
    base: Annotated[
        str, typer.Option(help="The encoder: a folder, a hub id, or minilm for the weight wheel's.")
    ] = "minilm",
    sizes: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated numbers of rows.",
            show_default="500, 1000, 2000, 4000, 8000, or all there are",
        ),
    ] = None,
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

    Writes every OUT anew after each part. The encoder is measured after its last epoch.
    """
    from polarity.contract import load_contract
    from polarity.pages.writing import check_outputs, write_outputs
    from polarity.records import Columns
    from polarity.training.curve_pages import WRITERS, curve_page, curve_sheet
    from polarity.training.dataset import LabelledFile
    from polarity.training.options import TrainingOptions
    from polarity.training.run import TrainingData, load_sets

    given = None if sizes is None else _numbers(sizes)
    check_outputs(outputs, WRITERS, [*data, *(dev or ())])
    columns, loaded = Columns(text=text_column, label=label_column), load_contract(contract)
    files = TrainingData(
        files=[LabelledFile(path=path, columns=columns) for path in data],
        dev=[LabelledFile(path=path, columns=columns) for path in dev or ()],
    )
    options = TrainingOptions(
        epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed, threads=threads
    )
    curve = _trained(load_sets(files, loaded, seed), loaded, base, options, given, outputs)
    out.print("\n".join(curve_sheet(curve).markdown_lines()))
    # Once more: what could not be written after a part may be by now, or the exit status says so.
    write_outputs(outputs, WRITERS, curve_page(curve))


def _trained(
    sets: "TrainingSets",
    contract: "Contract",
    base: str,
    options: "TrainingOptions",
    sizes: list[int] | None,
    outputs: list[Path],
) -> "LearningCurve":
    from polarity.training import learning_curve as curves
    from polarity.training.checkpoint import checkpoint_names, versions
    from polarity.training.device import computed_by
    from polarity.training.run import base_path

    rows = [example for part in sets.train for example in part.examples]
    chosen = sizes or _usual_sizes(len(rows))
    origin = {
        "base": base,
        "data": [file.as_dict() for file in sets.files],
        "dev": [file.as_dict() for file in sets.dev_files],
        "versions": versions(),
        "computed by": computed_by(options.precision),
    }
    with progress("training") as bar:
        return curves.learning_curve(
            rows,
            sets.dev,
            checkpoint_names(contract),
            base_path(base),
            options,
            sizes=chosen,
            origin=origin,
            on_point=lambda curve: _keep(curve, outputs),
            on_step=lambda part, done: bar.at(
                done.step,
                done.steps,
                f"part {part} of {len(chosen)}, loss {done.loss:.3f}, {done.rate:.0f} rows/s",
            ),
        )


def _usual_sizes(rows: int) -> list[int]:
    from polarity.training.learning_curve import SIZES, sizes_within

    if rows < SIZES[-1]:
        err.print(f"{rows:,} rows are there to train on: the largest part is all of them")
    return sizes_within(rows)


def _keep(curve: "LearningCurve", outputs: list[Path]) -> None:
    """Say and write what is known so far. A full disk must not cost the parts that are still to come."""
    from polarity.pages.writing import write_outputs
    from polarity.training.curve_pages import WRITERS, curve_page

    point = curve.points[-1]
    scores = (
        f"{name} encoder {value:.3f}, words {point.words[name]:.3f}" for name, value in point.encoder.items()
    )
    err.print(f"{point.rows:,} rows, {point.seconds:.0f} s: {'; '.join(scores)}")
    try:
        write_outputs(outputs, WRITERS, curve_page(curve))
    except RecordError as error:
        err.print(f"not written: {error}")


def _numbers(sizes: str) -> list[int]:
    try:
        numbers = sorted({int(size) for size in sizes.split(",")})
    except ValueError:
        raise typer.BadParameter(f"--sizes are whole numbers with commas between: {sizes!r}") from None
    if numbers[0] < 1:
        raise typer.BadParameter(f"--sizes are above 0: {sizes!r}")
    return numbers
