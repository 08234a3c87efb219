"""The CSV report: one row a pair, for a spreadsheet. Formulas are defused."""

from collections.abc import Iterator
from typing import Any, TextIO

from polarity.comparison import Pair, kind
from polarity.records import defused, write_csv
from polarity.report.content import Report
from polarity.report.plain import decision_object
from polarity.stored import outcome_object
from polarity.types import Answer, Completion

PAIR_COLUMNS = ("id", "text", "gold", "kind", "decision", "decided_by", "confidence")
SIDE_COLUMNS = ("kind", "label", "rule", "reason", "confidence", "raw")


def write(file: TextIO, report: Report) -> None:
    """Write the header, also over no pairs, and one row a pair."""
    backends = (report.left.backend, report.right.backend)
    header = [*PAIR_COLUMNS, *(f"{backend}_{name}" for backend in backends for name in SIDE_COLUMNS)]
    write_csv(file, [header])
    write_csv(file, ([defused(value) for value in _values(pair)] for pair in report.pairs))


def _values(pair: Pair) -> Iterator[Any]:
    decision = decision_object(pair.result)
    yield from (pair.id, pair.text, pair.gold, kind(pair))
    yield from (decision["label"], decision["decided_by"], decision["confidence"])
    yield from _side_values(pair.left)
    yield from _side_values(pair.right)


def _side_values(answer: Answer) -> Iterator[Any]:
    outcome = outcome_object(answer.outcome)
    yield from (outcome[name] for name in ("kind", "label", "rule", "reason"))
    yield (outcome["scores"] or {}).get(outcome["label"])
    yield answer.raw.text if isinstance(answer.raw, Completion) else None
