"""What requests came to, counted as they end. `metrics` shows it; nothing here knows of Prometheus.

All of it happens on the event loop's thread: there is no lock, and a request costs a few additions.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from polarity.service.seen import Seen
from polarity.types import Decision, Failure, Result, Unmapped, decided_by

# Seconds. 0.2 is among them, the endpoint's promise, and what the longest deadlines come to.
BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
LABELLING: Final = "/polarity"


class Durations:
    """How many took how long: counts between `BOUNDS`, and the sum in seconds.

    >>> durations = Durations()
    >>> durations.note(0.2)
    >>> durations.note(0.3)
    >>> [most for most, count in durations.up_to() if count == 1], durations.total_s
    ([0.2], 0.5)
    """

    __slots__ = ("_counts", "total_s")

    def __init__(self) -> None:
        self._counts, self.total_s = [0] * (len(BOUNDS) + 1), 0.0

    def note(self, seconds: float) -> None:
        """Count one more."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self.total_s += seconds

    def up_to(self) -> Iterable[tuple[float, int]]:
        """Give each bound, and how many took at most so long; infinity is the last one."""
        passed = 0
        for bound, count in zip((*BOUNDS, float("inf")), self._counts, strict=True):
            passed += count
            yield bound, passed


@dataclass(slots=True)
class Counts:
    """What requests came to since the service began. Every key is from a closed set, never a caller's.

    requests            by route and status
    durations           of labelling, by status
    stages              of labelling, by their names
    problems            by code
    texts               that were labelled, or explicitly not
    labels              by label
    decisions           by what made them (`decided_by`)
    answers             by backend and kind of outcome
    unmapped, failures  by backend and reason
    """

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    durations: defaultdict[int, Durations] = field(default_factory=lambda: defaultdict(Durations))
    stages: defaultdict[str, Durations] = field(default_factory=lambda: defaultdict(Durations))
    problems: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)

    def ended(self, seen: Seen) -> None:
        """Count a request that has its response."""
        self.requests[seen.route, seen.status] += 1
        if seen.code is not None:
            self.problems[seen.code] += 1
        if seen.route == LABELLING:
            self.durations[seen.status].note(seen.took_s)
            for name, began_s, ended_s in seen.stages:
                self.stages[name].note(ended_s - began_s)

    def decided(self, results: Iterable[Result]) -> None:
        """Count what a request's texts came to, also where one without a label fails the request."""
        for result in results:
            self.texts += 1
            self.decisions[decided_by(result)] += 1
            if isinstance(result, Decision):
                self.labels[result.label] += 1
            for name, (_, outcome) in result.answers.items():
                self.answers[name, outcome.kind] += 1
                if isinstance(outcome, Unmapped):
                    self.unmapped[name, outcome.reason] += 1
                elif isinstance(outcome, Failure):
                    self.failures[name, outcome.reason] += 1
