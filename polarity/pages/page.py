"""A page of tables and pictures: HTML for people, Markdown for a pull request, JSON for machines.

What comes from outside is escaped; the page needs nothing from the network and forbids itself scripts.
The pictures are our own SVG, drawn only where a page shows them.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

from markupsafe import Markup

from polarity.pages.html import environment
from polarity.pages.markdown import escaped
from polarity.pages.tables import Sheet
from polarity.types import ContractRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """By which contract something was found, when, and by which version."""

    contract: ContractRef
    created: datetime
    version: str

    def sentence(self, what: str, *by: str) -> str:
        """Say it to a reader: what was looked at, and `by` whom.

        >>> made = Provenance(
        ...     contract=ContractRef("polarity", "2.2.0", "0123456789abcdef"),
        ...     created=datetime.fromisoformat("2026-11-24T09:30+00:00"),
        ...     version="0.5.0",
        ... )
        >>> made.sentence("d.jsonl", "backend bert")
        'd.jsonl, 2026-11-24 09:30 UTC; backend bert; contract polarity 2.2.0 (0123456789ab); polarity 0.5.0.'
        """
        contract = f"{self.contract.id} {self.contract.version} ({self.contract.sha256[:12]})"
        when = f"{what}, {self.created:%Y-%m-%d %H:%M %Z}"
        return f"{'; '.join([when, *by, f'contract {contract}', f'polarity {self.version}'])}."

    def made_by(self) -> dict[str, Any]:
        """Give it as plain values.

        >>> made = Provenance(
        ...     contract=ContractRef("polarity", "2.2.0", "0123"),
        ...     created=datetime.fromisoformat("2026-11-24T09:30+00:00"),
        ...     version="0.5.0",
        ... )
        >>> made.made_by()["contract"]
        {'id': 'polarity', 'version': '2.2.0', 'sha256': '0123'}
        """
        return {
            "contract": self.contract._asdict(),
            "created": self.created.isoformat(),
            "version": self.version,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What stands on a page: of what kind it is, what it is about, and what was found.

    `headline` says it in one sentence, `origin` what it was made of and by what, `judgement` what the gates
    came to, `lead` what a reader has to know. `data` is everything as plain values; `draw` gives the
    pictures, name -> SVG, drawn by us.
    """

    kind: str
    about: str
    headline: str
    origin: str
    version: str
    data: Mapping[str, Any]
    sheets: Sequence[Sheet]
    judgement: str | None = None
    lead: str = ""
    draw: Callable[[], Mapping[str, str]] = dict


def write_html(file: TextIO, page: Page) -> None:
    """Write everything, texts in full."""
    pictures = {name: Markup(svg) for name, svg in page.draw().items()}  # noqa: S704 - drawn by us, names escaped
    template = environment().get_template("page.html.j2")
    file.writelines(template.generate(page=page, version=page.version, pictures=pictures))


def write_json(file: TextIO, page: Page) -> None:
    """Write `data`, strings exact."""
    file.write(json.dumps(page.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_markdown(file: TextIO, page: Page) -> None:
    """Write everything but the pictures."""
    file.writelines(f"{part}\n" for part in _markdown(page))


def _markdown(page: Page) -> Iterator[str]:
    yield from (f"# {escaped(page.headline)}", "", escaped(page.origin), "")
    if page.lead:
        yield from (escaped(page.lead), "")
    if page.judgement:
        yield from (f"**{escaped(page.judgement)}**", "")
    yield from (sheet.in_markdown() for sheet in page.sheets)


WRITERS: Mapping[str, Callable[[TextIO, Page], None]] = {
    ".html": write_html,
    ".json": write_json,
    ".md": write_markdown,
}
