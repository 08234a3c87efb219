"""A table is the same on a terminal, in Markdown and on a page."""

import io

from rich.console import Console

from polarity.pages.tables import Sheet
from polarity.pages.terminal import SHOWN

SHEET = Sheet("Who", ("id", "text"), [("\x1b]0;owned\x07", "[b]so[/b] " * 100)], foreign=("text",))


def on_terminal(sheet: Sheet, width: int = 400) -> str:
    """What a terminal is sent."""
    file = io.StringIO()
    Console(file=file, width=width, markup=False, highlight=False).print(sheet.on_terminal())
    return file.getvalue()


def test_a_terminal_is_not_steered() -> None:
    """Control characters are spelled, rich's markup is text; of a foreign text the beginning is shown."""
    shown = on_terminal(SHEET)

    assert r"\x1b]0;owned\x07" in shown
    assert f"{SHEET.rows[0][1][:SHOWN]}..." in shown
    assert "\x1b" not in shown


def test_no_word_is_cut() -> None:
    """On a narrow terminal a long name goes on in the next line: two that begin alike stay two."""
    names = ("flips.NEGATIVE.POSITIVE", "flips.NEGATIVE.NEUTRAL")
    sheet = Sheet("Gates", ("gate", "is"), [(name, "inconclusive") for name in names])
    shown = on_terminal(sheet, width=24)

    gates = "".join(line.split("│")[1].strip() for line in shown.splitlines() if "│" in line)
    assert "".join(names) == gates


def test_a_title_and_a_header_do_not_steer_either() -> None:
    """They may hold a contract's or a file's name."""
    assert "\x1b" not in on_terminal(Sheet("\x1b[31m", ("\x1b[32m",), [("a",)]))


def test_markdown_has_the_whole_text() -> None:
    """What is foreign is code, on one line."""
    assert f"`{SHEET.rows[0][1].strip()}` |" in SHEET.in_markdown()
