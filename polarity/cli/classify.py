"""`polarity classify`: one label a text."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polarity.cli.console import print_json
from polarity.cli.options import (
    BackendOption,
    CheckpointOption,
    ContractOption,
    IdColumnOption,
    JsonOption,
    LabelColumnOption,
    LimitOption,
    ResumeOption,
    RetryOption,
    StrategyOption,
    TextColumnOption,
    columns_from,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.pages.terminal import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from polarity.asking.labelling import Labelled
    from polarity.records import Columns, Record


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
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
    json_lines: JsonOption = False,
) -> None:
    """Give each text one label, or say why there is none.

    A file's own columns are carried through, its gold label as gold. What a model says is kept as it comes,
    beside OUT or in the current folder, until the last label is written or printed: a run that was stopped,
    however hard, goes on with --resume. Exits with 1 if a text got no label.
    """
    from polarity.asking.kept import Kept
    from polarity.asking.labelling import labelling
    from polarity.asking.rows import labelled_row, with_room
    from polarity.records import check_place, format_of, read, write

    if bool(texts) == bool(file):
        raise typer.BadParameter("give texts or --file, one of the two")
    if texts and (resume or retry_failures):
        raise typer.BadParameter("typed texts are not kept: there is nothing to resume")
    if out:
        format_of(out)
        check_place(out, [file] if file else [])
    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
    columns = columns_from(text_column, label_column, id_column)
    if file:
        records: Iterable[Record] = with_room(read(file, columns, limit=limit), file, columns)
        kept = Kept("classify", [file], [out] if out else [], {"limit": limit}, resume, retry_failures)
    else:
        records, kept = _typed(texts or [], limit), None
    tally = Tally()
    is_shown = out is not None or not sys.stdout.isatty()  # a bar would run through printed lines
    with (
        asking("classifying", settings.llm, wanted=is_shown) as watch,
        labelling(records, settings, kept=kept, on_progress=watch.see) as labelled,
    ):
        rows = (labelled_row(*pair, columns) for pair in tally.counted(labelled))
        if out:
            write(out, rows)
        else:
            tally.reader_left = not _print(
                rows, print_json if json_lines else lambda row: print(_line(row, columns))
            )
    if tally.reader_left:
        raise BrokenPipeError
    raise typer.Exit(1 if tally.unlabelled else 0)


class Tally:
    """Counts, in passing, the texts that got no label."""

    def __init__(self) -> None:
        self.unlabelled = 0
        self.reader_left = False

    def counted(self, labelled: "Iterable[Labelled]") -> "Iterator[Labelled]":
        """Pass everything through."""
        for record, result in labelled:
            self.unlabelled += getattr(result, "label", None) is None
            yield record, result


def _typed(texts: list[str], limit: int | None) -> "list[Record]":
    from polarity.records import Record, text_problem

    for number, text in enumerate(texts, start=1):
        if problem := text_problem(text):
            raise typer.BadParameter(f"text {number} {problem}: {text!r}")
    return [Record(text=text, id=str(at), line=at) for at, text in enumerate(texts[:limit], start=1)]


def _print(rows: "Iterable[dict[str, Any]]", print_one: "Callable[[dict[str, Any]], None]") -> bool:
    """Print, and say whether somebody read to the end: who left, as `head` does, comes back for nothing."""
    try:
        for row in rows:
            print_one(row)
        sys.stdout.flush()  # before what is kept is given up
    except BrokenPipeError:
        return False
    return True


def _line(row: dict[str, Any], columns: "Columns") -> str:
    confidence = "-" if row["confidence"] is None else f"{row['confidence']:.3f}"
    text = " ".join(row[columns.text].split())
    cells = (row["label"] or "NO LABEL", confidence, row["decided_by"] or row["error"], text)
    return "\t".join(map(harmless, cells))
