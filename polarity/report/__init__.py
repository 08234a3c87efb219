"""Reports: two sides over one input, compared, in a format that the file's suffix names."""

from polarity.report.asking import Pace, Unanswered, ask, compare_file, paces
from polarity.report.columns import Column, check_columns
from polarity.report.content import Report, Subject
from polarity.report.fingerprint import fingerprint
from polarity.report.judging import check_bounds
from polarity.report.pairing import Question, Said, pair_of, questions
from polarity.report.remapping import remap
from polarity.report.run import Progress, Run, begun, resumed, run_folder
from polarity.report.writing import check_suffix, write_reports
from polarity.stored import Side

__all__ = [
    "Column",
    "Pace",
    "Progress",
    "Question",
    "Report",
    "Run",
    "Said",
    "Side",
    "Subject",
    "Unanswered",
    "ask",
    "begun",
    "check_bounds",
    "check_columns",
    "check_suffix",
    "compare_file",
    "fingerprint",
    "paces",
    "pair_of",
    "questions",
    "remap",
    "resumed",
    "run_folder",
    "write_reports",
]
