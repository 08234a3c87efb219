"""Reports: two sides over one input, compared, in a format that the file's suffix names."""

from polarity.report.columns import Column
from polarity.report.content import Report, Subject
from polarity.report.judging import Judgement, check_bounds
from polarity.report.remapping import remap
from polarity.report.runner import check_columns, chunks, compare_chunk, compare_file
from polarity.report.writing import check_suffix, write_reports
from polarity.stored import Side

__all__ = [
    "Column",
    "Judgement",
    "Report",
    "Side",
    "Subject",
    "check_bounds",
    "check_columns",
    "check_suffix",
    "chunks",
    "compare_chunk",
    "compare_file",
    "remap",
    "write_reports",
]
