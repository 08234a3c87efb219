"""`polarity contract diff`: what changed between two contracts, and what version that needs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from polarity.cli.console import leave_by, out, print_json
from polarity.cli.options import JsonOption
from polarity.pages.terminal import shortened

if TYPE_CHECKING:
    from polarity.replay.contract_diff import Succession
    from polarity.types import Outcome, RawOutput

LISTED = 12  # declared items of one key on a terminal; --json has them all


def diff(
    old: Annotated[Path, typer.Argument(help="A contract file, or a packaged one's id.")],
    new: Annotated[Path, typer.Argument(help="The file that is to follow it.")],
    corpus: Annotated[
        list[Path] | None,
        typer.Option(
            help="Completions (.jsonl), a JSON report or stored response, mapped by both. May be repeated."
        ),
    ] = None,
    json_object: JsonOption = False,
) -> None:
    """Show what changed between two contracts; exit with 3 if the new version does not say enough.

    No model is asked: stored answers are mapped again.
    """
    from polarity.contract import load_contract
    from polarity.replay.contract_diff import succession
    from polarity.replay.stored_answers import read_answers
    from polarity.statistics.gates import Judgement

    before, after = load_contract(old), load_contract(new)
    stored = [answer for path in corpus or () for answer in read_answers(path, before)]
    found = succession(before, after, stored)
    if json_object:
        print_json(_object(found))
    else:
        _print(found)
    if found.problem:
        reason = "\n  ".join((found.problem, *_reasons(found)))
        leave_by(Judgement(status="failed", reason=reason))


def _reasons(found: "Succession") -> Iterator[str]:
    """Say which changes need as much as all together."""
    for change in found.changes:
        if change.level == found.needed:
            yield f"{change.key}: {change.reason}"
    for moved in found.remapped:
        if moved.level == found.needed:
            yield f"{moved.id}: {_outcome(moved.before)} -> {_outcome(moved.after)}"


def _print(found: "Succession") -> None:
    out.print(f"{found.old.id} {found.old.version} -> {found.new.id} {found.new.version}: {_headline(found)}")
    for change in found.changes:
        out.print(f"\n{change.level}  {change.key}: {change.reason}")
        _print_items("-", change.removed)
        _print_items("+", change.added)
    if found.answers:
        out.print(f"\n{len(found.remapped):,} of {found.answers:,} stored answers have another outcome")
    if found.remapped:
        table = Table("id", "needs", "was", "is", "raw output")
        for moved in found.remapped:
            shown = (_outcome(moved.before), _outcome(moved.after), _shown(moved.raw))
            table.add_row(shortened(moved.id), str(moved.level), *shown)
        out.print(table)


def _headline(found: "Succession") -> str:
    if found.old.sha256 == found.new.sha256:
        return "the files are the same"
    if not found.changes:
        return "only the version, comments or layout differ, which needs a patch"
    return f"what differs needs a {found.needed} version"


def _print_items(sign: str, items: Sequence[str]) -> None:
    for item in items[:LISTED]:
        out.print(f"  {sign} {item}")
    if len(items) > LISTED:
        out.print(f"  {sign} and {len(items) - LISTED} more")


def _outcome(outcome: "Outcome") -> str:
    from polarity.stored import spelled

    found = spelled(outcome)
    return " ".join(filter(None, (found.get(name) for name in ("kind", "label", "reason"))))


def _shown(raw: "RawOutput") -> str:
    from polarity.types import Completion

    return shortened(repr(raw.text if isinstance(raw, Completion) else raw))


def _object(found: "Succession") -> dict[str, Any]:
    from polarity.stored import spelled

    return {
        "old": found.old._asdict(),
        "new": found.new._asdict(),
        "needed": str(found.needed),
        "problem": found.problem,
        "reasons": list(_reasons(found)),
        "changes": [change._asdict() | {"level": str(change.level)} for change in found.changes],
        "answers": found.answers,
        "remapped": [
            {
                "id": moved.id,
                "level": str(moved.level),
                "before": spelled(moved.before),
                "after": spelled(moved.after),
                "raw": spelled(moved.raw),
            }
            for moved in found.remapped
        ],
    }
