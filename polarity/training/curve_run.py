"""A learning curve, the whole of it: from the files to the pages, which are written after each part."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.pages.writing import check_outputs, write_outputs
from polarity.records import Intake
from polarity.training.checkpoint import checkpoint_names, versions
from polarity.training.curve_pages import WRITERS, curve_page
from polarity.training.dataset import TrainingSets
from polarity.training.device import computed_by
from polarity.training.learning_curve import SIZES, LearningCurve, learning_curve, sizes_within
from polarity.training.options import TrainingOptions
from polarity.training.recipe import Recipe
from polarity.training.run import TrainingData, base_path, load_sets
from polarity.training.trainer import Progress


def measure(
    data: TrainingData,
    contract: Contract,
    base: str,
    options: TrainingOptions,
    outputs: Sequence[Path],
    *,
    sizes: Sequence[int] | None = None,
    intake: Intake | None = None,
    on_short: Callable[[int], None] = lambda _: None,
    on_point: Callable[[LearningCurve], None] = lambda _: None,
    on_unwritten: Callable[[RecordError], None] = lambda _: None,
    on_step: Callable[[int, int, Progress], None] = lambda _part, _parts, _done: None,
) -> LearningCurve:
    """Read the files, train `base` on parts of them, and write the curve to `outputs` after each part.

    Without `sizes` they are the usual ones: `on_short` hears how many rows there are if they do not reach
    the largest. `on_point` hears the curve so far, and `on_unwritten` why it could not be written: a full
    disk must not cost the parts that are still to come. `on_step` hears which part of how many is under
    way, from 1, and how far it is.

    Raises:
        RecordError: an output cannot be written, or a file or row cannot be used.
        TrainingError: see `load_sets` and `learning_curve`.
    """
    check_outputs(outputs, WRITERS, [file.path for file in (*data.files, *data.dev)])
    sets = load_sets(data, contract, options.seed, intake)
    rows = sets.training_rows
    if sizes is None and len(rows) < SIZES[-1]:
        on_short(len(rows))
    chosen = sizes or sizes_within(len(rows))

    def kept(curve: LearningCurve) -> None:
        on_point(curve)
        try:
            write_curve(curve, outputs)
        except RecordError as error:
            on_unwritten(error)

    return learning_curve(
        rows,
        sets.dev,
        checkpoint_names(contract),
        base_path(base),
        options,
        sizes=chosen,
        origin=_origin(sets, base, options),
        on_point=kept,
        on_step=lambda part, done: on_step(part, len(chosen), done),
    )


def write_curve(curve: LearningCurve, outputs: Sequence[Path]) -> None:
    """Put the curve on pages, each in the format of its suffix.

    Raises:
        RecordError: one cannot be written; then none is.
    """
    write_outputs(outputs, WRITERS, curve_page(curve))


def _origin(sets: TrainingSets, base: str, options: TrainingOptions) -> dict[str, Any]:
    return {
        "base": base,
        "data": [file.as_dict() for file in sets.files],
        "dev": [file.as_dict() for file in sets.dev_files],
        "holdout": sets.holdout,
        "versions": versions(),
        "computed by": computed_by(options.precision),
    }


def left_out(recipe: Recipe) -> list[str]:
    """Name the keys of a recipe that say nothing to a curve: it is of gold labels, each row alike.

    >>> from polarity.training.recipe import recipe_of
    >>> left_out(recipe_of([Path("a.csv")], overrides=["data.0.weight=0.5", "teacher.checkpoint=large"]))
    ['teacher', 'data.0.weight']
    """
    said = ["teacher"] if recipe.teacher else []
    return said + [f"data.{at}.weight" for at, part in enumerate(recipe.data) if part.weight != 1]
