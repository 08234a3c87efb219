"""`polarity watch`: what is decided, over time, and whether it is still what it was."""

from typing import Annotated

import typer

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import JsonOption, OutputsOption, settings_from


def watch(
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="FROM..TO",
            help="What is held against, as 2026-11-01..2026-11-15.",
            show_default="the first 1,000 decisions",
        ),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="Say what changed since then: a date or time, 7d, or monday.")
    ] = "monday",
    every: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help="How long a period is, as 1h or 1d.", show_default="90 at most"),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="How far a share may move without a drift.", show_default="0.02"),
    ] = None,
    side: Annotated[str, typer.Option(help="Whose decisions: the service's, or a candidate's.")] = "primary",
    outputs: OutputsOption = None,
    json_object: JsonOption = False,
) -> None:
    """Show what the store's decisions look like over time, and whether they drifted from a reference.

    The test may be looked at as often as one likes. Times are UTC. Exits with 3 if anything drifted, with 4
    if the reference or what came after it is fewer than 100 decisions.
    """
    from polarity.pages.page import WRITERS
    from polarity.pages.writing import check_outputs, write_outputs
    from polarity.store import open_store
    from polarity.store.sides import check_side
    from polarity.watch import STATEMENT_S, page_of, question_of
    from polarity.watch import watch as watched

    settings = settings_from(watch={"reference": reference, "every": every, "tolerance": tolerance})
    question = question_of(settings.watch, since=since)._replace(side=side)
    check_outputs(outputs or (), WRITERS)
    with open_store(settings.store.url.get_secret_value(), make=False, statement_s=STATEMENT_S) as store:
        check_side(store, side)
        found = watched(store, question)
    page = page_of(found)
    write_outputs(outputs or (), WRITERS, page)
    if json_object:
        print_json(page.data)
    else:
        out.print(page.headline)
        out.print(page.lead)
        for sheet in page.sheets:
            if sheet.rows:
                out.print(sheet.on_terminal())
    for path in outputs or ():
        err.print(f"wrote {path}")
    leave_by(found.judgement, asked=True)
