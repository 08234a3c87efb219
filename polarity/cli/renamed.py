"""Options that are gone: who types one is told how it is spelled now, and nothing is run.

`{}` stands for the value that was typed.
"""

import shlex
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from typer.core import TyperCommand

RUN = {
    "--base": "--set base={}",
    "--epochs": "--set options.epochs={}",
    "--batch-size": "--set options.batch_size={}",
    "--learning-rate": "--set options.learning_rate={}",
    "--threads": "--set options.threads={}",
    "--seed": "--set options.seed={}",
}
RENAMED: Mapping[str, Mapping[str, str]] = {
    "train": {
        **RUN,
        "--max-length": "--set options.max_length={}",
        "--representation": "--set options.representation={}",
        "--patience": "--set options.patience={}",
        "--precision": "--set options.precision={}",
        "--holdout": "--set holdout={}",
        "--notes": "--set notes={}",
        "--max-rows": "--set data.0.max_rows={}",
        "--rating-column": "--set data.0.ratings.column={}",
        "--cut-offs": "--set data.0.ratings.cut_offs=[{}]",
    },
    "learning-curve": RUN,
}


class Command(TyperCommand):
    """A command that knows its old options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse every old option at once, with exit status 2."""
        if said := renamed(args, RENAMED.get(self.name or "", MappingProxyType({}))):
            ctx.fail("; ".join(said))
        return super().parse_args(ctx, args)


def renamed(args: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Say of each old option that was typed how it is typed now.

    >>> renamed(["a.jsonl", "--epochs", "2", "--cut-offs=-1,1"], RENAMED["train"])
    ['--epochs is now --set options.epochs=2', "--cut-offs is now --set 'data.0.ratings.cut_offs=[-1,1]'"]
    """
    said = []
    for at, word in enumerate(args):
        name, equals, value = word.partition("=")
        if name in names:
            value = value if equals else "".join(args[at + 1 : at + 2])
            new = (part.replace("{}", value) for part in names[name].split())
            said.append(f"{name} is now {shlex.join(new)}")
    return said
