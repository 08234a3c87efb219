"""`polarity contract show|schema`: a contract as a page, and the form of the file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as RichTable

from polarity.cli.console import out

if TYPE_CHECKING:
    from polarity.contract.review.page import Listing, Page


def show(
    file: Annotated[
        Path | None, typer.Argument(help="A contract file, or a packaged one's id.", show_default="polarity")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    short: Annotated[
        bool, typer.Option("--short", help="Leave out the lists: only what the contract does.")
    ] = False,
) -> None:
    """Print a contract so that a person can read it: answers, outcomes, numbers, the grammar, every list."""
    from polarity.contract import load_contract
    from polarity.contract.review.page import page, short_page
    from polarity.pages.meanings import UNMAPPED

    found = (short_page if short else page)(load_contract(file), UNMAPPED)
    if markdown:
        from polarity.cli.contract.markdown import block, document

        print("\n".join((block if short else document)(found)))
    else:
        _print(found)


def schema() -> None:
    """Print the JSON Schema of contract files, for editors."""
    from polarity.contract.json_schema import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _print(page: "Page") -> None:
    out.print(page.title)
    for name, value in page.facts:
        out.print(f"  {name}: {value}")
    for table in page.tables:
        drawn = RichTable(*table.header, title=table.title, title_justify="left")
        for row in table.rows:
            drawn.add_row(*row)
        out.print()
        out.print(drawn)
    if page.grammar:
        out.print("\nGrammar")
    for line in page.grammar:
        out.print(f"  {line}")
    for listing in page.listings:
        out.print(f"\n{listing.key}: {listing.meaning}")
        for line in _lines(listing):
            out.print(f"  {line}")


def _lines(listing: "Listing") -> Iterator[str]:
    """Put short items on one line, and long ones on a line each."""
    shown = [item if item.strip() == item and item else repr(item) for item in listing.items]
    if listing.is_short:
        yield ", ".join(shown)
    else:
        yield from shown
