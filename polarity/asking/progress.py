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


def unwatched(_: Progress) -> None:
    """Show nothing."""
