"""What was typed wrong, in the words of everything else."""

from typing import Any

import typer
from typer.core import TyperGroup

from polarity.validation import said_of


class Commands(TyperGroup):
    """All commands; a value that an option does not take is refused in words that are no library's."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command.

        Raises:
            typer.BadParameter: an option has a value that it does not take.
        """
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            for fault in getattr(error.__cause__, "errors", list)()[:1]:
                said = said_of(fault)
                error.message = said if fault["type"] == "value_error" else f"{fault['input']!r} {said}"
            raise
