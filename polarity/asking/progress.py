"""How far a run is, counted as answers come."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from polarity.asking.questions import Said
from polarity.statistics.cost import added
from polarity.types import Failure, FailureReason, Usage

# What is so because the text is what it is: asked again, it fails again.
FOR_GOOD: tuple[FailureReason, ...] = ("text_too_long", "text_refused", "rejected")


class Progress(NamedTuple):
    """How far a run is: answers wanted and there, of these the failed by reason, and tokens by backend.

    `is_kept` says whether the run can be taken up, or is held in memory.
    """

    wanted: int
    answers: int
    failures: Mapping[str, int]
    usage: Mapping[str, Usage]
    is_kept: bool = True

    def after(self, said: Sequence[tuple[int, Said]]) -> "Progress":
        """Count some more answers.

        >>> from polarity.asking.questions import Question
        >>> late = {Question("llm"): Failure(reason="timeout")}
        >>> Progress(2, 0, {}, {}).after([(1, late)])
        Progress(wanted=2, answers=1, failures={'timeout': 1}, usage={}, is_kept=True)
        """
        failures, usage, count = Counter(self.failures), dict(self.usage), 0
        for question, raw in (item for _, own in said for item in own.items()):
            count += 1
            if isinstance(raw, Failure):
                failures[raw.reason] += 1
            elif raw is not None:
                usage[question.backend] = added(usage.get(question.backend, Usage()), raw.usage)
        return Progress(self.wanted, self.answers + count, dict(failures), usage, self.is_kept)


OnProgress = Callable[[Progress], None]


class Together:
    """Shows several runs, which are made one after the other, as one."""

    def __init__(self, parts: Sequence[Progress], on_progress: OnProgress) -> None:
        self._parts, self._on_progress = list(parts), on_progress
        on_progress(summed(self._parts))

    def part(self, at: int) -> OnProgress:
        """Give what sees how far run number `at` is."""

        def see(seen: Progress) -> None:
            self._parts[at] = seen
            self._on_progress(summed(self._parts))

        return see


def summed(parts: Sequence[Progress]) -> Progress:
    """Add up how far several runs are, of which each or none is kept.

    >>> summed([Progress(2, 1, {"timeout": 1}, {}), Progress(2, 2, {"timeout": 1}, {})])
    Progress(wanted=4, answers=3, failures={'timeout': 2}, usage={}, is_kept=True)
    """
    failures: Counter[str] = Counter()
    usage: dict[str, Usage] = {}
    for part in parts:
        failures.update(part.failures)
        for backend, used in part.usage.items():
            usage[backend] = added(usage.get(backend, Usage()), used)
    return Progress(
        wanted=sum(part.wanted for part in parts),
        answers=sum(part.answers for part in parts),
        failures=dict(failures.most_common()),
        usage=usage,
        is_kept=all(part.is_kept for part in parts),
    )


def unwatched(_: Progress) -> None:
    """Show nothing."""
