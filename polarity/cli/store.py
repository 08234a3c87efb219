"""`polarity store`: what was decided - how much there is, out of it into a file, and gone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

import typer

from polarity.cli.console import err, out, print_json, progress
from polarity.cli.options import JsonOption, settings_from
from polarity.errors import StoreError
from polarity.statistics.counted import counted

if TYPE_CHECKING:
    from polarity.settings import StoreSettings
    from polarity.store.purging import Holdings

app = typer.Typer(name="store", help="What the service decided, and keeps.", no_args_is_help=True)

UrlOption = Annotated[
    str | None, typer.Option("--url", help="The store's address.", show_default="store.url of the settings")
]


@app.command()
def info(url: UrlOption = None, json_object: JsonOption = False) -> None:
    """Say what the store holds. One that is not there yet is made."""
    from polarity.sources import opened_store
    from polarity.store.purging import holdings

    with opened_store(_settings(url), make=True) as store:
        found = holdings(store)
        if json_object:
            print_json({"store": store.name, **found.as_json()})
        else:
            out.print(store.name)
            for line in _lines(found):
                out.print(line)


def _lines(found: "Holdings") -> list[str]:
    sides = ", ".join(f"{count:,} {side}" for side, count in found.sides.items())
    times = "" if found.first is None else f" from {_time(found.first)} to {_time(found.last)}"
    ways = counted(found.setups, "ways")
    return [
        f"{counted(found.decisions, 'decisions')}{f' ({sides})' if sides else ''}{times}",
        f"{ways} to answer, {counted(found.reviews, 'reviews')}, {found.bytes / 1_000_000:,.1f} MB",
        f"tables of version {found.version}",
    ]


def _time(time: datetime | None) -> str:
    return "" if time is None else time.isoformat(sep=" ", timespec="seconds")


@app.command()
def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Written as .jsonl, .parquet, .csv or .tsv, by its suffix.")
    ],
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="From then on: a date or time, 7d, or monday.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Up to then.")] = None,
    side: Annotated[str, typer.Option(help="Whose decisions: primary, or a candidate's.")] = "primary",
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="Only those of which people say what is right.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N of them.")] = None,
    url: UrlOption = None,
) -> None:
    """Write decisions into a file, with all that it takes to replay them.

    report, evaluate, train, contract diff and audit read it, as they read `store:?since=7d` itself.
    """
    from polarity.records import check_place, format_of
    from polarity.sources import export as exported

    format_of(file)
    check_place(file)
    given = {"since": since, "until": until, "side": side, "limit": limit}
    query = urlencode({key: value for key, value in given.items() if value is not None})
    with progress("exporting") as bar:
        count = exported(
            f"store:{'reviewed' if reviewed else ''}?{query}",
            file,
            _settings(url),
            on_row=lambda done: bar.at(done, None, ""),
        )
    err.print(f"wrote {file}: {counted(count, 'decisions')}")


@app.command()
def purge(
    older_than: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="Decisions of before then: a date or time, or 30d.",
            show_default="store.retention_days of the settings",
        ),
    ] = None,
    request_id: Annotated[
        str | None, typer.Option("--request-id", metavar="ID", help="The decisions of one request.")
    ] = None,
    url: UrlOption = None,
) -> None:
    """Remove decisions, and what people said of them, for good."""
    from polarity.sources import opened_store
    from polarity.store.purging import purge as purged
    from polarity.texts.moments import moment_of

    if older_than is not None and request_id is not None:
        raise typer.BadParameter("name --older-than or --request-id, not both")
    settings = _settings(url)
    now = datetime.now(UTC)
    before = moment_of(older_than, now) if older_than else None
    if before is None and request_id is None:
        if settings.retention_days is None:
            raise typer.BadParameter("name --older-than or --request-id, or set store.retention_days")
        before = now - timedelta(days=settings.retention_days)
    with opened_store(settings) as store:
        removed = purged(store, before=before, request_id=request_id)
    if request_id is not None and not removed:
        raise StoreError(f"nothing was removed: no decision in the store is of request {request_id!r}")
    out.print(f"removed {counted(removed, 'decisions')}")


def _settings(url: str | None) -> "StoreSettings":
    """Give the settings of the store, at another address where one was typed."""
    from polarity.settings import StoreSettings

    settings = settings_from().store
    if url is None:
        return settings
    return StoreSettings.model_validate({**settings.model_dump(), "url": url})
