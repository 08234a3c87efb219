"""Draw docs/report.png: the top of a report on fixtures/reviews.jsonl, in headless Chromium.

python docs/picture.py              both backends are asked first: a minute or two
python docs/picture.py report.html  the page of a report that is there already
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "report.png"
WIDTH, HEIGHT = 1000, 610


def made(folder: Path) -> Path:
    """Compare both backends over the fixtures, and give the page."""
    page = folder / "report.html"
    command = [sys.executable, "-m", "polarity", "report", str(ROOT / "fixtures" / "reviews.jsonl")]
    subprocess.run([*command, "-o", str(page)], check=True, cwd=folder)  # noqa: S603 - our own command
    return page


def draw(report: Path) -> None:
    """Photograph the page's first screen; it is self-contained, so nothing is fetched."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(report.resolve().as_uri())
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        draw(Path(sys.argv[1]) if sys.argv[1:] else made(Path(place)))
    print(f"wrote {PICTURE}")
