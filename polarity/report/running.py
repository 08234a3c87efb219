"""Two sides over files, compared: what `polarity report` and `polarity.compare` do."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

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
    Record,
    expanded,
    paths_of,
    read,
    read_checked,
    sampled,
)
from polarity.report.columns import Column, check_columns
from polarity.report.content import Report, Subject
from polarity.report.examples import MOST
from polarity.report.gates import check_bounds
from polarity.report.pairing import pair_of
from polarity.report.writing import SUFFIXES, write_reports
from polarity.settings import Settings, load_settings
from polarity.statistics.gates import Bound
from polarity.stored import Side
from polarity.types import Model
from polarity.weights import form_of

BACKENDS = ("bert", "llm")
RESERVED = (*BACKENDS, "decision")
COLUMN = "column:"
NAMED = 3  # files that a report is named after
STEP = 1000  # pairs between two looks at the progress
OnPairs = Callable[[int], None]


class Comparison(NamedTuple):
    """What is compared, and how; see `compare`."""

    left: str
    right: str
    columns: Columns
    limit: int | None
    sample: int | None
    seed: int
    repeat: int
    slice_by: tuple[str, ...]

    @property
    def chosen(self) -> dict[str, Any]:
        """What makes it the same comparison when it is taken up again."""
        columns = self.columns
        named = {"text_column": columns.text, "label_column": columns.label, "id_column": columns.id}
        kept = ("left", "right", "limit", "sample", "seed", "repeat")
        return {name: getattr(self, name) for name in kept} | named

    @property
    def names(self) -> tuple[str, str]:
        """What both sides are called: a column by its name, unless something else is called that."""
        return _called(self.left), _called(self.right)

    @property
    def compared(self) -> list[str]:
        """The columns that are a side."""
        return [side.removeprefix(COLUMN) for side in (self.left, self.right) if side.startswith(COLUMN)]

    @property
    def read(self) -> list[str]:
        """The columns that are read besides text, label and id, or once more."""
        return [*self.compared, *self.slice_by]

    @property
    def asked(self) -> list[str]:
        """The backends that are asked."""
        return [side for side in (self.left, self.right) if side in BACKENDS]

    def sides(self, contract: Contract) -> tuple[str | Column, str | Column]:
        """Give both sides, a column read by the contract."""
        left, right = (
            Column(side.removeprefix(COLUMN), contract) if side.startswith(COLUMN) else side
            for side in (self.left, self.right)
        )
        return left, right

    def settings(self, settings: Settings) -> Settings:
        """Let only those be loaded that are asked."""
        backend = self.asked[0] if len(self.asked) == 1 else "both"
        return settings.model_copy(update={"backend": backend, "on_unmapped": "error"})


def _called(side: str) -> str:
    name = side.removeprefix(COLUMN)
    return f"column {name}" if name != side and name in RESERVED else name


def compare(
    sources: str | Path | Sequence[str | Path],
    out: str | Path | Sequence[str | Path] = (),
    settings: Settings | None = None,
    *,
    left: str = "bert",
    right: str = "llm",
    columns: Columns = DEFAULT_COLUMNS,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    repeat: int = 1,
    slice_by: Sequence[str] = (),
    examples: int = MOST,
    bounds: Sequence[Bound] = (),
    resume: bool = False,
    retry_failures: bool = False,
    intake: Intake | None = None,
    on_progress: OnProgress = unwatched,
    on_pairs: OnPairs = lambda _: None,
) -> Report:
    """Compare two sides over files or patterns, and write the report to `out`, in its suffixes' formats.

    `left` and `right` are a backend's name or "column:NAME". Of the files, rows up to `limit` are read, or
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
    comparison = Comparison(left, right, columns, limit, sample, seed, repeat, tuple(slice_by))
    _check(comparison, resume=resume or retry_failures)
    settings = comparison.settings(settings or load_settings())
    check_bounds(bounds, comparison.names)
    if not sources:
        raise SettingsError("there is nothing to compare: no file is named")
    paths, outputs = expanded([str(path) for path in paths_of(sources)]), paths_of(out)
    check_outputs(outputs, SUFFIXES, paths)
    contract = load_contract(settings.contract)
    if "llm" in comparison.asked:
        settings, contract = settled(settings, contract), read_by(contract, settings.llm)
    subject = partial(_subject, settings, comparison, bounds, _name(paths), contract)
    pairs = partial(_pairs, comparison=comparison, contract=contract, on_pairs=on_pairs)
    records = _chosen(paths, comparison, contract, intake)
    if not comparison.asked:
        rows = ((record, NOTHING) for record in records)
        return write_reports(outputs, pairs(rows), subject({}), most=examples)
    asked = questions(comparison.asked, right, repeat)
    kept = Kept("report", paths, outputs, comparison.chosen, resume=resume, retry_failures=retry_failures)
    with run_of(records, asked, settings, contract, kept) as run:
        models = models_of(settings, contract, comparison.asked)  # as they are before the asking
        complete(run, settings, on_progress=on_progress)
        report = write_reports(outputs, pairs(run.rows()), subject(models), most=examples)
        run.finish()
    return report


def _check(comparison: Comparison, *, resume: bool) -> None:
    """Refuse sides that there are not, and what has no meaning for those there are."""
    for name, side in (("left", comparison.left), ("right", comparison.right)):
        if side not in BACKENDS and (side == COLUMN or not side.startswith(COLUMN)):
            raise SettingsError(f"{name}: {side!r} is neither bert, llm nor column:NAME")
    if len(set(comparison.names)) == 1:
        raise SettingsError(f"left and right are both {comparison.names[0]!r}")
    if resume and not comparison.asked:
        raise SettingsError("two columns are compared in one go: there is nothing to resume")
    if comparison.repeat > 1 and comparison.right not in BACKENDS:
        raise SettingsError("repeat asks the right side again, and a column has nothing more to say")


def _chosen(
    paths: Sequence[Path], comparison: Comparison, contract: Contract, intake: Intake | None
) -> Iterable[Record]:
    records = _checked(paths, comparison, contract, intake)
    return records if comparison.sample is None else sampled(records, comparison.sample, seed=comparison.seed)


def _checked(
    paths: Sequence[Path], comparison: Comparison, contract: Contract, intake: Intake | None
) -> Iterator[Record]:
    """Stream the records; what is wrong with one is said with its file and line.

    Where a model will be asked, what stands in a column is read now, and not after the asking.
    """
    widened, names = _own_columns(comparison), comparison.read
    sides = comparison.sides(contract) if comparison.asked else ()
    compared = [side for side in sides if isinstance(side, Column)]
    rows: Callable[..., Iterator[Record]] = partial(read_checked, known=contract)
    if (
        comparison.columns.label in comparison.compared
    ):  # then it is no gold label besides: it may say anything
        rows = read
    remaining, labelled = comparison.limit, comparison.columns.label not in names
    for path in paths:
        if remaining == 0:
            break  # of a file of which nothing is read, nothing can be said
        for record in rows(path, comparison.columns, limit=remaining, intake=intake):
            whole = widened(record)
            check_columns(whole, names)
            for column in compared:
                column.answer(whole)
            remaining = None if remaining is None else remaining - 1
            labelled = labelled or record.label is not None
            yield record
    if not labelled:
        raise RecordError(f"no row has a label in column {comparison.columns.label!r}", path=paths[-1])


def _own_columns(comparison: Comparison) -> Callable[[Record], Record]:
    """Let text, label and id be read as any other column, where somebody wants that.

    A label that is a side is no gold label besides: it would be held against itself.
    """
    if not {*_own(comparison)} & {*comparison.read}:
        return lambda record: record
    is_side = comparison.columns.label in comparison.compared

    def widened(record: Record) -> Record:
        own = zip(_own(comparison), (record.text, record.label, record.id), strict=True)
        extra = {**record.extra, **{name: value for name, value in own if name is not None}}
        return replace(record, extra=extra, label=None if is_side else record.label)

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


def _name(paths: Sequence[Path]) -> str:
    """Name the input as a reader knows it."""
    names = ["standard input" if str(path) == "-" else path.name for path in paths]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _subject(
    settings: Settings,
    comparison: Comparison,
    bounds: Sequence[Bound],
    source: str,
    contract: Contract,
    models: Mapping[str, Model],
) -> Subject:
    left, right = (
        _side(name, models.get(option, Model(option)))
        for name, option in zip(comparison.names, (comparison.left, comparison.right), strict=True)
    )
    seed = comparison.seed if comparison.sample else None
    drawn = {"limit": comparison.limit, "sample": comparison.sample, "seed": seed}
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


def _side(name: str, model: Model) -> Side:
    known = model._asdict()
    return Side(backend=name, model=known.pop("name"), **known)


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
        "llm.prompt_price": settings.llm.prompt_price,
        "llm.completion_price": settings.llm.completion_price,
    }
