"""Pages in a real browser: headless Chromium, without a network."""

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Dialog, Page


@pytest.fixture(scope="module")  # while it is there an event loop runs, in which no async test can
def browser() -> "Iterator[Browser]":
    """The system's Chromium, which `make system` installs where that can be done."""
    if not shutil.which("chromium"):
        pytest.skip("without Chromium: `make system` installs it")
    from playwright.sync_api import sync_playwright  # every test loads this module, and few open a page

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


PUSHED_ASIDE = """() => [...document.querySelectorAll("*")]
    .filter((part) => part.clientWidth > 1 && part.scrollWidth > part.clientWidth + 1)
    .filter((part) => part === document.documentElement || getComputedStyle(part).overflowX !== "visible")
    .map((part) => `${part.tagName} ${part.className} ${part.scrollWidth} > ${part.clientWidth}`)"""
PHONE = {"width": 390, "height": 844}


def pushed_aside(page: "Page") -> list[str]:
    """Name what must be pushed aside on a phone to be read, all that can be folded out being out."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a dictionary of that shape
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    found: list[str] = page.evaluate(PUSHED_ASIDE)
    return found


@contextmanager
def opened(browser: "Browser", path: Path) -> "Iterator[Page]":
    """Open a page; every request but that for the page itself, every dialog and error is a failure."""
    context = browser.new_context()
    shown = context.new_page()
    wrong: list[str] = []
    shown.on("request", lambda request: wrong.append(f"fetched {request.url}"))

    def heard(dialog: "Dialog") -> None:
        wrong.append(f"said {dialog.message}")
        dialog.dismiss()

    shown.on("dialog", heard)
    shown.on("console", lambda message: wrong.append(message.text))
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.goto(path.as_uri())
    yield shown
    assert [f"fetched {path.as_uri()}"] == wrong
    context.close()
