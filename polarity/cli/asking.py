"""What a run still has to ask, asked, with its progress; what came is kept, whatever ends it."""

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from polarity.cli.console import Bar, err, progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from polarity.report import Run, Said
    from polarity.settings import LlmSettings, Settings


def ask_missing(run: "Run", settings: "Settings") -> "Mapping[str, str]":
    """Ask about every row whatever is missing, and give the name of each backend's model.

    Raises:
        BackendError, CheckpointError, SettingsError: a backend cannot be used.
        RunError: an answer cannot be kept.
    """
    try:
        return asyncio.run(_asked(run, settings))
    except BaseException:  # a backend that is gone, a full disk, Ctrl-C: the run can go on after any
        if (so_far := run.progress()).answered:
            err.print(
                f"{so_far.answered:,} of {so_far.texts:,} texts are answered and kept: --resume goes on"
            )
        raise


async def _asked(run: "Run", settings: "Settings") -> "Mapping[str, str]":
    from polarity.classifier import build_classifier  # noqa: PLC0415 - keeps `--help` quick
    from polarity.report import CHUNK, ask  # noqa: PLC0415

    async with build_classifier(settings, patient=True) as classifier:
        with progress("asking") as bar:
            watch = _Watch(run, bar, settings.llm)
            for batch in run.unanswered(CHUNK):
                texts = [row.record.text for row in batch]
                said = await ask(classifier, texts, [row.missing for row in batch])
                run.keep(zip((row.row for row in batch), said, strict=True))
                watch.see(said)
        return {name: getattr(backend, "model", name) for name, backend in classifier.backends.items()}


class _Watch:
    """What a progress bar says of a run besides how far it is: texts a second, tokens, cost, failures."""

    def __init__(self, run: "Run", bar: Bar, llm: "LlmSettings") -> None:
        self._bar, self._begun, self._here, self._llm = bar, monotonic(), 0, llm
        self._texts, self._answered, self._failures, usage = run.progress()
        self._usage = dict(usage)
        self._show()

    def see(self, said: "Sequence[Said]") -> None:
        """Count what was said about some texts, and say so."""
        from polarity.types import Failure, Usage  # noqa: PLC0415 - keeps `--help` quick

        self._here += len(said)
        for question, raw in (item for own in said for item in own.items()):
            if isinstance(raw, Failure):
                self._failures += 1
            else:
                so_far = self._usage.get(question.backend, Usage())
                self._usage[question.backend] = Usage(*map(sum, zip(so_far, raw.usage, strict=True)))
        self._show()

    def _show(self) -> None:
        from polarity.cost import cost, money  # noqa: PLC0415 - keeps `--help` quick
        from polarity.types import Usage  # noqa: PLC0415

        rate = self._here / max(monotonic() - self._begun, 0.001)
        parts = [f"{rate:,.1f}/s", f"{sum(map(sum, self._usage.values())):,} tokens"]
        spent = self._usage.get("llm", Usage())
        if (priced := cost(spent, self._llm.prompt_price, self._llm.completion_price)) is not None:
            parts.append(f"cost {money(priced)}")
        parts.append(f"{self._failures:,} failures")
        self._bar.at(self._answered + self._here, self._texts, ", ".join(parts))
