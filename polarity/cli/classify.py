"""`polarity classify`: one label a text."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polarity.asking.labelled import Labelled, labelled
from polarity.cli.console import print_json, progress
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
from polarity.errors import RecordError
from polarity.pages.terminal import harmless

if TYPE_CHECKING:
    from polarity.records import Columns, Record
    from polarity.types import Result

ANSWER = frozenset({"gold", "label", "confidence", "decided_by", "error"})


def classify(
    texts: Annotated[list[str] | None, typer.Argument(help="The texts.", show_default=False)] = None,
    file: Annotated[
        Path | None, typer.Option(help="JSON Lines, CSV, TSV or Parquet; - reads JSON Lines.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write a file of any of these formats instead of printing."),
    ] = None,
    backend: BackendOption = None,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    limit: LimitOption = None,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
    json_lines: JsonOption = False,
) -> None:
    """Give each text one label, or say why there is none.

    A file's own columns are carried through, its gold label as gold. Exits with 1 if a text got no label.
    """
    from polarity import records

    if bool(texts) == bool(file):
        raise typer.BadParameter("give texts or --file, one of the two")
    if out:
        records.format_of(out)
        records.check_place(out, [file] if file else [])
    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
    columns = columns_from(text_column, label_column, id_column)
    rows = _checked(records.read(file, columns, limit=limit), file) if file else _typed(texts or [], limit)
    tally = Tally()
    shown = out is not None or not sys.stdout.isatty()  # a bar would run through printed lines
    with (
        progress("classifying", wanted=shown) as bar,
        closing(labelled(settings, rows, bar.advance)) as results,
    ):
        written = (_row(record, result, columns) for record, result in tally.counted(results))
        if out:
            records.write(out, written)
        for row in written if not out else ():
            print_json(row) if json_lines else print(_line(row, columns))
    raise typer.Exit(1 if tally.unlabelled else 0)


class Tally:
    """Counts, in passing, the texts that got no label."""

    def __init__(self) -> None:
        self.unlabelled = 0

    def counted(self, results: Iterable[Labelled]) -> Iterator[Labelled]:
        """Pass everything through."""
        for record, result in results:
            self.unlabelled += _label(result) is None
            yield record, result


def _typed(texts: list[str], limit: int | None) -> "list[Record]":
    from polarity.records import Record, text_problem

    for number, text in enumerate(texts, start=1):
        if problem := text_problem(text):
            raise typer.BadParameter(f"text {number} {problem}: {text!r}")
    return [Record(text=text, id=str(at), line=at) for at, text in enumerate(texts[:limit], start=1)]


def _checked(rows: "Iterable[Record]", file: Path) -> "Iterator[Record]":
    """Refuse a column of the file that an answer's column would overwrite."""
    for record in rows:
        if taken := sorted(ANSWER.intersection(record.extra)):
            problem = f"column {taken[0]!r} would be overwritten by the answer's: rename it"
            raise RecordError(problem, path=file, line=record.line)
        yield record


def _label(result: "Result") -> str | None:
    return getattr(result, "label", None)


def _row(record: "Record", result: "Result", columns: "Columns") -> dict[str, Any]:
    """Spell one labelled record: its own columns, then what was decided."""
    return {
        columns.id: record.id,
        columns.text: record.text,
        **record.extra,
        "gold": record.label,
        "label": _label(result),
        "confidence": getattr(result, "confidence", None),
        "decided_by": getattr(result, "decided_by", None),
        "error": getattr(result, "detail", None),
    }


def _line(row: dict[str, Any], columns: "Columns") -> str:
    confidence = "-" if row["confidence"] is None else f"{row['confidence']:.3f}"
    text = " ".join(row[columns.text].split())
    cells = (row["label"] or "NO LABEL", confidence, row["decided_by"] or row["error"], text)
    return "\t".join(map(harmless, cells))
