"""What requests came to. `metrics` shows it; nothing here knows of Prometheus.

All of it happens on the event loop's thread: there is no lock. A request is kept as it ends, and many are
counted at once: one by one, that would cost each several times as much.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from polarity.service.seen import Seen
from polarity.types import Decision, Failure, Result, Unmapped, decided_by

# Seconds. 0.2 is among them, the endpoint's promise, and what the longest deadlines come to.
BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
LABELLING: Final = "/polarity"
MANY: Final = 128  # requests, or texts, that are kept before they are counted: less than a millisecond's work


class Durations:
    """How many took how long: counts between `BOUNDS`, and the sum in seconds.

    >>> durations = Durations()
    >>> durations.note([0.3, 0.2])
    >>> [most for most, count in durations.up_to() if count == 1], durations.total_s
    ([0.2], 0.5)
    """

    __slots__ = ("_counts", "total_s")

    def __init__(self) -> None:
        self._counts, self.total_s = [0] * (len(BOUNDS) + 1), 0.0

    def note(self, seconds: Collection[float]) -> None:
        """Count some more."""
        ordered = sorted(seconds)
        ends = [0, *(bisect_right(ordered, bound) for bound in BOUNDS), len(ordered)]
        self._counts = [
            count + after - before
            for count, (before, after) in zip(self._counts, pairwise(ends), strict=True)
        ]
        self.total_s += sum(ordered)

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

    def ended(self, requests: Sequence[Seen]) -> None:
        """Count requests that have their responses."""
        self.requests.update((seen.route, seen.status) for seen in requests)
        self.problems.update(seen.code for seen in requests if seen.code)
        took: defaultdict[int, list[float]] = defaultdict(list)
        stages: defaultdict[str, list[float]] = defaultdict(list)
        for seen in requests:
            if seen.route == LABELLING:
                took[seen.status].append(seen.took_s)
                for name, began_s, ended_s in seen.stages:
                    stages[name].append(ended_s - began_s)
        for status, seconds in took.items():
            self.durations[status].note(seconds)
        for stage, seconds in stages.items():
            self.stages[stage].note(seconds)

    def decided(self, results: Sequence[Result]) -> None:
        """Count what texts came to."""
        self.texts += len(results)
        self.decisions.update(map(decided_by, results))
        self.labels.update(result.label for result in results if isinstance(result, Decision))
        read = [(name, answer.outcome) for result in results for name, answer in result.answers.items()]
        self.answers.update((name, outcome.kind) for name, outcome in read)
        self.unmapped.update((name, found.reason) for name, found in read if isinstance(found, Unmapped))
        self.failures.update((name, found.reason) for name, found in read if isinstance(found, Failure))


class Counting:
    """Takes what ends, and counts it when there are `MANY`, or when somebody asks."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._ended: list[Seen] = []
        self._results: list[Result] = []

    def ended(self, seen: Seen) -> None:
        """Take a request that has its response."""
        self._ended.append(seen)
        if len(self._ended) >= MANY:
            self._count()

    def decided(self, results: Iterable[Result]) -> None:
        """Take what a request's texts came to, also where one without a label fails the request."""
        self._results += results
        if len(self._results) >= MANY:
            self._count()

    def refused(self, code: str) -> None:
        """Count a connection that was refused before it was a request."""
        self._counts.problems[code] += 1

    @property
    def counts(self) -> Counts:
        """What all came to until now."""
        self._count()
        return self._counts

    def _count(self) -> None:
        self._counts.ended(self._ended)
        self._counts.decided(self._results)
        self._ended, self._results = [], []
