"""`polarity optimize`: a checkpoint made quicker on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err, out, print_json
from polarity.cli.options import JsonOption, settings_from
from polarity.cli.reading import Reading, reads
from polarity.pages.tables import Sheet

if TYPE_CHECKING:
    from polarity.optimizing import Tried


@reads
def optimize(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint's folder.", show_default=False)],
    texts: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXTS...",
            help="Files or patterns with texts like those to come; no labels.",
            show_default=False,
        ),
    ],
    json_object: JsonOption = False,
    *,
    reading: Reading,
) -> None:
    """Make CHECKPOINT quicker on this machine: for ONNX Runtime and OpenVINO, in fp32 and in int8.

    Each is held against torch in fp32 on texts that int8 was not fitted to, and kept if at least 99.5 % of
    the labels are the same and no probability is off by more than 0.05. From then on bert.runtime = "auto"
    takes the quickest whose answers do not depend on who else is in the batch. What is kept is in optimized/
    beside the weights, or in the cache folder, and is for these weights, versions and this processor.
    """
    from polarity.backends.runtimes.choice import choose
    from polarity.optimizing import optimize as run

    bert = settings_from(checkpoint=str(checkpoint)).bert
    tried = run(
        bert.source,
        texts,
        bert,
        columns=reading.columns,
        intake=reading,
        on_begun=lambda what: err.print(f"measuring {what}"),
    )
    choice = choose(bert)
    if json_object:
        print_json({"tried": [_shown(one) for one in tried], "choice": choice.sentence})
        return
    out.print(_sheet(tried).on_terminal())
    out.print(f"bert.runtime = {bert.runtime!r}: {choice.sentence}", markup=False, highlight=False)


def _shown(tried: "Tried") -> dict[str, object]:
    measured = tried.measured.model_dump() | {"times_torch": tried.measured.times_torch}
    return {**tried._asdict(), "measured": measured, "folder": tried.folder and str(tried.folder)}


def _sheet(tried: list["Tried"]) -> Sheet:
    rows = []
    for one in tried:
        found = one.measured
        verdict = "not kept" if one.folder is None else "kept" if found.is_stable else "kept, not for auto"
        rows.append(
            (
                f"{one.runtime} {one.recipe}",
                f"{found.times_torch:.2f}",
                f"{found.agreement:.2%}",
                f"{found.farthest:.4f}",
                f"{found.company:.1e}",
                verdict,
            )
        )
    title = f"{tried[0].measured.texts:,} texts, held against torch fp32"
    return Sheet(title, ("runtime", "times torch", "same labels", "farthest", "by company", ""), rows)
