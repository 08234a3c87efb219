"""A table of measurements, the same on a terminal, in Markdown and on a page."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.table import Table

from polarity.pages.markdown import escaped, quoted, table
from polarity.pages.terminal import harmless, shortened

FRAME = 3  # characters between two cells on a terminal


class Sheet(NamedTuple):
    """A table before it is drawn; every row is as long as the header, and every cell is plain text.

    `foreign` names the columns that hold what others wrote, as a text or an id: a terminal shows the
    beginning of it, Markdown shows it as code. `note` says what the table shows.
    """

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    foreign: tuple[str, ...] = ()
    note: str = ""

    def on_terminal(self) -> Table:
        """Draw it for rich; a word that is wider than its column goes on in the next line, and is not cut."""
        drawn = Table(title=harmless(self.title))
        for name in self.header:
            drawn.add_column(harmless(name), overflow="fold")
        shown = [shortened if name in self.foreign else harmless for name in self.header]
        for row in self.rows:
            drawn.add_row(*(show(cell) for show, cell in zip(shown, row, strict=True)))
        return drawn

    def fitting(self, width: int) -> "Sheet":
        """Turn it on its side, a column for each row, where its words do not fit beside each other.

        >>> wide = Sheet("Ways", ("way", "accuracy", "macro-F1"), [("chat", "0.7", "0.6")])
        >>> wide.fitting(80) is wide, wide.fitting(20).header, wide.fitting(20).rows
        (True, ('way', 'chat'), [('accuracy', '0.7'), ('macro-F1', '0.6')])
        """
        columns = list(zip(self.header, *self.rows, strict=True))
        needed = sum(FRAME + max(map(len, " ".join(column).split(" "))) for column in columns)
        if needed < width or self.foreign:
            return self
        header, *rows = columns
        return self._replace(header=header, rows=rows)

    def in_markdown(self) -> str:
        r"""Draw it in Markdown, under its title, which stands alone where there are no rows.

        >>> print(Sheet("Sides", ("who", "text"), [("a|b", "a|b")], foreign=("text",)).in_markdown())
        ## Sides
        <BLANKLINE>
        | who | text |
        | --- | --- |
        | a&#124;b | `a\|b` |
        <BLANKLINE>
        """
        note = [escaped(self.note), ""] if self.note else []
        lines = [*self.markdown_lines(), ""] if self.rows else []
        return "\n".join([f"## {escaped(self.title)}", "", *note, *lines])

    def markdown_lines(self) -> list[str]:
        """Draw the table alone in Markdown, line by line."""
        shown = [_quoted if name in self.foreign else escaped for name in self.header]
        rows = [[show(cell) for show, cell in zip(shown, row, strict=True)] for row in self.rows]
        return list(table([escaped(name) for name in self.header], rows))


def _quoted(text: str) -> str:
    return quoted(harmless(text))
