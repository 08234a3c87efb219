"""A page of tables and pictures in a real browser: headless Chromium, without a network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page

from polarity.pages.charts import intervals_chart
from polarity.pages.page import WRITERS
from polarity.pages.tables import Sheet
from polarity.pages.writing import write_outputs

from ..report.formats.test_page_in_browser import browser  # noqa: F401 - a fixture
from .test_page import HOSTILE, page

TEXT = "word " * 300 + "long" * 300
SHEETS = [
    Sheet(
        "Texts", ("id", "text", "gold"), [("id" * 200, TEXT, "POSITIVE"), ("2", HOSTILE, "")], ("id", "text")
    ),
    Sheet("Figures", tuple("measures"), [tuple(f"0.{at}00 (0.100 to 0.900)" for at in range(8))] * 60),
]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Page]:  # noqa: F811
    """The page, open; every request but that for the page itself, every dialog and error is a failure."""
    path = tmp_path / "page.html"
    chart = intervals_chart({HOSTILE: (0.5, 0.25, 0.75)}, title="Shares", x="share")
    write_outputs([path], WRITERS, page(sheets=SHEETS, draw=lambda: {"Shares": chart}))
    context = browser.new_context()
    shown = context.new_page()
    wrong: list[str] = []
    shown.on("request", lambda request: wrong.append(f"fetched {request.url}"))

    def heard(dialog: Dialog) -> None:
        wrong.append(f"said {dialog.message}")
        dialog.dismiss()

    shown.on("dialog", heard)
    shown.on("console", lambda message: wrong.append(message.text))
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.goto(path.as_uri())
    yield shown
    assert [f"fetched {path.as_uri()}"] == wrong
    context.close()


@pytest.mark.parametrize("width", [320, 360, 768, 1200])
def test_it_fits_the_screen(opened: Page, width: int) -> None:
    """From a phone to a desk the page itself is not pushed aside; a wide table is, within its frame."""
    opened.set_viewport_size({"width": width, "height": 700})
    assert width >= opened.evaluate("document.documentElement.scrollWidth")
    assert 2 == opened.locator(".scroll").count()


def test_texts_stay_texts(opened: Page) -> None:
    """Markup in a cell is shown as it was written."""
    assert HOSTILE.replace("\u202e", "⟨U+202E⟩") == opened.locator("td.text").last.text_content()
    assert 0 == opened.locator("script, img").count()


def test_dark_and_print(opened: Page) -> None:
    """Dark where the reader's system is, drawings too; on paper light, on A4."""
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    drawing = "getComputedStyle(document.querySelector('figure svg')).filter"
    assert ("rgb(255, 255, 255)", "none") == (opened.evaluate(paper), opened.evaluate(drawing))
    opened.emulate_media(color_scheme="dark")
    assert ("rgb(20, 23, 28)", True) == (opened.evaluate(paper), "invert" in opened.evaluate(drawing))
    opened.emulate_media(media="print")
    assert ("rgb(255, 255, 255)", "none") == (opened.evaluate(paper), opened.evaluate(drawing))
    pdf = opened.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert {(595, 842)} == {(round(float(width)), round(float(height))) for width, height in boxes}
