"""Labels held against gold, from the asking to the page: `polarity evaluate` and `polarity.evaluate`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from polarity.asking.kept import Kept
from polarity.asking.labelling import labelling
from polarity.asking.progress import OnProgress, unwatched
from polarity.contract import load_contract
from polarity.evaluation.assessment import MISTAKES, Assessment, assess
from polarity.evaluation.gates import check_bounds, judge
from polarity.evaluation.pages import About, write_assessment
from polarity.pages.page import WRITERS
from polarity.pages.writing import check_outputs
from polarity.records import (
    DEFAULT_COLUMNS,
    Columns,
    Intake,
    Leaving,
    gold_rows,
    paths_of,
    source_name,
)
from polarity.settings import Settings, load_settings
from polarity.sources import sources_of
from polarity.statistics.gates import Bound


def evaluate(
    data: str | Path | Sequence[str | Path],
    settings: Settings | None = None,
    *,
    out: str | Path | Sequence[str | Path] = (),
    columns: Columns = DEFAULT_COLUMNS,
    mistakes: int = MISTAKES,
    bounds: Sequence[Bound] = (),
    resume: bool = False,
    retry_failures: bool = False,
    intake: Intake | None = None,
    on_progress: OnProgress = unwatched,
) -> Assessment:
    """Label the texts of files or patterns, hold the labels against gold, and write what is found to `out`.

    What a model says is kept as it comes: beside the first output or, without one, in the current folder.
    A run that was stopped goes on with `resume`; with `retry_failures` also what failed is asked again.
    Of the worst mistakes so many are listed; `bounds` are the gates, on the pages. Rows without a usable text
    or gold label are left out, and the `intake` hears of them; without one, the first of them ends it.

    Raises:
        SettingsError: a bound is on nothing that is measured, or out of its range.
        PolarityError: the data, an output, the run or a backend cannot be used.
    """
    settings = settings or load_settings()
    paths, outputs = sources_of(data, settings.store), paths_of(out)
    contract = load_contract(settings.contract)
    check_bounds(bounds, contract.labels)
    check_outputs(outputs, WRITERS, paths)
    kept = Kept("evaluate", paths, outputs, {"limit": columns.limit}, resume, retry_failures)
    leaving = Leaving(intake)
    rows = [row for path in paths for row in gold_rows(path, columns, contract, intake=leaving)]
    records = [row.record for row in rows]
    with labelling(records, settings, kept=kept, on_progress=on_progress) as labelled:
        results = [result for _, result in labelled]
        found = assess(rows, results, contract.labels, mistakes=mistakes, left_out=leaving.so_far)
        about = About(
            source=source_name(paths),
            backend=settings.backend,
            checkpoint=", ".join(filter(None, (settings.bert.model, settings.bert.labels_said))),
            contract=contract.ref,
            created=datetime.now(UTC),
            version=version("polarity"),
            judgement=judge(found, bounds),
        )
        write_assessment(outputs, found, about)
    return found
