"""How a page with many disagreements feels in a browser: CARDS cards, loaded, filtered and searched.

python benchmarks/report_page.py [CARDS]
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from report_speed import rows

from polarity.records import write

NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def differing(count: int) -> list[dict[str, str]]:
    """Made-up rows of which each is a disagreement."""
    found = (row for row in rows(20 * count) if row["old"] != row["new"])
    return [row for row, _ in zip(found, range(count), strict=False)]


def milliseconds(page: Page, act: Callable[[], object]) -> float:
    """Do something, and wait until it is on the screen."""
    begun = time.perf_counter()
    act()
    page.evaluate(NEXT_FRAME)
    return 1000 * (time.perf_counter() - begun)


def main() -> None:
    count = int((sys.argv[1:] or ["10000"])[0])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        source, out = Path(folder) / "rows.jsonl", Path(folder) / "out.html"
        write(source, differing(count))
        sides = ["--left", "column:old", "--right", "column:new", "--slice-by", "shop"]
        polarity = str(Path(sys.executable).with_name("polarity"))
        command = [polarity, "report", str(source), "-o", str(out), "--examples", str(count), *sides]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page()
        found = {
            "load": lambda: page.goto(out.as_uri()),
            "filter by label": lambda: page.locator("[name=right]").select_option("POSITIVE"),
            "filter by slice": lambda: page.locator("[name=slice]").select_option("column shop: shop 7"),
            "first search": lambda: page.get_by_label("Search").fill("parcel kind"),
            "next search": lambda: page.get_by_label("Search").fill("parcel kind broken"),
            "reset": lambda: page.get_by_role("button", name="Reset").click(),
            "show fifty more": lambda: page.get_by_role("button", name="Show more").click(),
        }
        print(f"{count:,} cards, {out.stat().st_size / 2**20:.1f} MiB, Chromium {chromium.version}")
        for name, act in found.items():
            print(f"{name:16} {milliseconds(page, act):7.0f} ms")
        chromium.close()


if __name__ == "__main__":
    main()
