"""The CSV report: one row a pair, for a spreadsheet. Formulas are defused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from polarity.comparison import Pair, kind
from polarity.records import defused, write_csv
from polarity.report.content import Report, Subject
from polarity.report.formats.values import Remembered, decision_object
from polarity.stored import spelled
from polarity.types import Answer, Completion

PAIR_COLUMNS = ("id", "place", "text", "gold", "kind", "decision", "decided_by", "confidence")
SIDE_COLUMNS = ("kind", "label", "rule", "reason", "confidence", "raw")


class Rows:
    """A header, also over no pairs, and one row a pair."""

    def __init__(self, file: TextIO, subject: Subject) -> None:
        self._file = file
        self._side = Remembered(lambda answer: [defused(value) for value in _side_values(answer)])
        sides = (f"{side}_{name}" for side in subject.sides for name in SIDE_COLUMNS)
        self._columns = subject.columns
        header = [*PAIR_COLUMNS, *sides, *(f"column {name}" for name in self._columns)]
        write_csv(file, [[defused(name) for name in header]])

    def add(self, pair: Pair) -> None:
        """Write one row."""
        own = [defused(value) for value in _values(pair)]
        columns = [defused(_cell(pair.columns.get(name))) for name in self._columns]
        write_csv(self._file, [[*own, *self._side(pair.left), *self._side(pair.right), *columns]])

    def finish(self, report: Report) -> None:
        """Write no more: a spreadsheet has no place for a summary."""


@contextmanager
def streaming(file: TextIO, _: Path, subject: Subject) -> Iterator[Rows]:
    """Begin to take pairs into a file."""
    yield Rows(file, subject)


def _values(pair: Pair) -> Iterator[Any]:
    decision = decision_object(pair.result)
    yield from (pair.id, pair.place, pair.text, pair.gold, kind(pair))
    yield from (decision["label"], decision["decided_by"], decision["confidence"])


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value


def _side_values(answer: Answer) -> Iterator[Any]:
    outcome = spelled(answer.outcome)
    yield from (outcome.get(name) for name in ("kind", "label", "rule", "reason"))
    yield (outcome.get("scores") or {}).get(outcome.get("label"))
    yield answer.raw.text if isinstance(answer.raw, Completion) else None
