"""`polarity review`: what people are to read, and what comes of what they said."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polarity.cli.console import err, out, print_json
from polarity.cli.options import ContractOption, JsonOption, settings_from
from polarity.pages.terminal import shortened
from polarity.statistics.counted import counted

if TYPE_CHECKING:
    from polarity.comparison.agreement import Estimate
    from polarity.review.results import Results
    from polarity.review.running import Drawn
    from polarity.statistics.intervals import Interval

app = typer.Typer(
    name="review",
    help="People settle what the machines cannot: the page is at /review of the service.",
    no_args_is_help=True,
)
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="XML", help="Also write the labelling configuration, to paste there."),
]


@app.command()
def draw(contract: ContractOption = None, json_object: JsonOption = False) -> None:
    """Draw what people are to read of what was decided since the last time, as the page does by a button."""
    from polarity.review.running import drawn

    made = drawn(settings_from(contract=contract))
    if json_object:
        print_json(None if made is None else _round(made))
    elif made is None:
        out.print("nothing has come since that people should read")
    else:
        why = ", ".join(f"{count:,} {reason}" for reason, count in made.reasons.items())
        many = sum(made.reasons.values())
        out.print(f"drawn: {many:,} of {counted(made.round.seen, 'decisions')} ({why}); read them at /review")


def _round(made: "Drawn") -> dict[str, Any]:
    return {
        "seen": made.round.seen,
        "threshold": made.round.threshold,
        "drawn": sum(made.reasons.values()),
        "reasons": made.reasons,
    }


@app.command()
def results(
    contract: ContractOption = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Of decisions from then on: a date or time, 7d, or monday."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Of decisions before then.")] = None,
    json_object: JsonOption = False,
) -> None:
    """Say how often each side is right, how well people agree, and which labels are likely wrong."""
    from polarity.review.running import summed

    found = summed(settings_from(contract=contract), since=since, until=until)
    if json_object:
        print_json(asdict(found))
        return
    for line in _lines(found):
        out.print(line)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(metavar="OUT", help="Tasks for Label Studio, .json.")],
    contract: ContractOption = None,
    config: ConfigOption = None,
) -> None:
    """Write what waits to be read as tasks for Label Studio, each with what the sides predict.

    Under review.blind there are no predictions.
    """
    from polarity.review.running import exported

    count = exported(settings_from(contract=contract), path, config=config)
    err.print(f"wrote {path}: {count:,} tasks")


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(metavar="EXPORT", help="What Label Studio exports as JSON.")],
    contract: ContractOption = None,
) -> None:
    """Take Label Studio's annotations of exported tasks as reviews; those that are there already stay."""
    from polarity.review.running import imported

    found = imported(settings_from(contract=contract), path)
    known = f"; {found.known:,} were there already" if found.known else ""
    gone = f"; of {counted(found.gone, 'reviews')} the store does not have the decision" if found.gone else ""
    err.print(f"took {counted(found.taken, 'reviews')} of {counted(found.tasks, 'decisions')}{known}{gone}")


@app.command()
def gold(
    report: Annotated[
        Path, typer.Argument(metavar="REPORT", help="A JSON report over texts with gold labels.")
    ],
    contract: ContractOption = None,
    json_object: JsonOption = False,
) -> None:
    """Name the gold labels of a report that are likely wrong, the likeliest first. No model is asked.

    By confident learning (Northcutt, Jiang and Chuang 2021), from a classifier that was not trained on them.
    """
    from polarity.contract import load_contract
    from polarity.replay.gold_doubts import gold_doubts

    found = gold_doubts(report, load_contract(settings_from(contract=contract).contract))
    if json_object:
        print_json([one._asdict() for one in found])
        return
    for one in found:
        place = one.place or one.id
        out.print(f"{shortened(place)}: likely {one.likely}, not {one.gold}: {shortened(one.text)}")
    err.print(f"likely wrong: {len(found):,}")


def _lines(found: "Results") -> Iterator[str]:
    yield f"read {found.read:,}, used {found.used:,}, settled {found.settled:,}, open {found.contested:,}"
    if not found.read:
        yield "nobody has read any yet: polarity review draw, then /review"
        return
    for side in found.sides:
        yield f"{side.name}: accuracy {_span(side.accuracy)} by {counted(side.n, 'rows')}"
    for gap in found.gaps:
        differ = f"{gap.differ:,} with another label" if gap.differ else "all with the same label"
        rows = counted(gap.n, "rows")
        yield f"{gap.first} less {gap.second}: {_points(gap.accuracy)} points by {rows}, {differ}"
    for two in found.agreement:
        names, same, kappa = " and ".join(two.names), _estimate(two.raw), _estimate(two.kappa)
        yield f"{names}: the same for {same} of {two.raw.n:,}, kappa {kappa}"
    if found.alpha.n:
        yield f"Krippendorff's alpha: {_estimate(found.alpha)} over {counted(found.alpha.n, 'rows')}"
    yield f"cannot tell {found.cannot_tell:,}, the mapping is wrong {found.mapping_wrong:,}"
    for doubt in found.doubts:
        yield f"likely {doubt.likely}, not {doubt.label}: {shortened(doubt.text)}"
    yield f"by {found.method}"


def _span(found: "Interval") -> str:
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"


def _points(found: "Interval") -> str:
    return f"{100 * found.value:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"


def _estimate(found: "Estimate") -> str:
    if found.value is None:
        return f"undefined: {found.undefined}"
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
