"""What a run still has to ask, asked, with its progress; what came is kept, whatever ends it."""

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from polarity.cli.console import Bar, err, progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from polarity.report import Run, Said
    from polarity.settings import Settings


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
            watch = _Watch(run, bar)
            for batch in run.unanswered(CHUNK):
                texts = [row.record.text for row in batch]
                said = await ask(classifier, texts, [row.missing for row in batch])
                run.keep(zip((row.row for row in batch), said, strict=True))
                watch.see(said)
        return {name: getattr(backend, "model", name) for name, backend in classifier.backends.items()}


class _Watch:
    """What a progress bar says of a run besides how far it is: texts a second, tokens, failures."""

    def __init__(self, run: "Run", bar: Bar) -> None:
        self._bar, self._begun, self._here = bar, monotonic(), 0
        self._texts, self._answered, self._failures, self._usage = run.progress()
        self._show()

    def see(self, said: "Sequence[Said]") -> None:
        """Count what was said about some texts, and say so."""
        from polarity.types import Failure, Usage  # noqa: PLC0415 - keeps `--help` quick

        self._here += len(said)
        for raw in (raw for own in said for raw in own.values()):
            if isinstance(raw, Failure):
                self._failures += 1
            else:
                self._usage = Usage(*map(sum, zip(self._usage, raw.usage, strict=True)))
        self._show()

    def _show(self) -> None:
        rate = self._here / max(monotonic() - self._begun, 0.001)
        note = f"{rate:,.1f}/s, {sum(self._usage):,} tokens, {self._failures:,} failures"
        self._bar.at(self._answered + self._here, self._texts, note)
