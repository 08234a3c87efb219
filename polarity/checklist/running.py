"""A suite from its name to its findings: read, expanded, every text asked about once, judged."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from polarity.asking.kept import Kept
from polarity.asking.labelling import labelling
from polarity.asking.progress import OnProgress, unwatched
from polarity.checklist.expanding import distinct_texts, expand
from polarity.checklist.findings import Findings, find
from polarity.checklist.gates import check_bounds, judge
from polarity.checklist.judging import judge_cases, sides_of
from polarity.checklist.loading import check_labels, load_suite
from polarity.checklist.pages import WRITERS, About, write_findings
from polarity.contract import load_contract
from polarity.pages.writing import check_outputs
from polarity.records import Record, paths_of
from polarity.settings import Settings
from polarity.statistics.gates import Bound

SHOWN = 20  # failed cases of each group on a page


def run_suite(
    name: str,
    settings: Settings,
    bounds: Sequence[Bound] = (),
    *,
    out: str | Path | Sequence[str | Path] = (),
    limit: int | None = None,
    shown: int = SHOWN,
    resume: bool = False,
    retry_failures: bool = False,
    on_progress: OnProgress = unwatched,
) -> tuple[Findings, About]:
    """Hold the backends of `settings` against a suite: one that comes with polarity, or a TOML file.

    `limit` takes so many cases of each test. What is found is written to `out`, with `shown` failed cases
    of each group; until then what a model says is kept beside the first output or, without one, in the
    current folder. A run that was stopped goes on with `resume`; with `retry_failures` also what failed is
    asked again. The second of what is given says what was judged, by whom, and what the gates came to.

    Raises:
        SuiteError, SettingsError, RecordError: the suite, a bound or an output cannot be used; before any
            model is asked.
        RunError, BackendError, CheckpointError: the run or a backend cannot be used.
    """
    contract, suite, sides = load_contract(settings.contract), load_suite(name), sides_of(settings.asked)
    check_labels(suite, contract.labels)
    check_bounds(bounds, suite, sides)
    outputs = paths_of(out)
    check_outputs(outputs, WRITERS)
    cases = expand(suite, limit=limit)
    texts = enumerate(distinct_texts(cases), start=1)
    records = [Record(text=text, id=str(at), line=at, path=Path(name)) for at, text in texts]
    kept = Kept("checklist", [Path(name)], outputs, {"limit": limit}, resume, retry_failures)
    with labelling(records, settings, kept=kept, ask_all=True, on_progress=on_progress) as labelled:
        results = {record.text: result for record, result in labelled}
        found = find(judge_cases(cases, results, sides, contract.labels), sides)
        about = About(
            suite=suite,
            models=labelled.models,
            contract=contract.ref,
            created=datetime.now(UTC),
            version=version("polarity"),
            judgement=judge(found, bounds),
        )
        write_findings(outputs, found, about, shown=shown)
    return found, about
