"""What `polarity report` compares: the records, the two sides, and the pairs that they make."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from polarity.cli.asking import ask_missing, say_failures
from polarity.cli.console import progress
from polarity.cli.options import columns_from

if TYPE_CHECKING:
    from polarity.asking.questions import Said
    from polarity.asking.run import Run
    from polarity.comparison import Pair
    from polarity.contract import Contract
    from polarity.records import Record
    from polarity.report import Column, Report, Subject
    from polarity.settings import Settings
    from polarity.statistics.gates import Bound

BACKENDS = ("bert", "llm")
RESERVED = (*BACKENDS, "decision")
COLUMN = "column:"
NAMED = 3  # files that a report is named after
STEP = 1000  # pairs between two looks at the progress
NOTHING: "Said" = {}


class Plan(NamedTuple):
    """What is compared, and how: what the options say besides the settings and the gates.

    `left` and `right` are a backend's name or "column:NAME"; `columns` name text, label and id.
    """

    left: str = "bert"
    right: str = "llm"
    columns: tuple[str, str, str] = ("text", "label", "id")
    limit: int | None = None
    sample: int | None = None
    seed: int = 0
    repeat: int = 1
    slice_by: tuple[str, ...] = ()
    examples: int = 1000
    resume: bool = False
    retry: bool = False

    @property
    def chosen(self) -> "dict[str, Any]":
        """What makes it the same comparison when it is taken up again."""
        named = dict(zip(("text_column", "label_column", "id_column"), self.columns, strict=True))
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

    def sides(self, contract: "Contract") -> "tuple[str | Column, str | Column]":
        """Both sides, a column read by the contract."""
        from polarity.report import Column

        left, right = (
            Column(side.removeprefix(COLUMN), contract) if side.startswith(COLUMN) else side
            for side in (self.left, self.right)
        )
        return left, right


def _called(side: str) -> str:
    name = side.removeprefix(COLUMN)
    return f"column {name}" if name != side and name in RESERVED else name


def check_plan(plan: Plan) -> None:
    """Refuse sides that there are not, and what has no meaning for those there are.

    Raises:
        typer.BadParameter: names the option and its value.
    """
    for option, side in (("--left", plan.left), ("--right", plan.right)):
        if side not in BACKENDS and (side == COLUMN or not side.startswith(COLUMN)):
            raise typer.BadParameter(f"{option} {side!r} is neither bert, llm nor column:NAME")
    if len(set(plan.names)) == 1:
        raise typer.BadParameter(f"--left and --right are both {plan.names[0]!r}")
    if plan.resume and not plan.asked:
        raise typer.BadParameter("two columns are compared in one go: there is nothing to resume")
    if plan.repeat > 1 and plan.right not in BACKENDS:
        raise typer.BadParameter("--repeat asks the right side again, and a column has nothing more to say")


def compare(
    sources: Sequence[str],
    settings: "Settings",
    plan: Plan,
    bounds: "Sequence[Bound]",
    outputs: Sequence[Path],
) -> "Report":
    """Compare and write. Columns are streamed; what a model is asked is kept in a run folder as it comes.

    Raises:
        PolarityError: an input, an output, a run folder or a backend cannot be used.
    """
    from polarity.contract import load_contract
    from polarity.pages.writing import check_outputs
    from polarity.records import expanded
    from polarity.report import SUFFIXES, write_reports

    paths, contract = expanded(sources), load_contract(settings.contract)
    check_outputs(outputs, SUFFIXES, paths)
    records = _chosen(paths, plan, contract)
    subject = partial(_subject, settings, plan, bounds, _name(paths), contract)
    if not plan.asked:
        said = ((record, NOTHING) for record in records)
        return write_reports(outputs, _pairs(said, plan, contract), subject({}), most=plan.examples)
    with _run(outputs[0], records, settings, plan, contract) as run:
        models = ask_missing(run, settings)
        pairs = _pairs(run.rows(), plan, contract)
        report = write_reports(outputs, pairs, subject(models), most=plan.examples)
        run.finish()
        say_failures(run)
    return report


def _chosen(paths: Sequence[Path], plan: Plan, contract: "Contract") -> "Iterable[Record]":
    from polarity.records import sampled

    records = _checked(paths, plan, contract)
    return records if plan.sample is None else sampled(records, plan.sample, seed=plan.seed)


def _checked(paths: Sequence[Path], plan: Plan, contract: "Contract") -> "Iterator[Record]":
    """Stream the records; what is wrong with one is said with its file and line.

    Where a model will be asked, what stands in a column is read now, and not after the asking.
    """
    from polarity.errors import RecordError
    from polarity.records import read_checked
    from polarity.report import Column, check_columns

    widened, names = _own_columns(plan), plan.read
    columns = [side for side in plan.sides(contract) if isinstance(side, Column)] if plan.asked else []
    remaining, labelled = plan.limit, plan.columns[1] not in names
    for path in paths:
        if remaining == 0:
            break  # of a file of which nothing is read, nothing can be said
        for record in read_checked(path, columns_from(*plan.columns), contract.labels, limit=remaining):
            whole = widened(record)
            check_columns(whole, names)
            for column in columns:
                column.answer(whole)
            remaining = None if remaining is None else remaining - 1
            labelled = labelled or record.label is not None
            yield record
    if not labelled:
        raise RecordError(f"no row has a label in column {plan.columns[1]!r}", path=paths[-1])


def _own_columns(plan: Plan) -> "Callable[[Record], Record]":
    """Let text, label and id be read as any other column, where somebody wants that.

    A label that is a side is no gold label besides: it would be held against itself.
    """
    if not set(plan.columns) & set(plan.read):
        return lambda record: record
    is_side = plan.columns[1] in plan.compared

    def widened(record: "Record") -> "Record":
        own = zip(plan.columns, (record.text, record.label, record.id), strict=True)
        extra = {**record.extra, **dict(own)}
        return replace(record, extra=extra, label=None if is_side else record.label)

    return widened


@contextmanager
def _run(
    out: Path, records: "Iterable[Record]", settings: "Settings", plan: Plan, contract: "Contract"
) -> "Iterator[Run]":
    """Begin the run that ends in `out`, or take it up."""
    from polarity.asking.fingerprint import fingerprint
    from polarity.asking.questions import questions
    from polarity.asking.run import begun, resumed, run_folder

    folder, asked = run_folder(out), questions(plan.asked, plan.right, plan.repeat)
    prints = fingerprint(settings, contract, plan.asked, {"polarity": version("polarity"), **plan.chosen})
    with (resumed if plan.resume else begun)(folder, records, asked, prints) as run:
        if plan.retry:
            run.forget_failures()
        yield run


def _pairs(rows: "Iterable[tuple[Record, Said]]", plan: Plan, contract: "Contract") -> "Iterator[Pair]":
    from polarity.report import pair_of

    sides, widened, begun = plan.sides(contract), _own_columns(plan), monotonic()
    with progress("comparing") as bar:
        for count, (record, said) in enumerate(rows, start=1):
            yield pair_of(widened(record), said, sides, contract, plan.slice_by)
            if count % STEP == 0:
                bar.at(count, None, f"{count / (monotonic() - begun):,.0f}/s")


def _name(paths: Sequence[Path]) -> str:
    """Name the input as a reader knows it."""
    names = ["standard input" if str(path) == "-" else path.name for path in paths]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _subject(
    settings: "Settings",
    plan: Plan,
    bounds: "Sequence[Bound]",
    source: str,
    contract: "Contract",
    models: Mapping[str, str],
) -> "Subject":
    from polarity.report import Side, Subject

    left, right = (
        Side(backend=name, model=models.get(option, option))
        for name, option in zip(plan.names, (plan.left, plan.right), strict=True)
    )
    drawn = {"limit": plan.limit, "sample": plan.sample, "seed": plan.seed if plan.sample else None}
    return Subject(
        contract=contract,
        left=left,
        right=right,
        source=source,
        created=datetime.now(UTC),
        version=version("polarity"),
        settings=(_settings(settings) if plan.asked else {}) | drawn,
        bounds=bounds,
        columns=plan.slice_by,
    )


def _settings(settings: "Settings") -> dict[str, str | int | float | bool | None]:
    """What the numbers cannot be repeated without."""
    return {
        "llm.strategy": settings.llm.strategy,
        "llm.api": settings.llm.api,
        "llm.temperature": settings.llm.temperature,
        "bert.max_length": settings.bert.max_length,
        "bert.overflow": settings.bert.overflow,
        "bert.calibration": settings.bert.calibration,
        "bert.precision": settings.bert.precision,
        "llm.prompt_price": settings.llm.prompt_price,
        "llm.completion_price": settings.llm.completion_price,
    }
