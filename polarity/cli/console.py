"""Where output goes: results to standard output, progress and messages to standard error."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from polarity.gates import Judgement

SHOWN = 160  # characters of a text in a table
GATE_EXIT = {"passed": 0, "failed": 3, "inconclusive": 4}
BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
# What a terminal obeys in place of showing it, and what turns around the line that it stands in.
STEERING = (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
HARMLESS = {code: ascii(chr(code))[1:-1] for code in STEERING} | dict.fromkeys(map(ord, BLANKS), " ")

out = Console(highlight=False, markup=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print one JSON value on one line."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


def leave_by(result: "Judgement", *, asked: bool) -> NoReturn:
    """Leave with a gate's exit status; say why if somebody `asked` for it, or if too little is known."""
    if asked or result.status == "inconclusive":
        err.print(f"gate {result.status}: {result.reason}")
    raise typer.Exit(GATE_EXIT[result.status])


def harmless(text: str) -> str:
    r"""Show what others wrote on one line of a terminal, which must not do what the text tells it.

    >>> print(harmless("It\nbroke\x1b]0;owned\x07 twice"))
    It broke\x1b]0;owned\x07 twice
    """
    return text.translate(HARMLESS)


def shortened(text: str) -> str:
    """Show no more of a text, or an id, than fits into a table's cell, and nothing that steers a terminal."""
    shown = harmless(text[: SHOWN + 1])
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."


class Bar:
    """A progress bar that is there or, off a terminal, is not."""

    def __init__(self, progress: Progress, what: str, total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=total, note="")

    def advance(self, by: int) -> None:
        """Move on."""
        self._progress.advance(self._task, by)

    def at(self, done: int, total: int | None, note: str) -> None:
        """Stand at `done` of `total`, where that is known."""
        self._progress.update(self._task, completed=done, total=total, note=note)


@contextmanager
def progress(what: str, total: int | None = None, *, wanted: bool = True) -> Iterator[Bar]:
    """Show a bar on standard error, if that is a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(
        *columns,
        console=err,
        transient=True,
        disable=not (wanted and err.is_terminal),
        redirect_stdout=False,  # rich would send what is printed meanwhile, the results, to standard error
    ) as shown:
        yield Bar(shown, what, total)
