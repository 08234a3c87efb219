"""Options that went, and what to type now: whoever types an old one is told, and nothing is guessed."""

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperCommand

from polarity.errors import SettingsError

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
}


class Command(TyperCommand):
    """A command that names the new spelling of an option that went."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed.

        Raises:
            SettingsError: an option went; says what it is now.
        """
        _, _, command = ctx.command_path.partition(" ")
        if problem := moved(command, args):
            raise SettingsError(problem)
        return super().parse_args(ctx, args)


def moved(command: str, args: Sequence[str]) -> str | None:
    """Say what an option that went is now, with the value that was typed; None where none is typed.

    >>> moved("report", ["a.csv", "--max-disagreement", "0.1"])
    '--max-disagreement 0.1 is now --fail-over disagreement=0.1'
    >>> moved("report", ["a.csv", "--min-kappa=0.6", "--seed", "1"])
    '--min-kappa 0.6 is now --fail-under kappa=0.6'
    >>> moved("report", ["a.csv", "--", "--min-kappa"])
    """
    now = MOVED.get(command, {})
    for at, arg in enumerate(args):
        if arg == "--":
            break
        option, equals, value = arg.partition("=")
        if option in now:
            typed = value if equals else " ".join(args[at + 1 : at + 2])
            return f"{option} {typed}".rstrip() + f" is now {now[option].format(typed)}"
    return None
