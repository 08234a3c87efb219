"""The command line: parse, call, print. One module a command.

Results go to standard output, progress and messages to standard error. Exit status: 0 fine,
1 failed, 2 usage, 3 a gate failed, 4 inconclusive; 130 interrupted.
"""

import io
import os
import sys
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
    prompt,
    report,
    serve,
    train,
    weights,
)
from polarity.cli.moved import Command
from polarity.errors import BudgetSpent, PolarityError, SettingsError, missing_packages_named
from polarity.pages.terminal import harmless

app = typer.Typer(
    name="polarity",
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
    audit.audit,
):
    app.command(cls=Command)(command)
app.add_typer(contract.app)
app.add_typer(prompt.app)
app.add_typer(weights.app)
app.command()(doctor.doctor)


def main() -> None:
    """Run the command line and leave with its exit status."""
    _print_utf8()
    try:
        try:
            with missing_packages_named():
                app(prog_name="polarity")
        finally:
            sys.stdout.flush()  # here, where a closed pipe can be answered, and not when Python ends
    except SettingsError as error:
        _leave(error, status=2)
    except BudgetSpent as error:
        _leave(error, status=4)
    except PolarityError as error:
        _leave(error, status=1)
    except BrokenPipeError:  # `polarity ... | head` has read enough: no failure worth a traceback
        _print_nowhere()
        sys.exit(1)


def _leave(error: PolarityError, *, status: int) -> None:
    for line in str(error).splitlines():
        print(f"error: {harmless(line)}", file=sys.stderr)
    sys.exit(status)


def _print_utf8() -> None:
    """Results are UTF-8 wherever they go; half a surrogate pair, which that cannot hold, is its escape."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def _print_nowhere() -> None:
    """Keep Python from writing what is left to the closed pipe when it ends, and from complaining."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
