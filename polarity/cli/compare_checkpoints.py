"""`polarity compare-checkpoints`: is the new one better, and what does it change?"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import leave_by, out, print_json, shortened
from polarity.cli.options import (
    ContractOption,
    IdColumnOption,
    JsonOption,
    LabelColumnOption,
    LimitOption,
    TextColumnOption,
    columns_from,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.pages.markdown import quoted
from polarity.pages.tables import Sheet

if TYPE_CHECKING:
    from polarity.evaluation.churn import Churn
    from polarity.records import Record
    from polarity.types import Result


def compare_checkpoints(
    old: Annotated[str, typer.Argument(help="A checkpoint folder or hub id.", show_default=False)],
    new: Annotated[str, typer.Argument(help="The one that is to follow it.", show_default=False)],
    data: Annotated[Path, typer.Argument(help="Texts, with or without gold labels.", show_default=False)],
    max_churn: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Exit with 3 if a larger share of labels changes.")
    ] = None,
    max_drop: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Exit with 3 if accuracy falls by more.")
    ] = None,
    flips: Annotated[int, typer.Option(min=0, help="List so many of the texts that changed.")] = 20,
    contract: ContractOption = None,
    limit: LimitOption = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    json_object: JsonOption = False,
) -> None:
    """Label DATA by both checkpoints and show which labels change, and whether for the better.

    Exits with 4 if a limit is set and fewer than 100 texts can be held against it, or more than half of
    them got no label.
    """
    from polarity.contract import load_contract
    from polarity.evaluation.churn import churn, gate
    from polarity.records import read_checked

    labels = load_contract(settings_from(contract=contract).contract).labels
    columns = columns_from(text_column, label_column, id_column)
    records = list(read_checked(data, columns, labels, limit=limit))
    sides = [_labels(checkpoint, contract, records) for checkpoint in (old, new)]
    found = churn(records, *sides)
    if json_object:
        print_json(found.as_json())
    else:
        for sheet in _sheets(found, flips, shown=_quoted if markdown else shortened):
            out.print(sheet.in_markdown() if markdown else sheet.on_terminal())
    if max_churn is not None or max_drop is not None:
        leave_by(gate(found, max_churn=max_churn, max_drop=max_drop), asked=True)


def _labels(checkpoint: str, contract: Path | None, records: "list[Record]") -> "list[Result]":
    from polarity.asking.labelling import labelling

    settings = settings_from(backend="bert", contract=contract, checkpoint=checkpoint)
    with (
        asking(Path(checkpoint).name, settings.llm) as watch,
        labelling(records, settings, on_progress=watch.see) as labelled,
    ):
        return [result for _, result in labelled]


def _quoted(text: str) -> str:
    return quoted(shortened(text))


def _sheets(found: "Churn", flips: int, *, shown: Callable[[str], str]) -> list[Sheet]:
    share = found.churn
    churned = f"{share.value:.2%} ({share.low:.2%} to {share.high:.2%})" if share else "undefined"
    figures = [("texts", f"{found.n:,}"), ("labels that change", churned)]
    if found.failures:
        figures.append(("texts without a label", f"{found.failures:,}"))
    if accuracy := found.accuracy:
        change = accuracy.difference
        figures += [
            ("texts with gold", f"{accuracy.n:,}"),
            ("accuracy", f"{accuracy.old:.4f} -> {accuracy.new:.4f}"),
            ("difference (95 %)", f"{change.value:+.4f} ({change.low:+.4f} to {change.high:+.4f})"),
            ("fixed and broken", f"{accuracy.fixed:,} and {accuracy.broken:,}"),
            ("McNemar's p", f"{accuracy.p:.4f}"),
        ]
    directions = [(old, new, f"{n:,}") for (old, new), n in found.directions.items()]
    listed = [
        (shown(flip.id), shown(flip.text), flip.gold or "", flip.old, flip.new)
        for flip in found.flips[:flips]
    ]
    sheets = [
        Sheet("Old against new", ("what", "value"), figures),
        Sheet("Directions", ("old", "new", "texts"), directions),
        Sheet("The surest flips", ("id", "text", "gold", "old", "new"), listed),
    ]
    return [sheet for sheet in sheets if sheet.rows]
