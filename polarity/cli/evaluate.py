"""`polarity evaluate`: against gold."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import (
    BackendOption,
    CheckpointOption,
    ContractOption,
    FailOverOption,
    FailUnderOption,
    IdColumnOption,
    JsonOption,
    LabelColumnOption,
    LimitOption,
    OutputsOption,
    ResumeOption,
    RetryOption,
    StrategyOption,
    TextColumnOption,
    columns_from,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.pages.terminal import shortened

if TYPE_CHECKING:
    from polarity.evaluation import Assessment
    from polarity.statistics.intervals import Interval

SHARES = ("accuracy", "macro_f1", "two_class_accuracy", "verdict_rate")
KINDS = ("precision", "recall", "f1")
UNDEFINED = "undefined"


def evaluate(
    data: Annotated[Path, typer.Argument(help="A labelled file: JSON Lines, CSV, TSV or Parquet.")],
    backend: BackendOption = None,
    outputs: OutputsOption = None,
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    mistakes: Annotated[int, typer.Option(min=0, help="List so many of the worst mistakes.")] = 20,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    limit: LimitOption = None,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
    json_object: JsonOption = False,
) -> None:
    """Measure labels against gold, with 95 % intervals, calibration, and where the mistakes are.

    MEASURE is accuracy, macro_f1, two_class_accuracy, verdict_rate, ece, brier, nll, or precision, recall
    or f1 of a label as in f1.NEGATIVE. Exits with 4 if too little is known: for a gate, fewer than 100
    rows, or 30 where it is one label's, or a measure that is undefined; no answer to more than half of
    the texts.
    """
    from polarity.evaluation import evaluate as measured
    from polarity.evaluation import judge
    from polarity.statistics.gates import parsed_all

    bounds = parsed_all(fail_under or (), fail_over or ())
    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
    with asking("evaluating", settings.llm) as watch:
        found = measured(
            data,
            settings,
            out=outputs or (),
            columns=columns_from(text_column, label_column, id_column),
            limit=limit,
            mistakes=mistakes,
            bounds=bounds,
            resume=resume,
            retry_failures=retry_failures,
            on_progress=watch.see,
        )
    judgement = judge(found, bounds)
    if json_object:
        print_json(found.as_json() | {"judgement": judgement.as_json()})
    else:
        _print(found)
    for path in outputs or ():
        err.print(f"wrote {path}")
    leave_by(judgement, asked=bool(bounds))


def _print(found: "Assessment") -> None:
    evaluation = found.evaluation
    out.print(f"{'n':20} {evaluation.n}")
    for name in SHARES:
        interval = found.intervals.get(name)
        shown = (
            f"{interval.value:.4f}  ({interval.low:.4f} to {interval.high:.4f})" if interval else UNDEFINED
        )
        out.print(f"{name:20} {shown}")
    for name in ("ece", "brier", "nll"):
        value = found.measure(name)
        out.print(f"{name:20} {UNDEFINED if value is None else f'{value:.4f}'}")
    scores = Table("label", *KINDS, "support", title="Each label")
    for label, row in evaluation.labels.items():
        cells = [_cell(found.intervals.get(f"{kind}.{label}")) for kind in KINDS]
        scores.add_row(label, *cells, f"{row.support:,}")
    out.print(scores)
    confusion = Table("gold \\ predicted", *evaluation.predicted, title="Confusion")
    for label, counts in zip(evaluation.labels, evaluation.confusion, strict=True):
        confusion.add_row(label, *map(str, counts))
    out.print(confusion)
    _print_slices(found)
    _print_mistakes(found)


def _cell(interval: "Interval | None") -> str:
    """Spell a share above its interval: beside it, a row would be wider than a terminal."""
    return f"{interval.value:.3f}\n{interval.low:.3f} to {interval.high:.3f}" if interval else UNDEFINED


def _print_slices(found: "Assessment") -> None:
    for title, slices in (("By length", found.by_length), ("By confidence", found.by_confidence)):
        table = Table("slice", "rows", "accuracy", "95 %", title=title)
        for part in slices:
            interval = f"{part.accuracy.low:.3f} to {part.accuracy.high:.3f}"
            table.add_row(part.name, f"{part.n:,}", f"{part.accuracy.value:.3f}", interval)
        out.print(table)


def _print_mistakes(found: "Assessment") -> None:
    if not found.mistakes:
        return
    table = Table("id", "text", "gold", "predicted", "confidence", title="The worst mistakes")
    for row in found.mistakes:
        confidence = "-" if row.confidence is None else f"{row.confidence:.3f}"
        table.add_row(shortened(row.id), shortened(row.text), row.gold, row.predicted, confidence)
    out.print(table)
