"""One checkpoint after another over a file, from the asking to the pages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from polarity.asking.labelling import labelling
from polarity.asking.progress import OnProgress, unwatched
from polarity.contract import load_contract
from polarity.evaluation.churn import Churn, churn
from polarity.evaluation.churn_pages import FLIPS, Compared, churn_page
from polarity.evaluation.gates import check_churn_bounds, judge_churn
from polarity.pages.page import WRITERS
from polarity.pages.writing import check_outputs, write_outputs
from polarity.records import (
    DEFAULT_COLUMNS,
    Columns,
    Intake,
    Record,
    paths_of,
    read_checked,
    source_name,
)
from polarity.settings import Settings, load_settings
from polarity.sources import sources_of
from polarity.statistics.gates import Bound
from polarity.types import Result


def compare_checkpoints(
    old: str,
    new: str,
    data: str | Path | Sequence[str | Path],
    settings: Settings | None = None,
    *,
    out: str | Path | Sequence[str | Path] = (),
    columns: Columns = DEFAULT_COLUMNS,
    flips: int = FLIPS,
    bounds: Sequence[Bound] = (),
    intake: Intake | None = None,
    on_progress: OnProgress = unwatched,
) -> Churn:
    """Label some files by two checkpoints; write what changes to `out`, with the `flips` surest flips.

    `data` are files or patterns, `old` and `new` folders or hub ids, `bounds` the gates on the pages. The
    `intake` hears of rows that are left out; without one, the first of them ends it.

    Raises:
        SettingsError: a bound is on nothing that is measured, or out of its range.
        PolarityError: the data, an output or a checkpoint cannot be used.
    """
    settings = settings or load_settings()
    paths, outputs = sources_of(data, settings.store), paths_of(out)
    check_churn_bounds(bounds)
    check_outputs(outputs, WRITERS, paths)
    contract = load_contract(settings.contract)
    records = [row for path in paths for row in read_checked(path, columns, contract, intake=intake)]
    before, after = (_labels(checkpoint, records, settings, on_progress) for checkpoint in (old, new))
    found = churn(records, before, after)
    about = Compared(
        source=source_name(paths),
        old=old,
        new=new,
        contract=contract.ref,
        created=datetime.now(UTC),
        version=version("polarity"),
        judgement=judge_churn(found, bounds),
    )
    write_outputs(outputs, WRITERS, churn_page(found, about, flips=flips))
    return found


def _labels(
    checkpoint: str, records: Sequence[Record], settings: Settings, on_progress: OnProgress
) -> list[Result]:
    bert = settings.bert.model_copy(update={"checkpoint": checkpoint})
    alone = settings.model_copy(update={"backend": "bert", "bert": bert})
    with labelling(records, alone, on_progress=on_progress) as labelled:
        return [result for _, result in labelled]
