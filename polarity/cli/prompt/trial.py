"""`polarity prompt try`: ways of asking the LLM, measured on labelled data in one table."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import (
    JsonOption,
    OutputsOption,
    ResumeOption,
    RetryOption,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.cli.reading import Reading, reads_gold


class Api(StrEnum):
    """The endpoints: an option that may be repeated takes no literals."""

    COMPLETIONS = "completions"
    CHAT = "chat"


class Strategy(StrEnum):
    """The strategies."""

    SCORE = "score"
    FREE = "free"
    CONSTRAINED = "constrained"
    AUTO = "auto"


DataArgument = Annotated[
    list[str],
    typer.Argument(metavar="DATA...", help="Labelled files or patterns.", show_default=False),
]
ContractsOption = Annotated[
    list[Path] | None,
    typer.Option("--contract", help="A contract file or id. May be repeated.", show_default="as set"),
]
ApisOption = Annotated[
    list[Api] | None,
    typer.Option(
        "--api",
        metavar="completions|chat",
        help="The endpoint that is asked. May be repeated.",
        show_default="as the settings say",
    ),
]
StrategiesOption = Annotated[
    list[Strategy] | None,
    typer.Option(
        "--strategy",
        metavar="score|free|constrained|auto",
        help="Label-word scores, free text, text held to label words, or by proof. May be repeated.",
        show_default="as the settings say",
    ),
]
WeightsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--gguf", help="Weights of the embedded server. May be repeated.", show_default="as the settings say"
    ),
]


@reads_gold
def try_(
    data: DataArgument,
    contracts: ContractsOption = None,
    apis: ApisOption = None,
    strategies: StrategiesOption = None,
    ggufs: WeightsOption = None,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Try each with its examples in the reverse order, too.")
    ] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Test N rows of each file, at random.", show_default="all")
    ] = None,
    calibrate: Annotated[int, typer.Option(min=0, help="Calibrate by N other rows of each file.")] = 0,
    seed: Annotated[int, typer.Option(help="What the rows are drawn by.")] = 0,
    outputs: OutputsOption = None,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")] = False,
    json_object: JsonOption = False,
    *,
    reading: Reading,
) -> None:
    """Ask the LLM about the same labelled texts in every way that is named, and show what each is worth.

    A way is a contract, an endpoint, a strategy and weights: each of these is tried with each of the others;
    what is not named is as the settings say. Scores are also measured after calibrations: by texts without
    content, by the other rows (batch), by these with their gold labels (fitted), and by the contract's own.
    Exits with 4 if more than half of the texts got no answer.
    """
    from polarity.tuning import try_prompts

    if markdown and json_object:
        raise typer.BadParameter("--markdown and --json exclude each other")
    settings = settings_from()
    with asking("asking", settings.llm) as watch:
        found = try_prompts(
            data,
            settings,
            contracts=contracts or (),
            apis=[api.value for api in apis or ()],
            strategies=[strategy.value for strategy in strategies or ()],
            ggufs=ggufs or (),
            reverse=reverse,
            sample=sample,
            calibrate=calibrate,
            seed=seed,
            out=outputs or (),
            columns=reading.columns,
            intake=reading,
            resume=resume,
            retry_failures=retry_failures,
            on_progress=watch.see,
        )
    if json_object:
        print_json(found.page.data)
    for sheet in found.page.sheets if not json_object else ():
        out.print(sheet.in_markdown() if markdown else sheet.fitting(out.width).on_terminal())
    for path in outputs or ():
        err.print(f"wrote {path}")
    leave_by(found.judgement)
