"""Labelled files -> a checkpoint with its temperature, from the scoring to the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.asking.progress import OnProgress, unwatched
from polarity.backends.temperature import Calibration, weights_hash
from polarity.records import DEFAULT_COLUMNS, Columns, Intake, files_of
from polarity.settings import Settings, load_settings
from polarity.statistics.gates import Bound, Judgement, judged
from polarity.tuning.gates import check_bounds, judge, too_few
from polarity.tuning.scored_files import scored_files, short_name
from polarity.tuning.temperature_fit import calibrate, write_calibration


class CheckpointCalibration(NamedTuple):
    """What was fitted and measured, or None on too few texts, and what the gates came to.

    It is stored in the checkpoint if they passed.
    """

    calibration: Calibration | None
    judgement: Judgement


def calibrate_checkpoint(
    checkpoint: str | Path,
    data: str | Path | Sequence[str | Path],
    settings: Settings | None = None,
    *,
    bounds: Sequence[Bound] = (),
    columns: Columns = DEFAULT_COLUMNS,
    intake: Intake | None = None,
    on_progress: OnProgress = unwatched,
) -> CheckpointCalibration:
    """Fit a temperature to labelled files, measure what it does, and store it beside the weights.

    It is stored only if every bound is kept. A calibration that lies there already has no influence.

    Raises:
        SettingsError: a bound is on nothing that is measured, or out of its range.
        CheckpointError: the checkpoint cannot be used.
        RecordError: a file cannot be read, lacks a label, or has the name of another one; a text gets no
            scores; no temperature can be fitted; or it cannot be written.
    """
    folder, paths, settings = Path(checkpoint), files_of(data), settings or load_settings()
    check_bounds(bounds, [short_name(path) for path in paths])
    weights = weights_hash(folder)
    scored = scored_files(paths, folder, settings, columns, on_progress, intake)
    if problem := too_few(sum(len(part.texts) for part in scored)):
        return CheckpointCalibration(None, judged([], problem))
    found = calibrate(scored, weights)
    judgement = judge(found.calibration, bounds)
    if judgement.status == "passed":
        write_calibration(found, folder)
    return CheckpointCalibration(found.calibration, judgement)
