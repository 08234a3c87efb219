"""`polarity evaluate`: against gold."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from polarity.cli.console import err, out, print_json, progress
from polarity.cli.options import (
    BackendOption,
    CheckpointOption,
    ContractOption,
    IdColumnOption,
    JsonOption,
    LabelColumnOption,
    LimitOption,
    StrategyOption,
    TextColumnOption,
    columns_from,
    settings_from,
)
from polarity.cli.running import labelled

if TYPE_CHECKING:
    from polarity.evaluation import Evaluation
    from polarity.records import Columns
    from polarity.settings import Settings


def evaluate(
    data: Annotated[Path, typer.Argument(help="A labelled .jsonl or .csv file.")],
    backend: BackendOption = None,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    limit: LimitOption = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
    json_object: JsonOption = False,
) -> None:
    """Measure labels against gold: accuracy, macro-F1, each label, confusion, share of verdicts.

    Exits with 4 if more than half of the texts got no answer.
    """
    from polarity.comparison import too_many_failures  # noqa: PLC0415 - keeps `--help` quick

    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
    evaluation = _evaluate(data, settings, columns_from(text_column, label_column, id_column), limit)
    if json_object:
        print_json(evaluation.as_json())
    else:
        _print(evaluation)
    if too_many_failures(evaluation.n, evaluation.failures):
        err.print(f"inconclusive: {evaluation.failures} of {evaluation.n} texts got no answer")
        raise typer.Exit(4)


def _evaluate(data: Path, settings: "Settings", columns: "Columns", limit: int | None) -> "Evaluation":
    from polarity.contract import load_contract  # noqa: PLC0415 - keeps `--help` quick
    from polarity.evaluation import evaluate as measure  # noqa: PLC0415
    from polarity.evaluation import gold_rows  # noqa: PLC0415

    labels = load_contract(settings.contract).labels
    rows = list(gold_rows(data, columns, labels, limit=limit))
    with progress("evaluating", len(rows)) as bar:
        results = [result for _, result in labelled(settings, [row.record for row in rows], bar)]
    return measure([row.gold for row in rows], results, labels)


def _print(evaluation: "Evaluation") -> None:
    for name in ("n", "accuracy", "macro_f1", "two_class_accuracy", "verdict_rate"):
        value = getattr(evaluation, name)
        out.print(f"{name:20} {value if not isinstance(value, float) else f'{value:.4f}'}")
    scores = Table("label", "precision", "recall", "f1", "support", title="Each label")
    for label, row in evaluation.labels.items():
        scores.add_row(label, f"{row.precision:.3f}", f"{row.recall:.3f}", f"{row.f1:.3f}", str(row.support))
    out.print(scores)
    confusion = Table("gold \\ predicted", *evaluation.predicted, title="Confusion")
    for label, counts in zip(evaluation.labels, evaluation.confusion, strict=True):
        confusion.add_row(label, *map(str, counts))
    out.print(confusion)
