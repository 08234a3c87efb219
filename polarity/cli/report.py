"""`polarity report`: two sides over files, or a stored report remapped; compared."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from polarity.cli.console import err, leave_by, out
from polarity.cli.options import (
    CheckpointOption,
    ContractOption,
    FailOverOption,
    FailUnderOption,
    ResumeOption,
    RetryOption,
    StrategyOption,
    refuse_given,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.cli.reading import Reading, reads_gold
from polarity.pages.terminal import harmless

if TYPE_CHECKING:
    from polarity.report import Report

ASKING = (
    "checkpoint",
    "strategy",
    "left",
    "right",
    "limit",
    "sample",
    "seed",
    "repeat",
    "slice_by",
    "name_left",
    "name_right",
    "text_column",
    "label_column",
    "id_column",
    "encoding",
    "no_quoting",
    "labels",
    "strict",
    "resume",
    "retry_failures",
)


@reads_gold
def report(
    context: typer.Context,
    outputs: Annotated[
        list[Path],
        typer.Option(
            "--out", "-o", help="Where to write: .html, .json, .md, .csv, or .xml for JUnit. May be repeated."
        ),
    ],
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT...",
            help='Files or patterns ("in/*.csv"): JSON, CSV, TSV, Excel or Parquet; - reads JSON Lines. Or a '
            "folder that was labelled with --engine.",
        ),
    ] = None,
    left: Annotated[str, typer.Option(metavar="SIDE", help="bert, llm, or column:NAME.")] = "bert",
    right: Annotated[str, typer.Option(metavar="SIDE", help="The same.")] = "llm",
    name_left: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the left side is called, in what is written and in gates.",
            show_default="as --left",
        ),
    ] = None,
    name_right: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What the right side is called.", show_default="as --right"),
    ] = None,
    remap: Annotated[
        Path | None,
        typer.Option(help="A JSON report: read its raw outputs by the contract; no model is asked."),
    ] = None,
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    repeat: Annotated[
        int,
        typer.Option(min=1, max=100, help="Ask the LLM so many times: how often does it differ from itself?"),
    ] = 1,
    slice_by: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Compare within each value of a column, too. May be repeated."),
    ] = None,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    examples: Annotated[
        int, typer.Option(min=1, help="Show at most so many disagreements of each severity in a page.")
    ] = 1000,
    sample: Annotated[int | None, typer.Option(min=1, help="Compare N rows, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="What --sample draws by.")] = 0,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    *,
    reading: Reading,
) -> None:
    """Ask BERT and the LLM about every text and report where they disagree.

    With --left and --right, other systems' answers are taken from columns of the input: a label, words
    that the contract reads, or probabilities by label. With --remap, what BERT and the LLM said is taken
    from an older report. What a model says is kept as it comes, beside the first OUT, until the report
    is written: a run that was stopped, however hard, goes on with --resume. MEASURE is agreement,
    disagreement, opposite, kappa, kappa_linear, ac1, alpha, or of a side by its name, as in accuracy.llm:
    unmapped, accuracy, macro_f1; the last two also of decision. Exits with 4 if too few answers came to say
    anything, or a gate rests on fewer than 100 texts.
    """
    from polarity.replay.remapping import remap_report
    from polarity.report import compare
    from polarity.report.wording import suggest_command
    from polarity.statistics.gates import parsed_all

    if bool(sources) == bool(remap):
        raise typer.BadParameter("give INPUT or --remap, one of the two")
    bounds = parsed_all(fail_under or (), fail_over or ())
    settings = settings_from(contract=contract, checkpoint=checkpoint, strategy=strategy)
    if remap:
        refuse_given(context, ASKING, "--remap asks no model")
        found = remap_report(remap, outputs, settings, examples=examples, bounds=bounds)
    else:
        with asking("comparing", settings.llm) as watch:
            found = compare(
                sources or (),
                outputs,
                settings,
                left=left,
                right=right,
                columns=reading.columns,
                intake=reading,
                sample=sample,
                seed=seed,
                repeat=repeat,
                slice_by=slice_by or (),
                name_left=name_left,
                name_right=name_right,
                examples=examples,
                bounds=bounds,
                resume=resume,
                retry_failures=retry_failures,
                on_progress=watch.see,
                on_pairs=watch.see_pairs,
            )
    for path in outputs:
        err.print(f"wrote {path}")
    for sentence in found.subject.warnings:
        err.print(f"warning: {harmless(sentence)}")
    if found.stored and (found.summary.left_unmapped_answers or found.summary.right_unmapped_answers):
        err.print(f"what would read the answers that could not be mapped: {harmless(suggest_command(found))}")
    _conclude(found)


def _conclude(found: "Report") -> NoReturn:
    """Print the figures, and leave with the exit status of the gates."""
    from polarity.statistics.counted import counted

    summary = found.summary
    agreement = "undefined" if summary.agreement is None else f"{summary.agreement:.1%}"
    kappa = "undefined" if summary.kappa is None else f"{summary.kappa:.3f}"
    texts = counted(summary.n, "texts")
    left_out = f"{found.left_out.rows:,} left out, " if found.left_out.rows else ""
    out.print(f"{texts}, {left_out}{summary.compared:,} compared, agreement {agreement}, kappa {kappa}")
    model = counted(summary.model_disagreements, "model disagreements")
    out.print(
        f"{summary.mapping_disagreements:,} mapping and {model}, {counted(summary.failures, 'failures')}"
    )
    leave_by(found.judgement, asked=bool(found.subject.bounds))
