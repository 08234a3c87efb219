"""How far a run is, counted as answers come."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from polarity.asking.questions import Said
from polarity.statistics.cost import added
from polarity.types import Failure, Usage


class Progress(NamedTuple):
    """How far a run is: answers wanted and there, of these the failed by reason, and tokens by backend."""

    wanted: int
    answers: int
    failures: Mapping[str, int]
    usage: Mapping[str, Usage]

    def after(self, said: Sequence[tuple[int, Said]]) -> "Progress":
        """Count some more answers.

        >>> from polarity.asking.questions import Question
        >>> late = {Question("llm"): Failure(reason="timeout")}
        >>> Progress(2, 0, {}, {}).after([(1, late)])
        Progress(wanted=2, answers=1, failures={'timeout': 1}, usage={})
        """
        failures, usage, count = Counter(self.failures), dict(self.usage), 0
        for question, raw in (item for _, own in said for item in own.items()):
            count += 1
            if isinstance(raw, Failure):
                failures[raw.reason] += 1
            elif raw is not None:
                usage[question.backend] = added(usage.get(question.backend, Usage()), raw.usage)
        return Progress(self.wanted, self.answers + count, dict(failures), usage)


OnProgress = Callable[[Progress], None]


def unwatched(_: Progress) -> None:
    """Show nothing."""
