"""Options that went, and what to type now: whoever types an old one is told, and nothing is guessed."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperCommand

from polarity.errors import SettingsError

VALUE = re.compile(r"[\w.=\[-]*\{\}\]?")  # the word that the value stands in, which a shell has to take whole
EACH = ", and so of each file: data.0, data.1, ..."
TRAINING = {
    "--base": "--set base={}",
    "--epochs": "--set options.epochs={}",
    "--batch-size": "--set options.batch_size={}",
    "--learning-rate": "--set options.learning_rate={}",
    "--threads": "--set options.threads={}",
    "--seed": "--set options.seed={}",
}
# By command: each option that went, and what follows it now, around its value.
MOVED: Mapping[str, Mapping[str, str]] = {
    "report": {
        "--max-disagreement": "--fail-over disagreement={}",
        "--min-kappa": "--fail-under kappa={}",
        "--max-unmapped": "--fail-over unmapped.SIDE={}, once for each side",
    },
    "evaluate": {"--suite": "polarity checklist {}"},
    "checklist": {"--mistakes": "--examples {}"},
    "calibrate": {"--max-ece": "--fail-over ece={}"},
    "compare-checkpoints": {
        "--max-churn": "--fail-over churn={}",
        "--max-drop": "--fail-over accuracy_drop={}",
    },
    "contract test": {
        "--min-precision": "--fail-under precision={}",
        "--min-recall": "--fail-under recall={}",
        "--max-opposite": "--fail-over opposite=SHARE, a share of the verdicts",
    },
    "train": {
        **TRAINING,
        "--max-length": "--set options.max_length={}",
        "--representation": "--set options.representation={}",
        "--patience": "--set options.patience={}",
        "--precision": "--set options.precision={}",
        "--holdout": "--set holdout={}",
        "--notes": "--set notes={}",
        "--max-rows": "--set data.0.max_rows={}" + EACH,
        "--rating-column": "--set data.0.ratings.column={}" + EACH,
        "--cut-offs": "--set data.0.ratings.cut_offs=[{}]" + EACH,
    },
    "learning-curve": TRAINING,
}


class Command(TyperCommand):
    """A command that names the new spelling of an option that went."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed.

        Raises:
            SettingsError: options went; says of each what it is now.
        """
        _, _, command = ctx.command_path.partition(" ")
        if problems := moved(command, args):
            raise SettingsError("\n".join(problems))
        return super().parse_args(ctx, args)


def moved(command: str, args: Sequence[str]) -> list[str]:
    """Say what each option that went is now, with the value that was typed.

    >>> moved("report", ["a.csv", "--min-kappa=0.6", "--seed", "1"])
    ['--min-kappa 0.6 is now --fail-under kappa=0.6']
    >>> moved("report", ["a.csv", "--", "--min-kappa"])
    []
    """
    now, said = MOVED.get(command, {}), []
    for at, arg in enumerate(args):
        if arg == "--":
            break
        option, equals, value = arg.partition("=")
        if option in now:
            typed = value if equals else "".join(args[at + 1 : at + 2])
            old = f"{option} {shlex.quote(typed)}" if typed else option
            said.append(f"{old} is now {_filled(now[option], typed)}".rstrip())
    return said


def _filled(template: str, value: str) -> str:
    """Put the value into its place, for a shell to read.

    >>> _filled("--set data.0.ratings.cut_offs=[{}]", "2.5, 3.5")
    "--set 'data.0.ratings.cut_offs=[2.5, 3.5]'"
    """

    def word(found: re.Match[str]) -> str:
        filled = found[0].replace("{}", value)
        return shlex.quote(filled) if filled else ""

    return VALUE.sub(word, template)
