"""The options of files that are read: every command that reads some has the same ones, from here."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from polarity.cli.console import err
from polarity.pages.terminal import harmless

if TYPE_CHECKING:
    from polarity.errors import RecordError
    from polarity.records import Columns

LISTED = 5  # rows of no use that are named; the others are counted
DATA_HELP = 'Labelled files or patterns ("in/*.csv"): JSON, CSV, TSV, Excel or Parquet; - reads JSON Lines.'
DataArgument = Annotated[list[str], typer.Argument(metavar="DATA...", help=DATA_HELP, show_default=False)]
OPTIONS: dict[str, tuple[Any, Any]] = {
    "text_column": (
        Annotated[str, typer.Option("--text-column", help="The column that holds the text, in any case.")],
        "text",
    ),
    "label_column": (
        Annotated[str, typer.Option("--label-column", help="The column that holds the gold label.")],
        "label",
    ),
    "id_column": (
        Annotated[str, typer.Option("--id-column", help="The column that holds the id.")],
        "id",
    ),
    "limit": (
        Annotated[int | None, typer.Option(min=1, help="Read only the first N rows of each file.")],
        None,
    ),
    "encoding": (
        Annotated[
            str | None,
            typer.Option(
                help="The encoding of CSV, TSV and JSON.", show_default="UTF-8, or by its byte-order mark"
            ),
        ],
        None,
    ),
    "no_quoting": (
        Annotated[bool, typer.Option("--no-quoting", help="Take quotation marks in CSV and TSV for text.")],
        False,
    ),
    "strict": (
        Annotated[
            bool, typer.Option("--strict", help="Stop at the first row of no use, before a model is asked.")
        ],
        False,
    ),
}

LABELS: dict[str, tuple[Any, Any]] = {
    "labels": (
        Annotated[
            str | None,
            typer.Option(
                metavar="NAME=LABEL,...",
                help="What the file's own labels are in the contract, as in 0=LABEL,1=OTHER.",
                show_default="as the contract reads them",
            ),
        ],
        None,
    ),
}


class Reading:
    """How files are read, and what is heard of them on the way: an intake."""

    def __init__(
        self,
        *,
        text_column: str,
        label_column: str,
        id_column: str,
        limit: int | None,
        encoding: str | None,
        no_quoting: bool,
        strict: bool,
        labels: str | None = None,
    ) -> None:
        self._names = {"text": text_column, "label": label_column, "id": id_column}
        self._rows = {"limit": limit, "encoding": encoding, "quoting": not no_quoting}
        self._labels = _pairs(labels) if labels is not None else ()
        self._is_strict = strict
        self._found: set[tuple[Path, str]] = set()
        self._left_out: dict[str, None] = {}  # a file may be read twice

    @property
    def columns(self) -> "Columns":
        """Where a record's parts stand, and how rows are spelled."""
        from polarity.records import Columns

        return Columns(**self._names, **self._rows, labels=self._labels)  # type: ignore[arg-type]  # by their names

    def found(self, path: Path, what: str) -> None:
        """Say how a file is read, once."""
        if (path, what) not in self._found:
            self._found.add((path, what))
            err.print(harmless(f"{path}: {what}"))

    def left_out(self, problem: "RecordError") -> None:
        """Remember a row that is of no use.

        Raises:
            RecordError: nothing may be left out.
        """
        if self._is_strict:
            raise problem
        self._left_out[str(problem)] = None

    def leave(self, status: int) -> NoReturn:
        """Say what was of no use, and leave with a status, which is none of success then."""
        count = len(self._left_out)
        for sentence in list(self._left_out)[:LISTED]:
            err.print(harmless(sentence))
        if count > LISTED:
            err.print(f"... and {count - LISTED:,} more")
        if count:
            rows = "1 row is" if count == 1 else f"{count:,} rows are"
            err.print(f"{rows} of no use; all others are done")
        raise typer.Exit(status or bool(count))


def _pairs(given: str) -> tuple[tuple[str, str], ...]:
    """Read "0=NEGATIVE,1=POSITIVE".

    Raises:
        typer.BadParameter: a part is no pair, or a name stands twice.
    """
    split = [part.rpartition("=")[::2] for part in given.split(",")]
    pairs = tuple((name.strip(), label.strip()) for name, label in split)
    if bad := [part for part, pair in zip(given.split(","), pairs, strict=True) if not all(pair)]:
        raise typer.BadParameter(f"--labels: {bad[0]!r} is not NAME=LABEL")
    names = [name.casefold() for name, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise typer.BadParameter(f"--labels: {twice[0]!r} stands twice")
    return pairs


def reads_gold(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command what `reads` does, and how the gold labels of its files are spelled."""
    return reads(command, {**OPTIONS, **LABELS})


def reads(
    command: Callable[..., None], options: Mapping[str, tuple[Any, Any]] = OPTIONS
) -> Callable[..., None]:
    """Give a command the options of files that are read; it takes them as one `reading`.

    Where rows were of no use it says so at its end, and leaves with 1 if nothing else is wrong.
    """
    own = signature(command)

    @wraps(command)
    def with_options(**given: Any) -> None:
        reading = Reading(**{name: given.pop(name) for name in options})
        try:
            command(**given, reading=reading)
        except typer.Exit as leaving:
            reading.leave(leaving.exit_code)
        reading.leave(0)

    shared = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in options.items()
    ]
    kept = [
        one.replace(kind=Parameter.KEYWORD_ONLY) for one in own.parameters.values() if one.name != "reading"
    ]
    parameters = [*kept, *shared]
    with_options.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_options
