"""What `polarity report` compares: the records, the two sides, and the pairs that they make."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import typer

from polarity.cli.console import Bar, progress
from polarity.cli.options import columns_from

if TYPE_CHECKING:
    from polarity.classifier import Classifier
    from polarity.comparison import Pair
    from polarity.contract import Contract
    from polarity.gates import Bound
    from polarity.records import Record
    from polarity.report import Column, Report, Subject
    from polarity.settings import Settings

BACKENDS = ("bert", "llm")
NAMED = 3  # files that a report is named after
ASKED, READ = 32, 1000  # texts in one chunk: where a model is asked, and where none is


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

    @property
    def names(self) -> tuple[str, str]:
        """What both sides are called."""
        return self.left.removeprefix("column:"), self.right.removeprefix("column:")

    @property
    def asked(self) -> list[str]:
        """The backends that are asked."""
        return [side for side in (self.left, self.right) if side in BACKENDS]


def check_plan(plan: Plan) -> None:
    """Refuse sides that there are not, and what has no meaning for those there are.

    Raises:
        typer.BadParameter: names the option and its value.
    """
    for option, side in (("--left", plan.left), ("--right", plan.right)):
        if side not in BACKENDS and not (side.startswith("column:") and side != "column:"):
            raise typer.BadParameter(f"{option} {side!r} is neither bert, llm nor column:NAME")
    if len({*plan.names, "decision"}) < 3:  # noqa: PLR2004 - two sides, and what they decide
        raise typer.BadParameter(f"--left and --right need names of their own, found {plan.names}")
    if plan.repeat > 1 and plan.right not in BACKENDS:
        raise typer.BadParameter("--repeat asks the right side again, and a column has nothing more to say")


def compare(
    sources: Sequence[str],
    settings: "Settings",
    plan: Plan,
    bounds: "Sequence[Bound]",
    outputs: Sequence[Path],
) -> "Report":
    """Compare and write. Columns are streamed; where a model is asked, every row is checked before.

    Raises:
        PolarityError: an input, an output or a backend cannot be used.
    """
    from polarity.contract import load_contract  # noqa: PLC0415 - keeps `--help` quick
    from polarity.records import expanded  # noqa: PLC0415
    from polarity.report import write_reports  # noqa: PLC0415

    paths, contract = expanded(sources), load_contract(settings.contract)
    records = _chosen(paths, plan, contract.labels)
    total = None
    if plan.asked:
        records = list(records)
        total = len(records)
    with asyncio.Runner() as runner, _opened(settings, plan, runner) as classifier:
        subject = _subject(settings, plan, bounds, _name(paths), contract, classifier)
        with progress("comparing", total) as bar:
            pairs = _compared(runner, classifier, records, plan, contract, _Watch(bar, total))
            return write_reports(outputs, pairs, subject, most=plan.examples)


def _chosen(paths: Sequence[Path], plan: Plan, labels: Sequence[str]) -> "Iterable[Record]":
    from polarity.records import sampled  # noqa: PLC0415 - keeps `--help` quick

    records = islice(_checked(paths, plan, labels), plan.limit)
    return records if plan.sample is None else sampled(records, plan.sample, seed=plan.seed)


def _checked(paths: Sequence[Path], plan: Plan, labels: Sequence[str]) -> "Iterator[Record]":
    """Stream the records; what is wrong with one is said with its file and line."""
    from polarity.evaluation import read_checked  # noqa: PLC0415 - keeps `--help` quick
    from polarity.report import check_columns  # noqa: PLC0415

    sides = [name for name, side in zip(plan.names, (plan.left, plan.right), strict=True) if name != side]
    for path in paths:
        for record in read_checked(path, columns_from(*plan.columns), labels):
            check_columns(record, (*sides, *plan.slice_by))
            yield record


@contextmanager
def _opened(settings: "Settings", plan: Plan, runner: asyncio.Runner) -> "Iterator[Classifier | None]":
    """Load the backends that are asked, if any, and close them."""
    from polarity.classifier import build_classifier  # noqa: PLC0415 - keeps `--help` quick

    if not plan.asked:
        yield None
        return
    classifier = build_classifier(settings, patient=True)
    try:
        yield classifier
    finally:
        runner.run(classifier.aclose())


def _compared(
    runner: asyncio.Runner,
    classifier: "Classifier | None",
    records: "Iterable[Record]",
    plan: Plan,
    contract: "Contract",
    watch: "_Watch",
) -> "Iterator[Pair]":
    from polarity.report import Column, chunks, compare_chunk  # noqa: PLC0415 - keeps `--help` quick

    def side(name: str, option: str) -> "str | Column":
        return name if name == option else Column(name, contract)

    left, right = (side(*both) for both in zip(plan.names, (plan.left, plan.right), strict=True))
    for batch in chunks(records, ASKED if plan.asked else READ):
        work = compare_chunk(classifier, batch, (left, right), repeat=plan.repeat, columns=plan.slice_by)
        pairs = runner.run(work)
        watch.see(pairs)
        yield from pairs


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
    classifier: "Classifier | None",
) -> "Subject":
    from polarity.report import Side, Subject  # noqa: PLC0415 - keeps `--help` quick

    models = (
        {name: getattr(backend, "model", name) for name, backend in classifier.backends.items()}
        if classifier
        else {}
    )
    left, right = (
        Side(backend=name, model=models.get(option, option))
        for name, option in zip(plan.names, (plan.left, plan.right), strict=True)
    )
    chosen = {"limit": plan.limit, "sample": plan.sample, "seed": plan.seed if plan.sample else None}
    return Subject(
        contract=contract,
        left=left,
        right=right,
        source=source,
        created=datetime.now(UTC),
        version=version("polarity"),
        settings=(_settings(settings) if plan.asked else {}) | chosen,
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
    }


class _Watch:
    """What a progress bar says of a run besides how far it is: texts a second, tokens, failures."""

    def __init__(self, bar: Bar, total: int | None) -> None:
        self._bar, self._total, self._begun = bar, total, monotonic()
        self._done = self._failures = self._tokens = 0

    def see(self, pairs: "Sequence[Pair]") -> None:
        """Count some pairs, and say so."""
        from polarity.types import Failure  # noqa: PLC0415 - keeps `--help` quick

        self._done += len(pairs)
        for pair in pairs:
            answers = (pair.left, pair.right, *pair.repeats)
            self._failures += any(isinstance(answer.outcome, Failure) for answer in answers)
            self._tokens += sum(
                sum(answer.raw.usage) for answer in answers if not isinstance(answer.raw, Failure)
            )
        rate = self._done / max(monotonic() - self._begun, 0.001)
        note = f"{rate:,.1f}/s, {self._tokens:,} tokens, {self._failures:,} failures"
        self._bar.at(self._done, self._total, note)
