"""`polarity evaluate`: against gold, or by a suite of behavioural tests (see `suite`)."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from polarity.asking.labelled import labelled
from polarity.cli.console import err, leave_by, out, print_json, progress
from polarity.cli.options import (
    Backend,
    CheckpointOption,
    ContractOption,
    FailOverOption,
    FailUnderOption,
    IdColumnOption,
    JsonOption,
    LabelColumnOption,
    OutputsOption,
    StrategyOption,
    TextColumnOption,
    columns_from,
    refuse_given,
    settings_from,
)
from polarity.cli.suite import evaluate_suite
from polarity.pages.terminal import shortened

if TYPE_CHECKING:
    from polarity.evaluation import About, Assessment
    from polarity.records import Columns
    from polarity.settings import Settings
    from polarity.statistics.gates import Bound
    from polarity.statistics.intervals import Interval

SHARES = ("accuracy", "macro_f1", "two_class_accuracy", "verdict_rate")
KINDS = ("precision", "recall", "f1")
UNDEFINED = "undefined"
OF_DATA = ("fail_over", "text_column", "label_column", "id_column")


def evaluate(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Argument(help="A labelled file: JSON Lines, CSV, TSV or Parquet.")
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE", help="In place of DATA, behavioural tests: checklist, or a TOML file."
        ),
    ] = None,
    backend: Annotated[
        Backend | None, typer.Option(help="Who answers.", show_default="bert; both with --suite")
    ] = None,
    outputs: OutputsOption = None,
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    mistakes: Annotated[
        int,
        typer.Option(
            min=0,
            help="List so many of the worst mistakes; with --suite, failed cases of each group.",
        ),
    ] = 20,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Read only the first N rows; with --suite, take N cases of each test."),
    ] = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
    json_object: JsonOption = False,
) -> None:
    """Measure labels against gold, with 95 % intervals, calibration, and where the mistakes are.

    METRIC is accuracy, macro_f1, two_class_accuracy, verdict_rate, ece, brier, nll, or precision, recall
    or f1 of a label as in f1.NEGATIVE. Exits with 4 if too little is known: for a gate, fewer than 100
    rows, or 30 where it is one label's, or a metric that is undefined; no answer to more than half of
    the texts.

    With --suite, the backends are held against behavioural tests, side by side. METRIC is then bert, llm
    or decision, for the pass rate of the whole suite, or as in bert.negation for that of a capability, a
    kind (MFT, INV, DIR) or a test.
    """
    from polarity.contract import load_contract
    from polarity.evaluation import check_bounds, write_assessment
    from polarity.pages.page import WRITERS
    from polarity.pages.writing import check_outputs
    from polarity.statistics.gates import parsed_all

    bounds = parsed_all(fail_under or (), fail_over or ())
    if suite is not None:
        if data:
            raise typer.BadParameter("give DATA or --suite, one of the two")
        refuse_given(context, OF_DATA, "--suite reads no rows and has only pass rates")
        settings = settings_from(
            backend=backend or "both", contract=contract, checkpoint=checkpoint, strategy=strategy
        )
        evaluate_suite(
            suite, settings, bounds, outputs or (), limit=limit, shown=mistakes, as_json=json_object
        )
    if not data:
        raise typer.BadParameter("give DATA or --suite, one of the two")
    check_outputs(outputs or (), WRITERS, [data])
    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
    check_bounds(bounds, load_contract(settings.contract).labels)
    columns = columns_from(text_column, label_column, id_column)
    found, about = _assess(data, settings, columns, bounds, limit, mistakes)
    if json_object:
        print_json(found.as_json() | {"judgement": about.judgement.as_json()})
    else:
        _print(found)
    write_assessment(outputs or (), found, about)
    for path in outputs or ():
        err.print(f"wrote {path}")
    leave_by(about.judgement, asked=bool(bounds))


def _assess(
    data: Path,
    settings: "Settings",
    columns: "Columns",
    bounds: "list[Bound]",
    limit: int | None,
    mistakes: int,
) -> "tuple[Assessment, About]":
    from polarity.contract import load_contract
    from polarity.evaluation import About, assess, judge
    from polarity.records import gold_rows

    contract = load_contract(settings.contract)
    rows = list(gold_rows(data, columns, contract.labels, limit=limit))
    with progress("evaluating", len(rows)) as bar:
        results = [result for _, result in labelled(settings, [row.record for row in rows], bar.advance)]
    found = assess(rows, results, contract.labels, mistakes=mistakes)
    about = About(
        source=data.name,
        backend=settings.backend,
        checkpoint=settings.bert.model,
        contract=contract.ref,
        created=datetime.now(UTC),
        version=version("polarity"),
        judgement=judge(found, bounds),
    )
    return found, about


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
