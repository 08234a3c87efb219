"""The command line: parse, call, print. One module a command.

Results go to standard output, progress and messages to standard error. Exit status: 0 fine,
1 failed, 2 usage, 3 a gate failed, 4 inconclusive; 130 interrupted.
"""

import errno
import io
import os
import sys
from contextlib import suppress
from importlib.metadata import version
from typing import Annotated

import typer

from polarity.cli import (
    audit,
    calibrate,
    checklist,
    classify,
    compare_checkpoints,
    contract,
    doctor,
    evaluate,
    learning_curve,
    optimize,
    promote,
    prompt,
    prove,
    report,
    review,
    serve,
    store,
    train,
    watch,
    weights,
)
from polarity.cli.moved import Command
from polarity.cli.usage import Commands
from polarity.errors import (
    BudgetSpent,
    CheckpointError,
    PolarityError,
    SettingsError,
    missing_packages_named,
)
from polarity.pages.terminal import harmless

INTERRUPTED = 130
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # what a disk or a device says to a write

app = typer.Typer(
    name="polarity",
    cls=Commands,
    help="One label for a text: from a fine-tuned BERT, a prompt-completion LLM, or both by one contract.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"polarity {version('polarity')}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Say the version; all else is in the commands."""


for command in (
    serve.serve,
    classify.classify,
    report.report,
    evaluate.evaluate,
    checklist.checklist,
    train.train,
    calibrate.calibrate,
    optimize.optimize,
    compare_checkpoints.compare_checkpoints,
    learning_curve.learning_curve,
    promote.promote,
    prove.prove,
    audit.audit,
    watch.watch,
):
    app.command(cls=Command)(command)
app.add_typer(contract.app)
app.add_typer(prompt.app)
app.add_typer(review.app)
app.add_typer(store.app)
app.add_typer(weights.app)
app.command()(doctor.doctor)


def main() -> None:
    """Run the command line and leave with its exit status."""
    _print_utf8()
    try:
        _run()
    except PolarityError as error:
        _leave(error)
    except BrokenPipeError:  # `polarity ... | head` has read enough: no failure worth a traceback
        _print_nowhere()
        sys.exit(1)
    except OSError as error:
        if error.filename is not None or error.errno not in FULL:
            raise
        _print_nowhere()
        _say(f"error: what is printed cannot be written: {error.strerror}")
        sys.exit(1)
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:
            _say("interrupted before it was done")
        raise


def _run() -> None:
    try:
        with missing_packages_named():
            app(prog_name="polarity")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        sys.stdout.flush()  # here, where a closed pipe can be answered, and not when Python ends


def _leave(error: PolarityError) -> None:
    to_paste = error.lines if isinstance(error, CheckpointError) else ()
    said = str(error).splitlines()
    for line in said[: len(said) - len(to_paste)]:
        _say(f"error: {harmless(line)}")
    for line in to_paste:  # as they are to be pasted
        _say(harmless(line))
    sys.exit(2 if isinstance(error, SettingsError) else 4 if isinstance(error, BudgetSpent) else 1)


def _say(line: str) -> None:
    with suppress(OSError):  # nobody can be told on a full device
        print(line, file=sys.stderr, flush=True)


def _print_utf8() -> None:
    """Results are UTF-8 wherever they go; half a surrogate pair, which that cannot hold, is its escape."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def _print_nowhere() -> None:
    """Keep Python from writing what is left to the closed pipe when it ends, and from complaining."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
