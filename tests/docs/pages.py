"""The pages people read, and the blocks of code in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
FRONT = [ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")]
PAGES = [*FRONT, *sorted(path for path in DOCS.rglob("*.md") if path.name != "checkpoint_notes.md")]
REFERENCE = sorted((DOCS / "reference").glob("*.md"))
TOLD = [ROOT / "README.md", DOCS / "tutorial.md", *sorted((DOCS / "guides").glob("*.md"))]  # written by hand
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A block of code, and where it stands."""

    page: Path
    line: int
    text: str

    @property
    def id(self) -> str:
        """Name it in a test's output."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(language: str) -> list[Block]:
    """Give every block of a language, page by page, in order."""
    return [block for page in PAGES for block in _blocks_of(page, language)]


def _blocks_of(page: Path, language: str) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in FENCE.finditer(text):
        if found[1] == language:
            yield Block(page, text.count("\n", 0, found.start()) + 1, found[2])
