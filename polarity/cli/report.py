"""`polarity report`: two sides over files, or a stored report remapped; compared."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from polarity.cli.console import err, leave_by, out
from polarity.cli.options import (
    CheckpointOption,
    ContractOption,
    FailOverOption,
    FailUnderOption,
    IdColumnOption,
    LabelColumnOption,
    LimitOption,
    ResumeOption,
    RetryOption,
    StrategyOption,
    TextColumnOption,
    columns_from,
    refuse_given,
    settings_from,
)
from polarity.cli.progress import asking

if TYPE_CHECKING:
    from polarity.report import Report
    from polarity.settings import Settings
    from polarity.statistics.gates import Bound

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
    "text_column",
    "label_column",
    "id_column",
    "resume",
    "retry_failures",
)


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
            help='Files or patterns ("in/*.csv"): JSON Lines, CSV, TSV or Parquet; - reads JSON Lines.',
        ),
    ] = None,
    left: Annotated[str, typer.Option(metavar="SIDE", help="bert, llm, or column:NAME.")] = "bert",
    right: Annotated[str, typer.Option(metavar="SIDE", help="The same.")] = "llm",
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
    limit: LimitOption = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Compare N rows, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="What --sample draws by.")] = 0,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
) -> None:
    """Ask BERT and the LLM about every text and report where they disagree.

    With --left and --right, other systems' answers are taken from columns of the input: a label, words
    that the contract reads, or probabilities by label. With --remap, what BERT and the LLM said is taken
    from an older report. What a model says is kept as it comes, beside the first OUT, until the report
    is written: a run that was stopped, however hard, goes on with --resume. MEASURE is agreement,
    disagreement, opposite, kappa, kappa_linear, ac1, alpha, or of a side, as in accuracy.llm: unmapped,
    accuracy, macro_f1; the last two also of decision. Exits with 4 if too few answers came to say
    anything, or a gate rests on fewer than 100 texts.
    """
    from polarity.pages.writing import check_outputs
    from polarity.report import SUFFIXES, Comparison, compare
    from polarity.statistics.gates import parsed_all

    comparison = Comparison(
        left,
        right,
        columns_from(text_column, label_column, id_column),
        limit=limit,
        sample=sample,
        seed=seed,
        repeat=repeat,
        slice_by=tuple(slice_by or ()),
        examples=examples,
    )
    check_outputs(outputs, SUFFIXES, [remap] if remap else [])
    bounds = parsed_all(fail_under or (), fail_over or ())
    backend = "both" if len(comparison.asked) != 1 else comparison.asked[0]
    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
    if sources and not remap:
        with asking("comparing", settings.llm) as watch:
            found = compare(
                sources,
                outputs,
                comparison,
                settings,
                bounds=bounds,
                resume=resume,
                retry_failures=retry_failures,
                on_progress=watch.see,
                on_pairs=watch.see_pairs,
            )
    elif remap and not sources:
        refuse_given(context, ASKING, "--remap asks no model")
        found = _remapped(remap, settings, bounds, outputs, examples)
    else:
        raise typer.BadParameter("give INPUT or --remap, one of the two")
    for path in outputs:
        err.print(f"wrote {path}")
    _conclude(found)


def _remapped(
    path: Path, settings: "Settings", bounds: "list[Bound]", outputs: list[Path], examples: int
) -> "Report":
    from polarity.contract import load_contract
    from polarity.replay.remapping import remap
    from polarity.report import check_bounds, write_reports
    from polarity.stored import read_report

    stored, contract = read_report(path), load_contract(settings.contract)
    check_bounds(bounds, (stored.sides["left"].backend, stored.sides["right"].backend))
    subject, pairs = remap(
        stored, contract, created=datetime.now(UTC), version=version("polarity"), bounds=bounds
    )
    return write_reports(outputs, pairs, subject, most=examples)


def _conclude(found: "Report") -> NoReturn:
    """Print the figures, and leave with the exit status of the gates."""
    summary = found.summary
    agreement = "undefined" if summary.agreement is None else f"{summary.agreement:.1%}"
    kappa = "undefined" if summary.kappa is None else f"{summary.kappa:.3f}"
    out.print(f"{summary.n} texts, {summary.compared} compared, agreement {agreement}, kappa {kappa}")
    out.print(
        f"{summary.mapping_disagreements} mapping and {summary.model_disagreements} model disagreements, "
        f"{summary.failures} failures"
    )
    leave_by(found.judgement, asked=bool(found.subject.bounds))
