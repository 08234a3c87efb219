"""Stored answers, written and read: what lets anyone replay them without asking a model."""

from polarity.stored.outputs import finite, outcome_object, printable, raw_from, raw_object
from polarity.stored.reading import read_object, shaped
from polarity.stored.reports import Origin, Row, Side, StoredReport, read_report

__all__ = [
    "Origin",
    "Row",
    "Side",
    "StoredReport",
    "finite",
    "outcome_object",
    "printable",
    "raw_from",
    "raw_object",
    "read_object",
    "read_report",
    "shaped",
]
