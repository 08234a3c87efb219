"""A page of tables and pictures in a real browser: headless Chromium, without a network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from polarity.pages.charts import intervals_chart
from polarity.pages.page import WRITERS
from polarity.pages.tables import Sheet
from polarity.pages.writing import write_outputs
from tests.browsing import opened, pushed_aside

from .test_page import HOSTILE, page

TEXT = "word " * 300 + "long" * 300
SHEETS = [
    Sheet(
        "Texts", ("id", "text", "gold"), [("id" * 200, TEXT, "POSITIVE"), ("2", HOSTILE, "")], ("id", "text")
    ),
    Sheet("Figures", tuple("measures"), [tuple(f"0.{at}00 (0.100 to 0.900)" for at in range(8))] * 60),
]


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page, open, in which nothing may go wrong."""
    path = tmp_path / "page.html"
    chart = intervals_chart({HOSTILE: (0.5, 0.25, 0.75)}, title="Shares", x="share")
    write_outputs([path], WRITERS, page(sheets=SHEETS, draw=lambda: {"Shares": chart}))
    with opened(browser, path) as page_shown:
        yield page_shown


@pytest.mark.parametrize("width", [320, 360, 768, 1200])
def test_it_fits_the_screen(shown: Page, width: int) -> None:
    """From a phone to a desk the page itself is not pushed aside; a wide table is, within its frame."""
    shown.set_viewport_size({"width": width, "height": 700})
    assert width >= shown.evaluate("document.documentElement.scrollWidth")
    assert 2 == shown.locator(".scroll").count()


def test_on_a_phone_rows_are_cards(shown: Page) -> None:
    """Nothing is pushed aside; a text takes the width of its card, and figures say what they are."""
    assert [] == pushed_aside(shown)
    card, text = shown.locator("tbody tr").first, shown.locator("td.text").first
    widths = [part.evaluate("part => part.clientWidth") for part in (card, text)]
    assert widths[1] > 0.9 * (widths[0] - 32)
    content = shown.locator("td").nth(1).evaluate("part => getComputedStyle(part, '::before').content")
    assert '"gold"' == content


def test_texts_stay_texts(shown: Page) -> None:
    """Markup in a cell is shown as it was written."""
    assert HOSTILE.replace("\u202e", "⟨U+202E⟩") == shown.locator("td.text").last.text_content()
    assert 0 == shown.locator("script, img").count()


def test_dark_and_print(shown: Page) -> None:
    """Dark where the reader's system is, drawings too; on paper light, on A4."""
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    drawing = "getComputedStyle(document.querySelector('figure svg')).filter"
    assert ("rgb(255, 255, 255)", "none") == (shown.evaluate(paper), shown.evaluate(drawing))
    shown.emulate_media(color_scheme="dark")
    assert ("rgb(20, 23, 28)", True) == (shown.evaluate(paper), "invert" in shown.evaluate(drawing))
    shown.emulate_media(media="print")
    assert ("rgb(255, 255, 255)", "none") == (shown.evaluate(paper), shown.evaluate(drawing))
    pdf = shown.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert {(595, 842)} == {(round(float(width)), round(float(height))) for width, height in boxes}
