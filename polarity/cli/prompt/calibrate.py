"""`polarity prompt calibrate`: a language model's scores, calibrated on labelled data, in a new contract."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import (
    ContractOption,
    JsonOption,
    ResumeOption,
    RetryOption,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.cli.reading import Reading, reads_gold
from polarity.pages.tables import Sheet

if TYPE_CHECKING:
    from polarity.contract.provenance import Calibration
    from polarity.tuning.calibration_fit import CalibrationFound

DataArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA...", help="Labelled files, or JSON reports of texts with gold labels; or patterns."
    ),
]


@reads_gold
def calibrate(
    data: DataArgument,
    output: Annotated[
        Path, typer.Option("--out", "-o", help="The contract file to write; may be the one that is read.")
    ],
    contract: ContractOption = None,
    api: Annotated[
        Literal["completions", "chat"] | None,
        typer.Option(help="The endpoint that is asked.", show_default="as the settings say"),
    ] = None,
    gguf: Annotated[
        str | None, typer.Option(help="Weights of the embedded server.", show_default="as the settings say")
    ] = None,
    method: Annotated[
        Literal["fitted", "batch"],
        typer.Option(help="By the gold labels, or by what is said on average of all texts."),
    ] = "fitted",
    version: Annotated[
        str | None, typer.Option(help="Its version, above the old one.", show_default="the next major one")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds to measure on.")] = 5,
    seed: Annotated[
        int, typer.Option(min=0, help="Deals the texts out to the folds, and draws what --sample asks for.")
    ] = 0,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Ask about N rows of the labelled files, of each file and label its share."),
    ] = None,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    json_object: JsonOption = False,
    *,
    reading: Reading,
) -> None:
    """Calibrate the LLM's scores on labelled texts, and write a contract that differs in nothing else.

    From then on the contract reads the scores of this model, endpoint and prompt so; those of any other it
    reads as they are. A report's raw outputs are taken as they are; about a labelled file the LLM is asked.
    Each text is measured by a calibration that was taken from others. Exits with 4, and writes nothing, if
    the data are too little.
    """
    from polarity.settings import changed_llm
    from polarity.tuning import CalibrationPlan, calibrate_prompt

    settings = settings_from(contract=contract)
    chosen = {name: value for name, value in {"api": api, "gguf": gguf}.items() if value is not None}
    settings = settings.model_copy(update={"llm": changed_llm(settings.llm, **chosen)})
    with asking("asking", settings.llm) as watch:
        calibration, found, warnings, judgement = calibrate_prompt(
            data,
            output,
            settings,
            version=version,
            plan=CalibrationPlan(method, folds, seed, sample),
            columns=reading.columns,
            intake=reading,
            resume=resume,
            retry_failures=retry_failures,
            on_progress=watch.see,
        )
    if calibration is None or found is None:
        leave_by(judgement)
    err.print(f"wrote {output}")
    for sentence in warnings:
        err.print(f"warning: {sentence}")
    _print(calibration, found, json_object=json_object)


def _print(calibration: "Calibration", found: "CalibrationFound", *, json_object: bool) -> None:
    if json_object:
        rows = [row._asdict() for row in found.right]
        print_json({"calibration": calibration.model_dump(mode="json"), "measured": rows})
        return
    rows_shown = [(row.data, f"{row.n:,}", *(f"{value:.4f}" for value in row[2:])) for row in found.right]
    header = ("data", "n", "accuracy before", "after", "macro-F1 before", "after")
    title = f"{calibration.name}, out of fold ({found.held_out} held out)"
    out.print(Sheet(title, header, rows_shown).on_terminal())
    for label, offset in calibration.offsets.items():
        out.print(f"{label} {offset:+.4f}")
    out.print(f"temperature {calibration.temperature}")
