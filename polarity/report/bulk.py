"""Folders of labelled rows, reported: what backends said about a row stands beside it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from polarity.asking.questions import Question, Said
from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.records import DEFAULT_COLUMNS, Columns, Record, paths_of
from polarity.stored import raw_from
from polarity.stored.folders import MANIFEST, Manifest, read_manifest

RAWS: Final = "raws"  # the column of what backends said
GOLD: Final = "gold"  # the column of gold labels: `label` is what was decided


class Folder(NamedTuple):
    """A folder of labelled rows, and its manifest."""

    path: Path
    manifest: Manifest

    @property
    def parts(self) -> list[Path]:
        """Its files, in order."""
        return [self.path / part.name for part in self.manifest.parts]

    def answers(self, asked: Sequence[str], repeat: int) -> bool:
        """Whether all that is to be asked was asked, and is kept."""
        manifest = self.manifest
        everywhere = {*manifest.models}  # of two, the one that decides first is asked about every row
        if len(everywhere) > 1 and not manifest.fingerprint.get("ask_all"):
            everywhere = {"llm" if manifest.fingerprint.get("backend") == "llm" else "bert"}
        return manifest.raws and repeat == 1 and {*asked} <= everywhere

    def said(self, records: Iterable[Record], asked: Sequence[str]) -> Iterator[tuple[Record, Said]]:
        """Give records with what those who are asked said about them.

        Raises:
            RecordError: of a record that is not kept, or cannot be read.
        """
        for record in records:
            yield record, _said(record, asked)

    def check_contract(self, contract: Contract) -> None:
        """Make sure that what was said was asked for under this contract.

        Raises:
            RecordError: it was another one.
        """
        was = self.manifest.contract
        if contract.ref != was:
            named = f"{was.id} {was.version} (sha256 {was.sha256[:8]})"
            problem = f"its answers were asked for under the contract {named}: name that one"
            raise RecordError(problem, path=self.path / MANIFEST)


def folder_of(sources: str | Path | Sequence[str | Path]) -> Folder | None:
    """Find the folder of labelled rows, where somebody names one and nothing else.

    Raises:
        RecordError: its manifest cannot be read, or it is not finished.
    """
    named = paths_of(sources)
    if len(named) != 1 or not named[0].is_dir() or (manifest := read_manifest(named[0])) is None:
        return None
    if not manifest.finished:
        raise RecordError("the run is not finished: polarity classify --resume goes on", path=named[0])
    return Folder(named[0], manifest)


def with_gold(columns: Columns) -> Columns:
    """Read the gold label where such a folder has it, unless another column is named.

    >>> with_gold(DEFAULT_COLUMNS).label, with_gold(Columns(label="stars")).label
    ('gold', 'stars')
    """
    return replace(columns, label=GOLD) if columns.label == DEFAULT_COLUMNS.label else columns


def _said(record: Record, asked: Sequence[str]) -> Said:
    try:
        kept = json.loads(record.extra[RAWS])
        where = f"row {record.line}"
        return {Question(name): raw_from(kept[name], where, path=record.path) for name in asked}
    except (KeyError, TypeError, ValueError):
        problem = f"column {RAWS!r} does not hold what {' and '.join(asked)} said"
        raise RecordError(problem, path=record.path, line=record.line) from None
