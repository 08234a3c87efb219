"""How far asking about many texts is: on one line while it goes on, and in a sentence when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from polarity.cli.console import Bar, err, progress

if TYPE_CHECKING:
    from polarity.asking.progress import Progress
    from polarity.settings import LlmSettings


@contextmanager
def asking(what: str, llm: "LlmSettings", *, wanted: bool = True) -> "Iterator[Watch]":
    """Show how far a run is; of one that is kept say what did not come, or what there is if it breaks off."""
    with progress(what, wanted=wanted) as bar:
        watch = Watch(bar, llm)
        try:
            yield watch
        except BaseException:  # a backend that is gone, a full disk, Ctrl-C: the run can go on after any
            watch.say_kept()
            raise
    watch.say_failures()


class Watch:
    """Sees how far a run is: answers a second, tokens, what they cost, and what failed."""

    def __init__(self, bar: Bar, llm: "LlmSettings") -> None:
        self._bar, self._llm = bar, llm
        self._begun, self._first = monotonic(), 0
        self._seen: Progress | None = None
        self._has_warned = False

    def see(self, seen: "Progress") -> None:
        """Show it. What was kept before this process began does not count for its rate."""
        if self._seen is None or seen.answers < self._seen.answers:  # another file, another checkpoint
            self._begun, self._first = monotonic(), seen.answers
        if "timeout" in seen.failures and not self._has_warned:
            self._has_warned = True
            hint = ", or let --retry-failures ask again" if seen.is_kept else ""
            err.print(f"texts time out: raise llm.deadline_ms{hint}")
        self._seen = seen
        self._bar.at(seen.answers, seen.wanted, ", ".join(self._figures(seen)))

    def see_pairs(self, count: int) -> None:
        """Show how many pairs were compared, which takes a while where no model is asked."""
        self._bar.at(count, None, f"{count / max(monotonic() - self._begun, 0.001):,.0f}/s")

    def _figures(self, seen: "Progress") -> Iterator[str]:
        from polarity.statistics.cost import cost, money
        from polarity.types import Usage

        yield f"{(seen.answers - self._first) / max(monotonic() - self._begun, 0.001):,.1f}/s"
        if failed := sum(seen.failures.values()):
            yield f"{failed:,} failed"
        if late := seen.failures.get("timeout"):
            yield f"{late:,} timeouts"
        yield f"{sum(one.prompt_tokens + one.completion_tokens for one in seen.usage.values()):,} tokens"
        spent = seen.usage.get("llm", Usage())
        if spent.cached:
            yield f"{spent.cached:,} from the cache"
        if (priced := cost(spent, self._llm.prompt_price, self._llm.completion_price)) is not None:
            yield f"cost {money(priced)}"

    def say_kept(self) -> None:
        """Say how much a run that breaks off has kept, and how to go on."""
        if self._seen and self._seen.is_kept and self._seen.answers:
            err.print(f"{self._seen.answers:,} of {self._seen.wanted:,} answers are kept: --resume goes on")

    def say_failures(self) -> None:
        """Say how many answers did not come, why, and how to ask for them again where that may help."""
        from polarity.asking.progress import FOR_GOOD

        if self._seen and self._seen.is_kept and self._seen.failures:
            count = sum(self._seen.failures.values())
            why = ", ".join(f"{number:,} {reason}" for reason, number in self._seen.failures.items())
            answers = "1 answer" if count == 1 else f"{count:,} answers"
            hint = ": --retry-failures asks again" if {*self._seen.failures} - {*FOR_GOOD} else ""
            err.print(f"{answers} did not come ({why}){hint}")
