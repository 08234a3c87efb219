"""Stored answers, written and read: what lets anyone replay them without asking a model."""

from polarity.stored.extents import is_cut, share_known, tokens_read, usage_of
from polarity.stored.forms import finite
from polarity.stored.left_out import LeftOut, Reason
from polarity.stored.outputs import outcome_from, raw_from, spelled
from polarity.stored.reading import read_object, reason_of, shaped
from polarity.stored.reports import Origin, Row, Side, StoredReport, read_report
from polarity.stored.shown import ShownOutcome, ShownRaw, exact, shown_object

__all__ = [
    "LeftOut",
    "Origin",
    "Reason",
    "Row",
    "ShownOutcome",
    "ShownRaw",
    "Side",
    "StoredReport",
    "exact",
    "finite",
    "is_cut",
    "outcome_from",
    "raw_from",
    "read_object",
    "read_report",
    "reason_of",
    "shaped",
    "share_known",
    "shown_object",
    "spelled",
    "tokens_read",
    "usage_of",
]
