"""Answers that no rule accounts for, counted alike by alike: what a contract's author looks at first."""

from collections import Counter
from typing import NamedTuple

from polarity.types import Answer, Completion, Unmapped, UnmappedReason

MOST = 2000  # different answers that are told apart, of each side
SHOWN = 300  # characters of one


class UnmappedAnswer(NamedTuple):
    """What was written, up to `SHOWN` characters, why it was not mapped, and how often it came."""

    text: str
    reason: UnmappedReason
    messages: int


class UnmappedAnswers:
    """Counts a side's completions that were not mapped, as they come, edge blanks aside.

    What is held does not grow with their number: past `MOST` different ones, others are not told apart.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, UnmappedReason, int]] = Counter()

    def add(self, answer: Answer) -> None:
        """Look at one."""
        if not isinstance(answer.raw, Completion) or not isinstance(answer.outcome, Unmapped):
            return
        text = answer.raw.text.strip()
        key = (text[:SHOWN], answer.outcome.reason, hash(text))
        if key in self._counts or len(self._counts) < MOST:
            self._counts[key] += 1

    def found(self) -> tuple[UnmappedAnswer, ...]:
        """Give them, the most frequent first."""
        return tuple(
            UnmappedAnswer(text, reason, count) for (text, reason, _), count in self._counts.most_common()
        )
