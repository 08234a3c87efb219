"""`polarity classify`: one label a text."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
    refuse_given,
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


ALONE = ("file", "spreadsheet_safe", "json_lines", "limit", "strict")  # what an engine does not do
IN_BULK = ("workers", "cluster", "part_rows", "scores", "raws", "left", "right")  # what only one does


@reads
def classify(
    context: typer.Context,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            help="The texts; with --engine files, patterns, folders or addresses.", show_default=False
        ),
    ] = None,
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
        typer.Option(
            "--out",
            "-o",
            help="Write .jsonl, .csv, .tsv or .parquet instead of printing; with --engine a folder.",
        ),
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
    engine: Annotated[
        Literal["ray"] | None,
        typer.Option(help="Label INPUT in bulk, on many processors: Parquet, CSV, TSV or JSON Lines."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes that label.", show_default="as many as processors, by bert.threads"
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A Ray that runs already.", show_default="one on this machine"),
    ] = None,
    part_rows: Annotated[
        int | None,
        typer.Option(
            min=256,
            help="Rows in one file of the folder, a multiple of 256.",
            show_default="16384; 1024 with an LLM",
        ),
    ] = None,
    scores: Annotated[bool, typer.Option("--scores", help="Keep the probabilities by label.")] = False,
    raws: Annotated[bool, typer.Option("--raws", help="Keep what the backends said.")] = False,
    left: Annotated[
        str | None,
        typer.Option(metavar="SIDE", help="Compare two sides, as report does, and write its pages, too."),
    ] = None,
    right: Annotated[str | None, typer.Option(metavar="SIDE", help="The same.")] = None,
    *,
    reading: Reading,
) -> None:
    """Give each text one label, or say why there is none.

    A file's own columns are carried through, its gold label as gold; rows of several files have the name of
    theirs as input_file. A row of no use - broken, blank, without a text - stands in its place with the
    reason as its error. What a model says is kept as it comes, beside OUT or in the current folder, until the
    last label is written or printed: a run that was stopped, however hard, goes on with --resume. Exits with
    1 if a text got no label.

    With --engine ray the arguments are files, patterns, folders or addresses of an object store, and OUT is a
    folder: parts in Parquet, each whole or absent, a manifest, and what got no label apart. A run that was
    stopped goes on with --resume, and a part that is there is not made again.
    """
    if engine:
        from polarity.cli.bulk import classify_in_bulk

        refuse_given(context, ALONE, "--engine labels files into a folder")
        settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
        classify_in_bulk(
            texts or [],
            out,
            settings,
            reading,
            left=left,
            right=right,
            wish=(scores, raws),
            rows_a_part=part_rows,
            workers=workers,
            cluster=cluster,
            resume=resume,
            retry_failures=retry_failures,
        )
    refuse_given(context, IN_BULK, "without --engine a file is labelled in this process")
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
