"""`polarity calibrate`: make a checkpoint's confidence mean what it says."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err, leave_by, out
from polarity.cli.options import (
    ContractOption,
    FailOverOption,
    FailUnderOption,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.cli.reading import Reading, reads_gold
from polarity.pages.tables import Sheet

if TYPE_CHECKING:
    from polarity.backends.temperature import Calibration


@reads_gold
def calibrate(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint's folder.", show_default=False)],
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA...",
            help="Labelled files or patterns; each file has every label.",
            show_default=False,
        ),
    ],
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    contract: ContractOption = None,
    *,
    reading: Reading,
) -> None:
    """Fit a temperature to labelled texts, measure what it does, and store it in CHECKPOINT.

    From then on the checkpoint's logits are divided by it. Every text is measured at a temperature that
    was fitted without it. Writes calibration.json and reliability.svg. MEASURE is ece, the calibration
    error, brier or nll, as measured after: of all texts, or of a file by its folder's and its own name, as in
    ece.reviews/dev.jsonl. Stores nothing if it exits with 3, or with 4: there are fewer than 300 texts, or
    100 for a gate.
    """
    from polarity.backends.temperature import FILE
    from polarity.statistics.gates import parsed_all
    from polarity.tuning import calibrate_checkpoint

    bounds = parsed_all(fail_under or (), fail_over or ())
    settings = settings_from(contract=contract)
    with asking("scoring", settings.llm) as watch:
        found, judgement = calibrate_checkpoint(
            checkpoint,
            data,
            settings,
            bounds=bounds,
            columns=reading.columns,
            intake=reading,
            on_progress=watch.see,
        )
    if found:
        _print(found)
        is_stored = judgement.status == "passed"
        what = f"wrote {checkpoint / FILE}, temperature {found.temperature}"
        err.print(what if is_stored else "nothing was stored")
    leave_by(judgement, asked=bool(bounds))


def _print(found: "Calibration") -> None:
    measured = [f"{name} {when}" for name in ("ECE", "Brier", "NLL") for when in ("before", "after")]
    rows = []
    for name, before in found.before.items():
        pairs = zip(before[1:], found.after[name][1:], strict=True)
        rows.append((name, f"{before.n:,}", *(f"{value:.4f}" for pair in pairs for value in pair)))
    title = f"Temperature {found.temperature}"
    title += f", {min(found.fold_temperatures)} to {max(found.fold_temperatures)} in the folds"
    out.print(Sheet(title, ("data", "n", *measured), rows).on_terminal())
