"""The weekly checkpoint's road: judged over files, as `compare-checkpoints` does, and then switched to."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.asking.progress import OnProgress, unwatched
from polarity.errors import SettingsError
from polarity.evaluation.churn import Churn
from polarity.evaluation.compare_checkpoints import compare_checkpoints
from polarity.evaluation.gates import judge_churn
from polarity.records import DEFAULT_COLUMNS, Columns, Intake
from polarity.settings import Settings, load_settings
from polarity.statistics.gates import Bound, Judgement


class JudgedCheckpoint(NamedTuple):
    """What changes from the settings' checkpoint to the new one, and what the gates came to."""

    churn: Churn
    judgement: Judgement


def promote_checkpoint(
    new: str,
    data: str | Path | Sequence[str | Path],
    settings: Settings | None = None,
    *,
    bounds: Sequence[Bound],
    out: str | Path | Sequence[str | Path] = (),
    columns: Columns = DEFAULT_COLUMNS,
    intake: Intake | None = None,
    on_progress: OnProgress = unwatched,
) -> JudgedCheckpoint:
    """Label files by the checkpoint that the settings name and by a new one, and judge the new one.

    Raises:
        SettingsError: no gate is declared, or one is on nothing that is measured.
        PolarityError: the data, an output or a checkpoint cannot be used.
    """
    if not bounds:
        raise SettingsError(
            "no gate is declared: name some, as --fail-over accuracy_drop=0.01 --fail-over churn=0.1"
        )
    settings = settings or load_settings()
    found = compare_checkpoints(
        settings.bert.source,
        new,
        data,
        settings,
        out=out,
        columns=columns,
        bounds=bounds,
        intake=intake,
        on_progress=on_progress,
    )
    return JudgedCheckpoint(found, judge_churn(found, bounds))
