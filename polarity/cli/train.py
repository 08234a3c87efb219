"""`polarity train`: fine-tune end to end."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err, progress
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
    from polarity.training.contradictions import Contradictions
    from polarity.training.dataset import TrainingSets
    from polarity.training.state import EpochResult
    from polarity.training.trainer import Progress

COLLAPSED_EXIT = 4
LONGER = "train longer (--set options.epochs=N), or weigh labels alike (--set options.class_weights=balanced)"


@reads_gold
def train(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The checkpoint folder to write; one that is there is replaced.")],
    data: DataArgument = None,
    recipe: RecipeOption = None,
    overrides: SetOption = None,
    list_keys: ListOption = False,  # noqa: ARG001 - its callback has answered it
    data_root: DataRootOption = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run for OUT that was stopped.")
    ] = False,
    dev: DevOption = None,
    allow_collapsed: Annotated[
        bool,
        typer.Option("--allow-collapsed", help="Exit with 0 where the best epoch has collapsed, too."),
    ] = False,
    contract: ContractOption = None,
    *,
    reading: Reading,
) -> None:
    """Fine-tune an encoder and a softmax head together for the contract's labels.

    A run that was stopped, however hard, goes on with --resume and ends as if it never had been.
    What a recipe may say, --set may say too: --list names it all.
    Exits with 4 where the best epoch has collapsed: it never gives a label, or gives nearly all rows one.
    """
    from polarity.contract import load_contract
    from polarity.training.run import Origin
    from polarity.training.run import train as run

    said, folder, root = recipe_from(
        context,
        recipe=recipe,
        data_root=data_root,
        data=data or (),
        dev=dev or (),
        columns=reading.columns,
        overrides=overrides or (),
    )
    loaded, files = load_contract(contract), said.training_data(root, folder, fetching)
    kept = _Kept(out)
    with kept.told(), progress("training") as bar:

        def step(done: "Progress") -> None:
            kept.has_gone_on = True
            bar.at(done.step, done.steps, f"loss {done.loss:.3f}, {done.rate:.0f} rows/s")

        best = run(
            files,
            loaded,
            said.training_base(folder),
            said.options,
            out,
            origin=Origin(command=_command(sys.argv[1:]), notes=said.training_notes(folder)),
            teacher=said.training_teacher(folder),
            resume=resume,
            intake=reading,
            on_sets=_say_sets,
            on_text=lambda done, whole: bar.at(done, whole, "texts shown to the teacher"),
            on_step=step,
            on_epoch=lambda result: err.print(_line(result)),
        )
    err.print(f"wrote {out}, epoch {best.epoch}")
    if best.collapsed:
        err.print(f"warning: the best epoch {best.collapsed}: {LONGER}")
        raise typer.Exit(0 if allow_collapsed else COLLAPSED_EXIT)


class _Kept:
    """What of a run is kept where it breaks off; nothing is said where no step was taken."""

    def __init__(self, out: Path) -> None:
        self._out, self.has_gone_on = out, False

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say that it can go on, if so much of it is kept."""
        from polarity.training.state import has_state, run_folder

        try:
            yield
        except BaseException:
            if self.has_gone_on and has_state(run_folder(self._out)):
                err.print("what was trained is kept: --resume goes on")
            raise


def _say_sets(sets: "TrainingSets", against: "Contradictions") -> None:
    if not sets.dev_files:
        drawn = sum(map(len, sets.dev.values()))
        err.print(f"macro-F1 drawn is of {drawn:,} rows, kept back by the seed and not trained on")
    if known := sets.rows_of_dev:
        err.print(f"warning: {known:,} training rows have a text of a dev file: its figures flatter")
    if against.rows:
        err.print(f"warning: {against.sentence}")


def _command(arguments: list[str]) -> str:
    """Spell the command that makes the same run from its start."""
    return shlex.join(["polarity", *(word for word in arguments if word != "--resume")])


def _line(result: "EpochResult") -> str:
    figures = ", ".join(f"{name} {value:.4f}" for name, value in result.macro_f1.items())
    return f"epoch {result.epoch}: loss {result.loss:.4f}, macro-F1 {figures}"
