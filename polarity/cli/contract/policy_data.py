"""Labelled data for the policy's commands: stored reports, or files that both backends are asked about."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from polarity.cli.console import progress

if TYPE_CHECKING:
    from polarity.comparison import Pair
    from polarity.contract import Contract
    from polarity.records import Columns, Record
    from polarity.settings import Settings
    from polarity.tuning.policy_worth import GoldPair


def check_names(paths: Sequence[Path]) -> None:
    """Refuse two files of one name, by which results are told apart, and what is no file."""
    from polarity.records import STANDARD_INPUT

    if STANDARD_INPUT in paths:
        raise typer.BadParameter("standard input is read once and gone: give files, whose hashes can be kept")
    names = [path.name for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise typer.BadParameter(f"two files are named {name!r}")


def stored_pairs(path: Path, contract: "Contract") -> "list[GoldPair]":
    """Read a JSON report and map and decide again by `contract`; no model is asked.

    Raises:
        RecordError: it is no JSON report, does not fit the contract, or a text has no gold label.
    """
    from polarity.errors import RecordError
    from polarity.replay.remapping import remap
    from polarity.stored import read_report
    from polarity.tuning.policy_worth import gold_pairs

    stored, now = read_report(path), datetime.now(UTC)
    names = tuple(side.backend for side in stored.sides.values())
    if sorted(names) != ["bert", "llm"]:
        raise RecordError(f"meta: not a report of 'bert' and 'llm' but of {names}", path=path)
    _, pairs = remap(stored, contract, created=now, version=version("polarity"))
    return gold_pairs(pairs, path)


def asked_pairs(path: Path, settings: "Settings", columns: "Columns") -> "list[GoldPair]":
    """Ask both backends about every text of a labelled file.

    Raises:
        RecordError: the file cannot be read, or a row has no usable gold label.
        BackendError: neither backend is usable.
    """
    from polarity.contract import load_contract
    from polarity.records import gold_rows
    from polarity.tuning.policy_worth import gold_pairs

    labels = load_contract(settings.contract).labels
    records = [row.record for row in gold_rows(path, columns, labels)]  # before any weights are loaded
    with progress(f"asking about {path.name}", len(records)) as bar:
        return gold_pairs(asyncio.run(_compared(records, settings, bar.advance)), path)


async def _compared(
    records: "Sequence[Record]", settings: "Settings", on_chunk: Callable[[int], None]
) -> "list[Pair]":
    from polarity.asking.pace import paces
    from polarity.classifier import build_classifier
    from polarity.report import compare_file

    async with build_classifier(settings, patient=True) as classifier:
        return await compare_file(
            classifier, records, paces=paces(settings), on_chunk=lambda pairs: on_chunk(len(pairs))
        )
