"""Which runtime answers, and why: by the settings, and by what was measured on this machine."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from polarity.backends.facts import WEIGHTS
from polarity.backends.runtimes.base import Precision, RuntimeName
from polarity.backends.runtimes.kept import Optimized, found, installed, is_whole
from polarity.errors import PackageMissing, SettingsError, need_of
from polarity.settings import BertSettings

Kept = tuple[Optimized, Path]


class Choice(NamedTuple):
    """A runtime, and why it is this one.

    folder     what was optimized for it; None for torch
    is_second  it is not what the settings ask for
    """

    runtime: RuntimeName
    precision: Precision
    why: str
    folder: Path | None = None
    is_second: bool = False

    @property
    def sentence(self) -> str:
        """Say it, as in "torch fp32: nothing is optimized"."""
        return f"{self.runtime} {self.precision}: {self.why}"


def choose(settings: BertSettings) -> Choice:
    """Choose who runs the network. Nothing is loaded; the files of what is chosen are hashed once.

    Raises:
        SettingsError: no runtime has this precision.
        PackageMissing: the runtime that is asked for is not installed.
    """
    runtime, precision = settings.runtime, settings.precision
    if precision == "bf16":
        if runtime not in ("auto", "torch"):
            raise SettingsError(f"bert.precision: bf16 is torch's; {runtime} has fp32 and int8")
        return Choice("torch", "bf16", "bf16 is asked for")
    if runtime == "torch":
        if precision == "int8":
            raise SettingsError(
                "bert.precision: int8 is for onnxruntime and openvino; torch has fp32 and bf16"
            )
        return Choice("torch", "fp32", "it is asked for")
    if runtime != "auto" and not installed(runtime):
        raise PackageMissing(f"bert.runtime = {runtime!r} {need_of(runtime)}")
    fitting = [
        (record, folder)
        for record, folder in found(settings.source, Path(settings.source) / WEIGHTS)
        if runtime in ("auto", record.runtime)
    ]
    return _automatic(fitting) if (runtime, precision) == ("auto", "auto") else _asked(settings, fitting)


def _automatic(fitting: Sequence[Kept]) -> Choice:
    """Take the quickest that keeps the promises."""
    if not fitting:
        return Choice("torch", "fp32", "nothing is optimized for this machine: see polarity optimize")
    sound = [kept for kept in fitting if kept[0].measured.agrees and kept[0].measured.is_stable]
    best = _quickest(sound)
    if best is None or (best[0].measured.times_torch <= 1 and find_spec("torch")):
        return Choice("torch", "fp32", "nothing that was optimized is quicker and keeps to it")
    return _of(best, "the quickest that keeps to torch fp32")


def _asked(settings: BertSettings, fitting: Sequence[Kept]) -> Choice:
    """Take what is asked for, the quickest where that leaves a choice; else fp32, and say so."""
    precision = settings.precision
    best = _quickest([kept for kept in fitting if precision in ("auto", kept[0].precision)])
    if best:
        return _of(best, "it is asked for")
    asked = " ".join(word for word in (settings.runtime, precision) if word != "auto")
    if asked == "fp32":
        return Choice("torch", "fp32", "it is asked for")
    why = f"{asked} is asked for, and was not made here, or failed: see polarity optimize"
    second = _quickest([kept for kept in fitting if kept[0].precision == "fp32"])
    if second:
        return _of(second, why)._replace(is_second=True)
    return Choice("torch", "fp32", why, is_second=True)


def _quickest(kept: Sequence[Kept]) -> Kept | None:
    """Take the quickest that is not damaged."""
    by_speed = sorted(kept, key=lambda one: one[0].measured.times_torch, reverse=True)
    return next((one for one in by_speed if is_whole(*one)), None)


def _of(kept: Kept, why: str) -> Choice:
    record, folder = kept
    measured = record.measured
    figures = (
        f"{measured.times_torch:.2f} times torch's speed, {measured.agreement:.1%} of {measured.texts:,} "
        f"labels as torch's, no probability off by more than {measured.farthest:.3f}"
    )
    return Choice(record.runtime, record.precision, f"{why}: {figures}", folder)
