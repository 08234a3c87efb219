"""The page of behavioural tests in a real browser: headless Chromium, without a network."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.browsing import opened, pushed_aside

from .test_pages import page


def test_on_a_phone_nothing_is_pushed_aside(browser: Browser, tmp_path: Path) -> None:
    """Parts and cases are cards, texts at their full width, whatever they hold."""
    page(tmp_path, ".html")
    with opened(browser, tmp_path / "page.html") as shown:
        assert [] == pushed_aside(shown)
        assert 250 < shown.locator("td.text").first.evaluate("part => part.clientWidth")
