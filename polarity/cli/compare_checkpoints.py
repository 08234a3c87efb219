"""`polarity compare-checkpoints`: is the new one better, and what does it change?"""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.asking.labelled import labelled
from polarity.cli.console import err, leave_by, out, print_json, progress
from polarity.cli.options import (
    ContractOption,
    IdColumnOption,
    JsonOption,
    LabelColumnOption,
    LimitOption,
    OutputsOption,
    TextColumnOption,
    columns_from,
    settings_from,
)

if TYPE_CHECKING:
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
    outputs: OutputsOption = None,
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
    from polarity.evaluation.churn_pages import Compared, churn_page, churn_sheets
    from polarity.pages.page import WRITERS
    from polarity.pages.writing import check_outputs, write_outputs
    from polarity.records import read_checked

    check_outputs(outputs or (), WRITERS, [data])
    judged_by = load_contract(settings_from(contract=contract).contract)
    columns = columns_from(text_column, label_column, id_column)
    records = list(read_checked(data, columns, judged_by.labels, limit=limit))
    sides = [_labels(checkpoint, contract, records) for checkpoint in (old, new)]
    found = churn(records, *sides)
    judgement = gate(found, max_churn=max_churn, max_drop=max_drop)
    if json_object:
        print_json(found.as_json())
    else:
        for sheet in churn_sheets(found, flips=flips):
            out.print(sheet.in_markdown() if markdown else sheet.on_terminal())
    about = Compared(
        source=data.name,
        old=old,
        new=new,
        contract=judged_by.ref,
        created=datetime.now(UTC),
        version=version("polarity"),
        judgement=judgement,
    )
    write_outputs(outputs or (), WRITERS, churn_page(found, about, flips=flips))
    for path in outputs or ():
        err.print(f"wrote {path}")
    if max_churn is not None or max_drop is not None:
        leave_by(judgement, asked=True)


def _labels(checkpoint: str, contract: Path | None, records: "list[Record]") -> "list[Result]":
    settings = settings_from(backend="bert", contract=contract, checkpoint=checkpoint)
    with progress(Path(checkpoint).name, len(records)) as bar:
        return [result for _, result in labelled(settings, records, bar.advance)]
