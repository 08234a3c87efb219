"""`polarity classify`: one label a text."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polarity.cli.console import loading, print_json
from polarity.cli.options import (
    BackendOption,
    CheckpointOption,
    ContractOption,
    JsonOption,
    ResumeOption,
    RetryOption,
    StrategyOption,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.cli.reading import Reading, reads
from polarity.pages.terminal import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from polarity.asking.labelling import Labelled
    from polarity.records import Record
    from polarity.settings import Settings
    from polarity.types import Result


@reads
def classify(
    texts: Annotated[list[str] | None, typer.Argument(help="The texts.", show_default=False)] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help='A file or pattern ("in/*.csv"): JSON, CSV, TSV, Excel or Parquet; - reads JSON Lines. '
            "May be repeated.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write .jsonl, .csv, .tsv or .parquet instead of printing."),
    ] = None,
    spreadsheet_safe: Annotated[
        bool,
        typer.Option(
            "--spreadsheet-safe", help="Put an apostrophe before cells of CSV that a spreadsheet would run."
        ),
    ] = False,
    backend: BackendOption = None,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    json_lines: JsonOption = False,
    *,
    reading: Reading,
) -> None:
    """Give each text one label, or say why there is none.

    A file's own columns are carried through, its gold label as gold; rows of several files have the name of
    theirs as input_file. A row of no use - broken, blank, without a text - stands in its place with the
    reason as its error. What a model says is kept as it comes, beside OUT or in the current folder, until the
    last label is written or printed: a run that was stopped, however hard, goes on with --resume. Exits with
    1 if a text got no label.
    """
    from polarity.asking.kept import Kept
    from polarity.asking.labelling import labelling
    from polarity.asking.rows import labelled_row, with_room
    from polarity.records import check_place, format_of, read_all, write
    from polarity.sources import sources_of

    _refuse(texts, file, out, is_resumed=resume or retry_failures)
    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
    files = sources_of(file, settings.store) if file else []
    if out:
        format_of(out)
        check_place(out, files)
    columns = reading.columns
    if files:
        rows = (row for path in files for row in read_all(path, columns, intake=reading))
        records: Iterable[Record] = with_room(_heard(rows, reading), columns)
        options = {"limit": columns.limit}
        kept = Kept("classify", files, [out] if out else [], options, resume, retry_failures)
    else:
        records, kept = _typed(texts or [], columns.limit), None
    tally = Tally()
    is_shown = out is not None or not sys.stdout.isatty()  # a bar would run through printed lines
    with (
        asking("classifying", settings.llm, wanted=is_shown) as watch,
        labelling(records, settings, kept=kept, on_progress=watch.see) as labelled,
    ):
        pairs = tally.counted(labelled if is_shown else _after_loading(labelled, settings))
        several = len(files) > 1
        rows_out = (labelled_row(*pair, columns, is_one_of_several=several) for pair in pairs)
        if out:
            write(out, rows_out, spreadsheet_safe=spreadsheet_safe)
        elif json_lines:
            tally.reader_left = not _print(print_json, rows_out)
        else:
            tally.reader_left = not _print(print, (_line(*pair, is_one_of_several=several) for pair in pairs))
    if tally.reader_left:
        raise BrokenPipeError
    raise typer.Exit(1 if tally.unlabelled else 0)


def _refuse(texts: list[str] | None, file: list[str] | None, out: Path | None, *, is_resumed: bool) -> None:
    """Refuse what contradicts itself.

    Raises:
        typer.BadParameter: says what does.
    """
    if bool(texts) == bool(file):
        raise typer.BadParameter("give texts or --file, one of the two")
    if texts and is_resumed:
        raise typer.BadParameter("typed texts are not kept: there is nothing to resume")
    if out == Path("-"):
        raise typer.BadParameter("-o writes a file: without it labels are printed, as JSON Lines with --json")


def _heard(records: "Iterable[Record]", reading: Reading) -> "Iterator[Record]":
    """Pass everything through; what is of no use is said at the end, too."""
    from polarity.errors import RecordError

    for record in records:
        if record.problem:
            reading.left_out(RecordError(record.problem, path=record.path, line=record.line))
        yield record


def _after_loading(labelled: "Iterable[Labelled]", settings: "Settings") -> "Iterator[Labelled]":
    """Pass everything through, and show until the first of it that a model is loaded and asked."""
    rows = iter(labelled)
    with loading(" and ".join(settings.asked)):
        first = next(rows, None)
    if first is not None:
        yield first
        yield from rows


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


def _print(print_one: "Callable[[Any], None]", rows: "Iterable[Any]") -> bool:
    """Print, and say whether somebody read to the end: who left, as `head` does, comes back for nothing."""
    try:
        for row in rows:
            print_one(row)
        sys.stdout.flush()  # before what is kept is given up
    except BrokenPipeError:
        return False
    return True


def _line(record: "Record", result: "Result", *, is_one_of_several: bool) -> str:
    label, confidence = getattr(result, "label", None), getattr(result, "confidence", None)
    why = getattr(result, "decided_by", None) or getattr(result, "detail", "")
    shown = "-" if confidence is None else f"{confidence:.3f}"
    cells = [label or "NO LABEL", shown, str(why), " ".join(record.text.split())]
    if is_one_of_several:
        cells.append(f"{record.path}:{record.line}")
    return "\t".join(map(harmless, cells))
