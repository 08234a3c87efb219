"""`polarity report`: both backends over a file, or a stored report remapped; compared."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from polarity.cli.console import err, leave_by, out, progress
from polarity.cli.options import (
    CheckpointOption,
    ContractOption,
    FailOverOption,
    FailUnderOption,
    IdColumnOption,
    LabelColumnOption,
    LimitOption,
    StrategyOption,
    TextColumnOption,
    check_folder,
    columns_from,
    refuse_given,
    settings_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from polarity.cli.console import Bar
    from polarity.comparison import Pair
    from polarity.gates import Bound
    from polarity.records import Columns, Record
    from polarity.report import Report
    from polarity.settings import Settings

SIDES = ("bert", "llm")
NAMED = 3  # files that a report is named after
ASKING = (
    "checkpoint",
    "strategy",
    "limit",
    "sample",
    "seed",
    "repeat",
    "slice_by",
    "text_column",
    "label_column",
    "id_column",
)


class Plan(NamedTuple):
    """How the two are asked and compared: what the options say besides the settings."""

    columns: "Columns"
    limit: int | None
    sample: int | None
    seed: int
    repeat: int
    slice_by: tuple[str, ...]
    bounds: "tuple[Bound, ...]"


def report(
    context: typer.Context,
    outputs: Annotated[
        list[Path],
        typer.Option(
            "--out", "-o", help="Where to write: .html, .json, .md, .csv, or .xml for JUnit. May be repeated."
        ),
    ],
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT...",
            help='Files or patterns ("in/*.csv"): JSON Lines, CSV, TSV or Parquet; - reads JSON Lines.',
        ),
    ] = None,
    remap: Annotated[
        Path | None,
        typer.Option(help="A JSON report: read its raw outputs by the contract; no model is asked."),
    ] = None,
    max_disagreement: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Exit with 3 if a larger share of the compared texts disagrees."),
    ] = None,
    min_kappa: Annotated[
        float | None, typer.Option(min=-1.0, max=1.0, help="Exit with 3 if Cohen's kappa is less.")
    ] = None,
    max_unmapped: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Exit with 3 if more of either side's answers are not mapped."),
    ] = None,
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    repeat: Annotated[
        int,
        typer.Option(min=1, max=100, help="Ask the LLM so many times: how often does it differ from itself?"),
    ] = 1,
    slice_by: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Compare within each value of a column, too. May be repeated."),
    ] = None,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    limit: LimitOption = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Compare N rows, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="What --sample draws by.")] = 0,
    text_column: TextColumnOption = "text",
    label_column: LabelColumnOption = "label",
    id_column: IdColumnOption = "id",
) -> None:
    """Ask BERT and the LLM about every text and report where they disagree.

    With --remap, what they said is taken from an older report instead. METRIC is agreement,
    disagreement, opposite, kappa, kappa_linear, ac1, alpha, unmapped.bert, unmapped.llm, or accuracy or
    macro_f1 of bert, llm or decision, as in accuracy.llm. Exits with 4 if too few answers came to say
    anything, or a gate rests on fewer than 100 texts.
    """
    from polarity.report import check_bounds, check_suffix, write_report  # noqa: PLC0415 - keeps `--help` quick

    bounds = _bounds(max_disagreement, min_kappa, max_unmapped, fail_under or [], fail_over or [])
    check_bounds(bounds, SIDES)
    for path in outputs:
        check_suffix(path)
        check_folder(path)
    settings = settings_from(backend="both", contract=contract, checkpoint=checkpoint, strategy=strategy)
    if sources and not remap:
        columns = columns_from(text_column, label_column, id_column)
        plan = Plan(columns, limit, sample, seed, repeat, tuple(slice_by or ()), bounds)
        found = asyncio.run(_compare(sources, settings, plan))
    elif remap and not sources:
        refuse_given(context, ASKING, "--remap asks no model")
        found = _remapped(remap, settings, bounds)
    else:
        raise typer.BadParameter("give INPUT or --remap, one of the two")
    for path in outputs:
        write_report(path, found)
        err.print(f"wrote {path}")
    _conclude(found)


def _bounds(
    max_disagreement: float | None,
    min_kappa: float | None,
    max_unmapped: float | None,
    under: list[str],
    over: list[str],
) -> "tuple[Bound, ...]":
    from polarity.gates import Bound, parsed  # noqa: PLC0415 - keeps `--help` quick

    bounds = [parsed(text, "under") for text in under] + [parsed(text, "over") for text in over]
    if max_disagreement is not None:
        bounds.append(Bound("disagreement", max_disagreement, "over"))
    if min_kappa is not None:
        bounds.append(Bound("kappa", min_kappa, "under"))
    if max_unmapped is not None:
        bounds += [Bound(f"unmapped.{side}", max_unmapped, "over") for side in SIDES]
    return tuple(bounds)


def _remapped(path: Path, settings: "Settings", bounds: "tuple[Bound, ...]") -> "Report":
    from polarity.contract import load_contract  # noqa: PLC0415 - keeps `--help` quick
    from polarity.report import remap  # noqa: PLC0415
    from polarity.stored import read_report  # noqa: PLC0415

    contract = load_contract(settings.contract)
    found = remap(read_report(path), contract, created=datetime.now(UTC), version=version("polarity"))
    return replace(found, bounds=bounds)


def _conclude(found: "Report") -> NoReturn:
    """Print the figures, and leave with the exit status of the gates."""
    summary = found.summary
    agreement = "undefined" if summary.agreement is None else f"{summary.agreement:.1%}"
    kappa = "undefined" if summary.kappa is None else f"{summary.kappa:.3f}"
    out.print(f"{summary.n} texts, {summary.compared} compared, agreement {agreement}, kappa {kappa}")
    out.print(
        f"{summary.mapping_disagreements} mapping and {summary.model_disagreements} model disagreements, "
        f"{summary.failures} failures"
    )
    leave_by(found.judgement, asked=bool(found.bounds))


def _records(paths: "Sequence[Path]", plan: Plan, labels: "Sequence[str]") -> "list[Record]":
    """Read everything before a model is loaded: a bad row is said at once, with its file and line."""
    from polarity.evaluation import read_checked  # noqa: PLC0415 - keeps `--help` quick
    from polarity.records import sampled  # noqa: PLC0415
    from polarity.report import check_columns  # noqa: PLC0415

    def checked() -> "Iterator[Record]":
        for path in paths:
            for record in read_checked(path, plan.columns, labels):
                check_columns(record, plan.slice_by, path=path)
                yield record

    records = islice(checked(), plan.limit)
    return list(records) if plan.sample is None else sampled(records, plan.sample, seed=plan.seed)


def _name(paths: "Sequence[Path]") -> str:
    """Name the input as a reader knows it."""
    names = ["standard input" if str(path) == "-" else path.name for path in paths]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


class _Watch:
    """What a progress bar says of a run besides how far it is: texts a second, tokens, failures."""

    def __init__(self, bar: "Bar", total: int) -> None:
        self._bar, self._total, self._begun = bar, total, monotonic()
        self._done = self._failures = self._tokens = 0

    def see(self, pairs: "Sequence[Pair]") -> None:
        """Count some pairs, and say so."""
        from polarity.comparison import kind  # noqa: PLC0415 - keeps `--help` quick
        from polarity.types import Failure  # noqa: PLC0415

        self._done += len(pairs)
        self._failures += sum(kind(pair) == "failure" for pair in pairs)
        answers = (answer for pair in pairs for answer in (pair.right, *pair.repeats))
        usages = (answer.raw.usage for answer in answers if not isinstance(answer.raw, Failure))
        self._tokens += sum(sum(usage) for usage in usages)
        rate = self._done / max(monotonic() - self._begun, 0.001)
        note = f"{rate:.1f}/s, {self._tokens:,} tokens to the LLM, {self._failures:,} failures"
        self._bar.at(self._done, self._total, note)


async def _compare(sources: list[str], settings: "Settings", plan: Plan) -> "Report":
    from polarity.classifier import build_classifier  # noqa: PLC0415 - keeps `--help` quick
    from polarity.comparison import summarise  # noqa: PLC0415
    from polarity.contract import load_contract  # noqa: PLC0415
    from polarity.records import expanded  # noqa: PLC0415
    from polarity.report import Report, Side, compare_file  # noqa: PLC0415

    paths = expanded(sources)
    records = _records(paths, plan, load_contract(settings.contract).labels)
    async with build_classifier(settings, patient=True) as classifier:
        with progress("comparing", len(records)) as bar:
            pairs = await compare_file(
                classifier,
                records,
                repeat=plan.repeat,
                columns=plan.slice_by,
                on_chunk=_Watch(bar, len(records)).see,
            )
        left, right = (
            Side(backend=name, model=getattr(backend, "model", name))
            for name, backend in classifier.backends.items()
        )
    return Report(
        summary=summarise(pairs, classifier.contract.labels, SIDES, plan.slice_by),
        pairs=pairs,
        contract=classifier.contract,
        left=left,
        right=right,
        source=_name(paths),
        created=datetime.now(UTC),
        version=version("polarity"),
        settings={
            "llm.strategy": settings.llm.strategy,
            "llm.api": settings.llm.api,
            "llm.temperature": settings.llm.temperature,
            "bert.max_length": settings.bert.max_length,
            "bert.overflow": settings.bert.overflow,
            "bert.calibration": settings.bert.calibration,
            "bert.precision": settings.bert.precision,
            "limit": plan.limit,
            "sample": plan.sample,
            "seed": plan.seed if plan.sample else None,
        },
        bounds=plan.bounds,
    )
