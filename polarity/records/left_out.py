"""Counts the rows that are of no use, as files are read."""

from collections import Counter
from pathlib import Path

from polarity.errors import RecordError
from polarity.records.naming import row_name
from polarity.records.rows import Intake
from polarity.stored import LeftOut, Reason

MOST_REASONS = 1000  # a reason may quote what stood in the row: then each row has one of its own


class Leaving:
    """An intake that counts what is left out, and passes everything on; without one behind it nothing is.

    >>> leaving = Leaving(None)
    >>> leaving.so_far
    LeftOut(rows=0, reasons=())
    """

    def __init__(self, intake: Intake | None) -> None:
        self._intake = intake
        self._rows = 0
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def found(self, path: Path, what: str) -> None:
        """Pass it on."""
        if self._intake:
            self._intake.found(path, what)

    def left_out(self, problem: RecordError) -> None:
        """Count a row that is of no use.

        Raises:
            RecordError: nothing may be left out.
        """
        if self._intake is None:
            raise problem
        self._intake.left_out(problem)
        self._rows += 1
        why = problem.problem
        if why in self._first or len(self._first) < MOST_REASONS:
            self._first.setdefault(why, row_name(problem.path, problem.line))
            self._counts[why] += 1

    @property
    def so_far(self) -> LeftOut:
        """What was left out up to now."""
        reasons = (Reason(why, rows, self._first[why]) for why, rows in self._counts.most_common())
        return LeftOut(self._rows, tuple(reasons))
