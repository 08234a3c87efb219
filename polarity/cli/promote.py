"""`polarity promote`: may a candidate take over?"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import FailOverOption, FailUnderOption, JsonOption, OutputsOption
from polarity.cli.progress import asking
from polarity.cli.reading import Reading, reads_gold

if TYPE_CHECKING:
    from polarity.pages.tables import Sheet
    from polarity.promotion.switching import Switch
    from polarity.settings import Settings
    from polarity.statistics.gates import Bound, Judgement


@reads_gold
def promote(
    candidate: Annotated[
        str | None,
        typer.Argument(help="A candidate of the settings, or bert, llm, both.", show_default=False),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Only pairs since then: 7d, 12h, monday, or 2026-11-26T18:00."),
    ] = None,
    gold: Annotated[
        list[str] | None,
        typer.Option("--gold", help="A labelled file; its labels are those of the same texts in the store."),
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option("--checkpoint", help="Judge this checkpoint over --data, as compare-checkpoints does."),
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option("--data", help="A file of texts, for --checkpoint. May be repeated.")
    ] = None,
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="If every gate passes, write the switch into the settings file.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Put the settings file back that the last switch kept.")
    ] = False,
    outputs: OutputsOption = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    json_object: JsonOption = False,
    *,
    reading: Reading,
) -> None:
    """Judge a candidate by its shadow pairs in the store; --apply lets it take over if every gate passes.

    The gates are those of the settings' section promotion, or these options. MEASURE is agreement, flips,
    flips.OLD.NEW, accuracy_drop, excess, or with .primary or .candidate behind it unmapped, failures,
    latency_p95 in ms, cost_thousand, accuracy, macro_f1 or churn. Exits with 3 if a gate is shown to be
    broken, and with 4 while it is not shown either way: look as often as you like.
    """
    from polarity.settings import load_settings
    from polarity.statistics.gates import parsed_all

    if rollback:
        _roll_back(load_settings())
        return
    if (candidate is None) == (checkpoint is None):
        raise typer.BadParameter("name a candidate, or --checkpoint")
    settings, bounds = load_settings(), parsed_all(fail_under or (), fail_over or ())
    if checkpoint is not None:
        judgement, found, sheets = _checkpoint(
            checkpoint, data or (), settings, bounds, outputs or (), reading
        )
        overrides: dict[str, Any] = {"bert": {"checkpoint": checkpoint}}
    else:
        assert candidate is not None  # noqa: S101
        judgement, found, sheets, overrides = _candidate(
            candidate, since, gold or (), settings, bounds, outputs or (), reading, apply=apply
        )
    if json_object:
        print_json(found)
    else:
        for sheet in sheets:
            out.print(sheet.in_markdown() if markdown else sheet.on_terminal())
    for path in outputs or ():
        err.print(f"wrote {path}")
    if apply and judgement.status == "passed":
        _apply(overrides, candidate or "checkpoint", settings, judgement)
    leave_by(judgement, asked=True)


def _candidate(
    candidate: str,
    since: str | None,
    gold: Sequence[str],
    settings: "Settings",
    bounds: Sequence["Bound"],
    outputs: Sequence[Path],
    reading: Reading,
    *,
    apply: bool,
) -> tuple["Judgement", dict[str, Any], list["Sheet"], dict[str, Any]]:
    from polarity.promotion import promote as judge
    from polarity.promotion.pages import promotion_sheets
    from polarity.promotion.switching import check_unchanged
    from polarity.settings import overrides_of
    from polarity.texts.moments import moment_of

    found = judge(
        candidate,
        settings,
        since=None if since is None else moment_of(since, datetime.now(UTC)),
        bounds=bounds or None,
        gold=gold,
        columns=reading.columns,
        intake=reading,
        out=outputs,
    )
    if apply and found.judgement.status == "passed":
        check_unchanged(found.about, settings)
    return found.judgement, found.as_json(), promotion_sheets(found), overrides_of(settings, candidate)


def _checkpoint(
    new: str,
    data: Sequence[str],
    settings: "Settings",
    bounds: Sequence["Bound"],
    outputs: Sequence[Path],
    reading: Reading,
) -> tuple["Judgement", dict[str, Any], list["Sheet"]]:
    from polarity.evaluation.churn_pages import FLIPS, churn_sheets
    from polarity.promotion.checkpoints import promote_checkpoint

    if not data:
        raise typer.BadParameter("--checkpoint is judged by texts: name them by --data")
    with asking("labelling", settings.llm) as watch:
        found, judgement = promote_checkpoint(
            new,
            list(data),
            settings,
            bounds=bounds,
            out=outputs,
            columns=reading.columns,
            intake=reading,
            on_progress=watch.see,
        )
    plain = found.as_json() | {"judgement": judgement.as_json()}
    return judgement, plain, churn_sheets(found, flips=FLIPS)


def _apply(overrides: dict[str, Any], name: str, settings: "Settings", judgement: "Judgement") -> None:
    from polarity.promotion.switching import apply, note

    switch = apply(overrides, name)
    details = {"candidate": name, "file": switch.file.name, "kept": switch.kept.name, "why": judgement.reason}
    _say(switch, note(settings, "promoted", details), kept="the old one is")


def _roll_back(settings: "Settings") -> None:
    from polarity.promotion.switching import note, roll_back

    switch = roll_back()
    details = {"file": switch.file.name, "kept": switch.kept.name}
    _say(switch, note(settings, "rolled_back", details), kept="what stood there is")


def _say(switch: "Switch", not_noted: str | None, *, kept: str) -> None:
    err.print(f"wrote {switch.file}; {kept} {switch.kept}")
    err.print("a running service takes it at SIGHUP, or POST /admin/reload with a key")
    if not_noted:
        err.print(f"warning: the store does not know of it: {not_noted}")
