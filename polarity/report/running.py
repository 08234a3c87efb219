"""Two sides over files, compared: what `polarity report` and `polarity.compare` do."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from polarity.asking.complete import complete
from polarity.asking.fingerprint import models_of
from polarity.asking.kept import Kept, run_of
from polarity.asking.progress import OnProgress, unwatched
from polarity.asking.questions import NOTHING, Said, questions
from polarity.asking.settling import settled
from polarity.backends.identity import read_by
from polarity.comparison import Pair
from polarity.contract import Contract, load_contract
from polarity.errors import RecordError, SettingsError
from polarity.pages.writing import check_outputs
from polarity.records import (
    DEFAULT_COLUMNS,
    Columns,
    Intake,
    Leaving,
    Record,
    Sieve,
    near_names,
    paths_of,
    read_checked,
    sampled,
    source_name,
)
from polarity.report.bulk import folder_of, with_gold
from polarity.report.columns import Column, value_of
from polarity.report.comparing import BACKENDS, Comparison, check
from polarity.report.content import Report, Subject
from polarity.report.examples import MOST
from polarity.report.gates import check_bounds
from polarity.report.pairing import pair_of
from polarity.report.writing import SUFFIXES, write_reports
from polarity.settings import Settings, load_settings
from polarity.sources import sources_of
from polarity.statistics.gates import Bound
from polarity.stored import Side
from polarity.types import Model
from polarity.weights import form_of

STEP = 1000  # pairs between two looks at the progress
OnPairs = Callable[[int], None]


def settings_for(left: str, right: str, settings: Settings) -> Settings:
    """Let only those be loaded that these sides ask.

    Raises:
        SettingsError: there are no such sides, or no backend is one.
    """
    comparison = Comparison(left, right, DEFAULT_COLUMNS, None, 0, 1, (), None, None)
    check(comparison, resume=False)
    if not comparison.asked:
        raise SettingsError("two columns are compared by polarity report: nobody is to be asked")
    return comparison.settings(settings)


def compare(
    sources: str | Path | Sequence[str | Path],
    out: str | Path | Sequence[str | Path] = (),
    settings: Settings | None = None,
    *,
    left: str = "bert",
    right: str = "llm",
    columns: Columns = DEFAULT_COLUMNS,
    sample: int | None = None,
    seed: int = 0,
    repeat: int = 1,
    slice_by: Sequence[str] = (),
    name_left: str | None = None,
    name_right: str | None = None,
    examples: int = MOST,
    bounds: Sequence[Bound] = (),
    resume: bool = False,
    retry_failures: bool = False,
    intake: Intake | None = None,
    on_progress: OnProgress = unwatched,
    on_pairs: OnPairs = lambda _: None,
) -> Report:
    """Compare two sides, and write the report to `out`, in its suffixes' formats.

    They are compared over files, patterns, or a folder of rows that were labelled in bulk; where that keeps
    what both sides said, nobody is asked.

    `left` and `right` are a backend's name or "column:NAME"; `name_left` and `name_right` are what they are
    called on pages, in files and by gates, where not so. Of all rows that are read,
    `sample` are drawn by `seed`. The right side is asked `repeat` times; `slice_by` names columns within
    whose values the sides are compared, too. Pages show at most `examples` of each severity; `bounds` are
    the gates.

    What a model says is kept as it comes, beside the first output: a run that was stopped, however hard,
    goes on with `resume`; with `retry_failures` also what failed is asked again. Without an output it lies
    in the current folder. Columns alone are streamed, and `on_pairs` hears how many pairs there are so far.
    The `intake` hears of rows that are left out; without one, the first of them ends it.

    Raises:
        SettingsError: the comparison contradicts itself, or a bound is on nothing that is measured.
        PolarityError: an input, an output, a run or a backend cannot be used.
    """
    folder = folder_of(sources)
    columns = with_gold(columns) if folder else columns
    comparison = Comparison(
        left, right, columns, sample, seed, repeat, tuple(slice_by), name_left, name_right
    ).apart
    check(comparison, resume=resume or retry_failures)
    settings = comparison.settings(settings or load_settings())
    check_bounds(bounds, comparison.names, is_decided=len(comparison.asked) == len(BACKENDS))
    paths, outputs = folder.parts if folder else sources_of(sources, settings.store), paths_of(out)
    check_outputs(outputs, SUFFIXES, paths)
    contract = load_contract(settings.contract)
    if "llm" in comparison.asked:
        settings, contract = settled(settings, contract), read_by(contract, settings.llm)
    subject = partial(_subject, settings, comparison, bounds, source_name(paths), contract)
    pairs = partial(_pairs, comparison=comparison, contract=contract, on_pairs=on_pairs)
    leaving = Leaving(intake)
    records = _chosen(paths, comparison, contract, leaving)
    write = partial(write_reports, outputs, most=examples, left_out=lambda: leaving.so_far)
    if not comparison.asked:
        rows = ((record, NOTHING) for record in records)
        return write(pairs(rows), subject({}))
    if folder and folder.answers(comparison.asked, repeat):
        folder.check_contract(contract)
        return write(pairs(folder.said(records, comparison.asked)), subject(folder.manifest.models))
    asked = questions(comparison.asked, right, repeat)
    kept = Kept("report", paths, outputs, comparison.chosen, resume=resume, retry_failures=retry_failures)
    with run_of(records, asked, settings, contract, kept) as run:
        models = models_of(settings, contract, comparison.asked)  # as they are before the asking
        complete(run, settings, on_progress=on_progress)
        report = write(pairs(run.rows()), subject(models))
        run.finish()
    return report


def _chosen(
    paths: Sequence[Path], comparison: Comparison, contract: Contract, intake: Intake
) -> Iterable[Record]:
    records = _checked(paths, comparison, contract, intake)
    return records if comparison.sample is None else sampled(records, comparison.sample, seed=comparison.seed)


def _checked(
    paths: Sequence[Path], comparison: Comparison, contract: Contract, intake: Intake
) -> Iterator[Record]:
    """Stream the records; one whose columns cannot be read is left out, with its file and line.

    What stands in a column is read now, before rows are drawn and a model is asked.
    """
    widened, names = _own_columns(comparison), comparison.read
    compared = [side for side in comparison.sides(contract) if isinstance(side, Column)]
    labelled = comparison.columns.label not in names
    for path in paths:
        sieve = Sieve(intake)
        for record in read_checked(path, comparison.columns, contract, intake=intake):
            if sieve.passes(_problem(widened(record), names, compared), path, record.line):
                labelled = labelled or record.label is not None
                yield record
        sieve.check()
    if not labelled:
        raise RecordError(f"no row has a label in column {comparison.columns.label!r}", path=paths[-1])


def _problem(record: Record, names: Iterable[str], compared: Iterable[Column]) -> str | None:
    """Say what cannot be read of the columns that are wanted, or None."""
    try:
        for name in names:
            value_of(record, name)
        for column in compared:
            column.answer(record)
    except RecordError as error:
        return error.problem
    return None


def _own_columns(comparison: Comparison) -> Callable[[Record], Record]:
    """Let text, label and id be read as any other column, where somebody wants that."""
    wanted = [name for name in _own(comparison) if name and near_names(name, comparison.read)]
    if not wanted:
        return lambda record: record

    def widened(record: Record) -> Record:
        own = zip(_own(comparison), (record.text, record.label, record.id), strict=True)
        extra = {**record.extra, **{name: value for name, value in own if name in wanted}}
        return replace(record, extra=extra)

    return widened


def _own(comparison: Comparison) -> tuple[str, str | None, str]:
    return comparison.columns.text, comparison.columns.label, comparison.columns.id


def _pairs(
    rows: Iterable[tuple[Record, Said]], comparison: Comparison, contract: Contract, on_pairs: OnPairs
) -> Iterator[Pair]:
    sides, widened = comparison.sides(contract), _own_columns(comparison)
    for count, (record, said) in enumerate(rows, start=1):
        yield pair_of(widened(record), said, sides, contract, comparison.slice_by)
        if count % STEP == 0:
            on_pairs(count)


def _subject(
    settings: Settings,
    comparison: Comparison,
    bounds: Sequence[Bound],
    source: str,
    contract: Contract,
    models: Mapping[str, Model],
) -> Subject:
    left, right = (
        _side(backend, models.get(option, Model(option)), name)
        for backend, option, name in zip(
            comparison.backends,
            (comparison.left, comparison.right),
            (comparison.name_left, comparison.name_right),
            strict=True,
        )
    )
    seed = comparison.seed if comparison.sample else None
    named = None if settings.contract is None else Path(settings.contract).name  # it is shared
    drawn = {"contract": named, "limit": comparison.columns.limit, "sample": comparison.sample, "seed": seed}
    return Subject(
        contract=contract,
        left=left,
        right=right,
        source=source,
        created=datetime.now(UTC),
        version=version("polarity"),
        settings=(_settings(settings, comparison.asked) if comparison.asked else {}) | drawn,
        bounds=bounds,
        columns=comparison.slice_by,
    )


def _side(backend: str, model: Model, name: str | None) -> Side:
    known = model._asdict()
    return Side(backend=backend, model=known.pop("name"), **known, name=name)


def _settings(settings: Settings, asked: Sequence[str]) -> dict[str, str | int | float | bool | None]:
    """What the numbers cannot be repeated without."""
    return {
        "llm.strategy": settings.llm.strategy,
        "llm.api": form_of(settings.llm) if "llm" in asked else settings.llm.api,
        "llm.temperature": settings.llm.temperature,
        "bert.max_length": settings.bert.max_length,
        "bert.overflow": settings.bert.overflow,
        "bert.calibration": settings.bert.calibration,
        "bert.precision": settings.bert.precision,
        **({"bert.labels": settings.bert.labels_said} if settings.bert.labels else {}),
        "llm.prompt_price": settings.llm.prompt_price,
        "llm.completion_price": settings.llm.completion_price,
    }
