"""Gates on a calibration: `ece=0.03` over all texts, `ece.reviews/dev.jsonl=0.05` over one file's."""

from collections.abc import Sequence

from polarity.backends.temperature import Calibration
from polarity.statistics.enough import FOR_A_TEMPERATURE
from polarity.statistics.gates import (
    CALIBRATION,
    Bound,
    Judgement,
    Measure,
    Measured,
    check_known,
    held,
    judged,
)
from polarity.tuning.temperature_fit import ALL


def check_bounds(bounds: Sequence[Bound], files: Sequence[str]) -> None:
    """Make sure that every bound is on a measure of calibration, of all texts or of one of the `files`.

    Raises:
        SettingsError: one is not; names those there are.
    """
    check_known(bounds, [Measured(name, range_, parts=tuple(files)) for name, range_ in CALIBRATION.items()])


def too_few(texts: int) -> str | None:
    """Say why so many texts are too few to calibrate on, or None if they are enough.

    >>> too_few(80)
    '80 texts are fewer than 300'
    """
    return f"{texts:,} texts are fewer than {FOR_A_TEMPERATURE}" if texts < FOR_A_TEMPERATURE else None


def judge(found: Calibration, bounds: Sequence[Bound]) -> Judgement:
    """Hold what a calibration was measured to leave against bounds, all of which must be kept.

    A bound is inconclusive on fewer than 100 texts.
    """
    measures = {
        name if file == ALL else f"{name}.{file}": Measure(getattr(after, name), after.n)
        for file, after in found.after.items()
        for name in CALIBRATION
    }
    return judged([held(bound, measures[bound.measure], rows="texts") for bound in bounds])
