"""Markdown that shows what it is given, whatever stands in it."""

import re
from collections.abc import Iterator, Sequence

# Entities, not backslashes: a table splits at a pipe before it looks at what stands in front of it.
ESCAPES = str.maketrans({character: f"&#{ord(character)};" for character in "\\`*_[]<>&|~$"})
LINKED = re.compile(r"@|#\d|GH-\d|://|www\.", re.IGNORECASE)  # a mention, an issue, an address
TICKS = re.compile("`+")
ESCAPED_PIPE = r"\|"


def escaped(text: str) -> str:
    r"""Make our own text, or the contract's, stand for itself on one line, also inside a table.

    A word that a code host would link, as in the name of somebody's file, is quoted.

    >>> escaped("a|b\n`c` <d>"), escaped("80 rows of @team.csv")
    ('a&#124;b &#96;c&#96; &#60;d&#62;', '80 rows of `@team.csv`')
    """
    return " ".join(quoted(word) if LINKED.search(word) else word.translate(ESCAPES) for word in text.split())


def quoted(text: str) -> str:
    r"""Quote what others wrote as code, on one line: a code host links no `@name`, `#1` or address there.

    >>> quoted("thanks @team,\nsee #1"), quoted("`x`")
    ('`thanks @team, see #1`', '`` `x` ``')
    """
    line = " ".join(text.split())
    if not line:
        return ""
    fence = "`" * (1 + max(map(len, TICKS.findall(line)), default=0))
    return f"{fence} {line} {fence}" if "`" in line else f"{fence}{line}{fence}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Draw a table of cells that are Markdown already, line by line.

    >>> list(table(["label", "n"], [["POSITIVE", "2"]]))
    ['| label | n |', '| --- | --- |', '| POSITIVE | 2 |']
    """
    yield row(header)
    yield row(["---"] * len(header))
    yield from map(row, rows)


def row(cells: Sequence[str]) -> str:
    r"""Join cells; a pipe in a code span, where an entity is not read, is escaped as tables have it.

    >>> row(["POSITIVE", "`a|b`"])
    '| POSITIVE | `a\\|b` |'
    """
    return f"| {' | '.join(cell.replace('|', ESCAPED_PIPE) for cell in cells)} |"
