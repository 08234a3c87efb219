"""Answers that no rule accounts for, counted alike by alike: what a contract's author looks at first."""

from heapq import heappop, heappush, heapreplace
from typing import NamedTuple

from polarity.types import Answer, Completion, Unmapped, UnmappedReason

MOST = 2000  # different answers that are told apart, of each side
SHOWN = 300  # characters of one


Key = tuple[str, UnmappedReason, int]


class UnmappedAnswer(NamedTuple):
    """What was written, up to `SHOWN` characters, why it was not mapped, and how often it came."""

    text: str
    reason: UnmappedReason
    messages: int


class UnmappedAnswers:
    """Counts a side's completions that were not mapped, as they come, edge blanks aside.

    What is held does not grow with their number. Past `MOST` different ones a new one takes the place, and
    the count, of the rarest: the space-saving algorithm of Metwally, Agrawal and El Abbadi 2005, "Efficient
    computation of frequent and top-k elements in data streams", section 3. So one that is more than a
    `MOST`-th of all is held, whenever it comes. The count it took over is not its own and is taken off again:
    `messages` is exact up to `MOST` different ones, and never too high beyond.
    """

    def __init__(self) -> None:
        self._counts: dict[Key, int] = {}
        self._taken_over: dict[Key, int] = {}
        self._rarest: list[tuple[int, Key]] = []  # a heap of each one's count, as it was some time

    def add(self, answer: Answer) -> None:
        """Look at one."""
        if not isinstance(answer.raw, Completion) or not isinstance(answer.outcome, Unmapped):
            return
        text = answer.raw.text.strip()
        key = (text[:SHOWN], answer.outcome.reason, hash(text))
        if key not in self._counts:
            taken_over = self._without_rarest() if len(self._counts) == MOST else 0
            self._counts[key] = self._taken_over[key] = taken_over
            heappush(self._rarest, (taken_over, key))
        self._counts[key] += 1

    def _without_rarest(self) -> int:
        """Let the rarest go, and give its count."""
        while (rarest := self._rarest[0])[0] != (count := self._counts[rarest[1]]):
            heapreplace(self._rarest, (count, rarest[1]))
        heappop(self._rarest)
        del self._taken_over[rarest[1]]
        return self._counts.pop(rarest[1])

    def found(self) -> tuple[UnmappedAnswer, ...]:
        """Give them, the most frequent first."""
        own = {key: count - self._taken_over[key] for key, count in self._counts.items()}
        return tuple(
            UnmappedAnswer(text, reason, own[text, reason, digest])
            for text, reason, digest in sorted(own, key=lambda key: -own[key])
        )
