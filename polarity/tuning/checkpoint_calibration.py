"""Labelled files -> a checkpoint with its temperature, from the scoring to the file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.asking.progress import OnProgress, unwatched
from polarity.backends.plain.config import label_names
from polarity.backends.temperature import Calibration, weights_hash
from polarity.contract import load_contract
from polarity.contract.binding import bound
from polarity.errors import CheckpointError
from polarity.records import DEFAULT_COLUMNS, Columns, Intake
from polarity.settings import Settings, checkpoint_source, load_settings
from polarity.sources import sources_of
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
    settings = settings or load_settings()
    folder, paths = Path(checkpoint_source(str(checkpoint))), sources_of(data, settings.store)
    check_bounds(bounds, [short_name(path) for path in paths])
    weights = weights_hash(folder)
    labels = _summed(folder, settings)
    scored = scored_files(paths, folder, settings, columns, on_progress, intake)
    if problem := too_few(sum(len(part.texts) for part in scored)):
        return CheckpointCalibration(None, judged([], problem))
    found = calibrate(scored, weights, labels)
    judgement = judge(found.calibration, bounds)
    if judgement.status == "passed":
        write_calibration(found, folder)
    return CheckpointCalibration(found.calibration, judgement)


def _summed(folder: Path, settings: Settings) -> Mapping[str, str] | None:
    """Give the labels of the checkpoint's names where scores are sums of them.

    Raises:
        CheckpointError: it never gives some label, so that no temperature makes a text of that one probable.
    """
    binding = bound(label_names(folder), load_contract(settings.contract), settings.bert.labels)
    if binding.left_out:
        problem = f"no name of the checkpoint is bound to {', '.join(binding.left_out)}"
        raise CheckpointError(f"{problem}: calibrate it by a contract of the labels that it has")
    return binding.summed
