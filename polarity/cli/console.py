"""Where output goes: results to standard output, progress and messages to standard error."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from polarity.pages.terminal import STEERING

if TYPE_CHECKING:
    from polarity.statistics.gates import Judgement

ESCAPED = {code: f"\\u{code:04x}" for code in STEERING}  # JSON has those below 0x20 by then
GATE_EXIT = {"passed": 0, "failed": 3, "inconclusive": 4}

out = Console(highlight=False, markup=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print one JSON value on one line; what would steer a terminal is escaped, as JSON may have it."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False).translate(ESCAPED))


def leave_by(result: "Judgement", *, asked: bool = False) -> NoReturn:
    """Leave with a judgement's exit status; say why, unless it passed and nobody `asked` for a gate."""
    if asked or result.status != "passed":
        gate = "" if result.status == "inconclusive" and not asked else "gate "
        err.print(f"{gate}{result.status}: {result.reason}")
    raise typer.Exit(GATE_EXIT[result.status])


@contextmanager
def loading(what: str) -> Iterator[None]:
    """Show that something lives while nothing can be printed yet, if standard error is a terminal."""
    if not err.is_terminal:
        yield
        return
    with err.status(f"loading {what}"):
        yield


class Bar:
    """A progress bar that is there or, off a terminal, is not."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=None, note="")

    def at(self, done: int, total: int | None, note: str) -> None:
        """Stand at `done` of `total`, where that is known."""
        self._progress.update(self._task, completed=done, total=total, note=note)


@contextmanager
def progress(what: str, *, wanted: bool = True) -> Iterator[Bar]:
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
        yield Bar(shown, what)
