"""Behavioural tests: what a side must label right, whatever its accuracy on other data.

`run_suite` is all of it: a suite's templates are expanded into cases, every text of which is asked
once; `judge_cases` holds what was said against what is expected, `find` counts, and `judge` holds pass
rates against bounds. `write_findings` puts them on a page.
"""

from polarity.checklist.expanding import Case, distinct_texts, expand
from polarity.checklist.findings import Findings, Group, Part, Rate, find
from polarity.checklist.gates import check_bounds, judge
from polarity.checklist.judging import DECISION, Judged, Said, judge_cases, sides_of
from polarity.checklist.loading import check_labels, load_suite, parse_suite
from polarity.checklist.pages import WRITERS, About, write_findings
from polarity.checklist.running import run_suite
from polarity.checklist.suite import Suite
from polarity.checklist.wording import TITLES, answer, caution, expected, header, headline, row

__all__ = [
    "DECISION",
    "TITLES",
    "WRITERS",
    "About",
    "Case",
    "Findings",
    "Group",
    "Judged",
    "Part",
    "Rate",
    "Said",
    "Suite",
    "answer",
    "caution",
    "check_bounds",
    "check_labels",
    "distinct_texts",
    "expand",
    "expected",
    "find",
    "header",
    "headline",
    "judge",
    "judge_cases",
    "load_suite",
    "parse_suite",
    "row",
    "run_suite",
    "sides_of",
    "write_findings",
]
