"""What a run still has to ask, asked, with its progress; what came is kept, whatever ends it."""

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from polarity.cli.console import Bar, err, progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from polarity.asking.questions import Said
    from polarity.asking.run import Run
    from polarity.settings import LlmSettings, Settings

AHEAD = 4  # calls of each backend for which rows are read ahead


def ask_missing(run: "Run", settings: "Settings") -> "Mapping[str, str]":
    """Ask about every row whatever is missing, and give the name of each backend's model.

    Raises:
        BackendError, CheckpointError, SettingsError: a backend cannot be used.
        RunError: an answer cannot be kept.
    """
    try:
        return asyncio.run(_asked(run, settings))
    except BaseException:  # a backend that is gone, a full disk, Ctrl-C: the run can go on after any
        if (so_far := run.progress()).answers:
            err.print(f"{so_far.answers:,} of {so_far.wanted:,} answers are kept: --resume goes on")
        raise


async def _asked(run: "Run", settings: "Settings") -> "Mapping[str, str]":
    from polarity.asking.pace import ask, paces
    from polarity.classifier import build_classifier

    pace = paces(settings)
    async with build_classifier(settings, patient=True) as classifier:
        with progress("asking") as bar:
            watch = _Watch(run, bar, settings.llm)
            for rows in run.unanswered(AHEAD * max(one.texts * one.calls for one in pace.values())):
                await ask(classifier, rows, pace, watch.keep)
        return {name: getattr(backend, "model", name) for name, backend in classifier.backends.items()}


class _Watch:
    """Keeps what was said, and says how far a run is: answers a second, tokens, cost, failures."""

    def __init__(self, run: "Run", bar: Bar, llm: "LlmSettings") -> None:
        self._run, self._bar, self._llm = run, bar, llm
        self._begun, self._here = monotonic(), 0
        self._wanted, self._answers, self._failures, usage = run.progress()
        self._usage = dict(usage)
        self._show()

    def keep(self, said: "Sequence[tuple[int, Said]]") -> None:
        """Keep some answers, and count them."""
        from polarity.comparison.cost import added
        from polarity.types import Failure, Usage

        self._run.keep(said)
        for question, raw in (item for _, own in said for item in own.items()):
            self._here += 1
            if isinstance(raw, Failure):
                self._failures += 1
            else:
                self._usage[question.backend] = added(self._usage.get(question.backend, Usage()), raw.usage)
        self._show()

    def _show(self) -> None:
        from polarity.comparison.cost import cost, money
        from polarity.types import Usage

        rate = self._here / max(monotonic() - self._begun, 0.001)
        parts = [f"{rate:,.1f}/s", f"{sum(map(sum, self._usage.values())):,} tokens"]
        spent = self._usage.get("llm", Usage())
        if (priced := cost(spent, self._llm.prompt_price, self._llm.completion_price)) is not None:
            parts.append(f"cost {money(priced)}")
        parts.append(f"{self._failures:,} failures")
        self._bar.at(self._answers + self._here, self._wanted, ", ".join(parts))


def say_failures(run: "Run") -> None:
    """Say how many answers did not come, why, and how to ask for them again."""
    if reasons := run.reasons():
        count = sum(reasons.values())
        why = ", ".join(f"{number:,} {reason}" for reason, number in reasons.items())
        answers = "1 answer" if count == 1 else f"{count:,} answers"
        err.print(f"{answers} did not come ({why}): --retry-failures asks again")
