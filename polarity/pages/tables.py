"""Tables of measurements: on a terminal, and in Markdown."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.table import Table

from polarity.pages.markdown import table
from polarity.pages.terminal import harmless


class Sheet(NamedTuple):
    """A table before it is drawn; every row is as long as the header."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def on_terminal(self) -> Table:
        """Draw it for rich."""
        drawn = Table(*self.header, title=self.title)
        for row in self.rows:
            drawn.add_row(*map(harmless, row))
        return drawn

    def in_markdown(self) -> str:
        r"""Draw it in Markdown, under its title.

        >>> print(Sheet("Sides", ("who", "n"), [("a|b", "2")]).in_markdown())
        ## Sides
        <BLANKLINE>
        | who | n |
        | --- | --- |
        | a\|b | 2 |
        <BLANKLINE>
        """
        return "\n".join([f"## {self.title}", "", *table(self.header, self.rows), ""])
