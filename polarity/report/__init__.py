"""Reports: two sides over one input, compared, in a format that the file's suffix names."""

from polarity.report.columns import Column
from polarity.report.content import Report, Subject
from polarity.report.gates import check_bounds
from polarity.report.pairing import pair_of
from polarity.report.running import compare, settings_for
from polarity.report.writing import SUFFIXES, write_reports
from polarity.stored import Side

__all__ = [
    "SUFFIXES",
    "Column",
    "Report",
    "Side",
    "Subject",
    "check_bounds",
    "compare",
    "pair_of",
    "settings_for",
    "write_reports",
]
