"""Ways of asking the LLM, measured on labelled files, from the asking to the page."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from polarity.asking.kept import Kept
from polarity.asking.labelling import Labelling, labelling
from polarity.asking.progress import FOR_GOOD, OnProgress, Progress, Together, unwatched
from polarity.asking.settling import settled
from polarity.backends.identity import read_by
from polarity.contract.review.amending import without_calibrations
from polarity.errors import SettingsError
from polarity.pages.page import WRITERS, Page
from polarity.pages.writing import check_outputs, write_outputs
from polarity.records import DEFAULT_COLUMNS, STANDARD_INPUT, Columns, Intake, Record, paths_of
from polarity.settings import Settings, load_settings
from polarity.sources import sources_of
from polarity.statistics.enough import too_many_failures
from polarity.statistics.gates import Judgement, judged
from polarity.tuning.prompt_pages import Tried, prompt_page
from polarity.tuning.prompt_rows import NOTHING_SAID, Drawn, drawn, golds
from polarity.tuning.prompt_ways import Way, ways
from polarity.tuning.prompt_worth import Asked, Flips, PromptWorth, Said, Spread, flips, spreads, worth
from polarity.tuning.scored_files import short_name
from polarity.tuning.temperature_fit import check_names
from polarity.weights import form_of


class PromptTrial(NamedTuple):
    """What each way of asking is worth on each file, how far apart they are, and what the order does.

    `page` is it for a reader. `judgement` says if more than half of some way's texts got no answer.
    """

    measured: Sequence[PromptWorth]
    spreads: Sequence[Spread]
    flips: Sequence[Flips]
    page: Page
    judgement: Judgement


def try_prompts(
    data: str | Path | Sequence[str | Path],
    settings: Settings | None = None,
    *,
    contracts: Sequence[str | Path] = (),
    apis: Sequence[str] = (),
    strategies: Sequence[str] = (),
    ggufs: Sequence[str] = (),
    reverse: bool = False,
    sample: int | None = None,
    calibrate: int = 0,
    seed: int = 0,
    out: str | Path | Sequence[str | Path] = (),
    columns: Columns = DEFAULT_COLUMNS,
    resume: bool = False,
    retry_failures: bool = False,
    intake: Intake | None = None,
    on_progress: OnProgress = unwatched,
) -> PromptTrial:
    """Ask the LLM about labelled files in every way that is named, and write what each is worth to `out`.

    A way is a contract, an endpoint ("completions" or "chat"), a strategy ("score", "free", "constrained" or
    "auto") and weights; each is tried with each, and what is not named is as the settings say. With `reverse`
    each is tried with its examples in the reverse order, too. Of each file all rows are tested, or `sample`
    drawn by `seed`, the same in every way; `calibrate` other rows of it are asked about to take the model's
    lean from.

    What a model says is kept as it comes, a run a way, beside the first output or in the current folder; all
    of them go on with `resume`, and with `retry_failures` what failed is asked again.

    Raises:
        SettingsError: two files or contracts have one name, or nothing can be tried so.
        PolarityError: a contract, the data, an output, a run or a backend cannot be used.
    """
    settings = settings or load_settings()
    paths, outputs = sources_of(data, settings.store), paths_of(out)
    check_names([short_name(path) for path in paths])
    if not paths or STANDARD_INPUT in paths:
        raise SettingsError("data: give files: every way is asked about the same rows")
    check_outputs(outputs, WRITERS, paths)
    tried = ways(
        settings,
        contracts=paths_of(contracts),
        apis=apis,
        strategies=strategies,
        ggufs=ggufs,
        reverse=reverse,
    )
    tried = [way._replace(settings=settled(way.settings, way.contract)) for way in tried]
    files = [
        drawn(
            path,
            columns,
            tried[0].contract,
            name=short_name(path),
            sample=sample,
            calibrate=calibrate,
            seed=seed,
            intake=intake,
        )
        for path in paths
    ]
    names = [file.name for file in files]
    about = Tried(files=names, sample=sample, calibrate=calibrate, seed=seed, created=datetime.now(UTC))
    kept = Kept("prompt-try", paths, outputs, about.drawn, resume, retry_failures)
    with ExitStack() as stack:
        trials = _begun(tried, files, kept, stack, on_progress)
        for trial in trials:
            trial.ask(files)
        found = _found(trials, files, about)
        write_outputs(outputs, WRITERS, found.page)
        _let_stay([trial.labelled for trial in trials])
    return found


class _Trial:
    """A way of asking, its open run, what was said about each file, and how quickly."""

    def __init__(self, way: Way, files: Sequence[Drawn], kept: Kept, stack: ExitStack) -> None:
        self.shown: OnProgress = unwatched
        self.said: list[Said] = []
        self._way = way
        self._seen: list[tuple[float, int]] = []
        records, bare = list(_asked_about(way, files)), without_calibrations(way.contract)
        self.labelled = stack.enter_context(
            labelling(records, way.settings, contract=bare, kept=kept, on_progress=self._see)
        )

    def ask(self, files: Sequence[Drawn]) -> None:
        """Ask about every row, and sort what was said by file."""
        results = (result for _, result in self.labelled)
        parts = [
            (list(islice(results, len(file.tested))), list(islice(results, len(_others(self._way, file)))))
            for file in files
        ]
        empty = list(results)
        self.said = [
            Said(golds(file.tested), tested, golds(_others(self._way, file)), others, empty)
            for file, (tested, others) in zip(files, parts, strict=True)
        ]

    def _see(self, seen: Progress) -> None:
        self._seen.append((monotonic(), seen.answers))
        self.shown(seen)

    @property
    def texts_per_s(self) -> float | None:
        """How many answers came in a second, from the first that came: what is loaded before is left out."""
        came = [(at, answers) for at, answers in self._seen if answers > self._seen[0][1]]
        if len(came) < 2:  # noqa: PLR2004 - a time needs two ends
            return None
        (begun, first), (ended, last) = came[0], came[-1]
        return (last - first) / max(ended - begun, 1e-9)

    @property
    def asked(self) -> Asked:
        """What was asked; the model's name is known when it was."""
        way = self._way
        return Asked(
            name=way.name,
            contract=way.contract,
            api=form_of(way.settings.llm),
            strategy=way.settings.llm.strategy,
            model=self.labelled.models["llm"],
            is_reversed=way.is_reversed,
            calibration=read_by(way.contract, way.settings.llm).calibration,
        )


def _others(way: Way, file: Drawn) -> Sequence[Record]:
    """Give the rows to calibrate by: free text has no probabilities to calibrate."""
    return file.others if way.settings.llm.strategy == "score" else ()


def _asked_about(way: Way, files: Sequence[Drawn]) -> Iterator[Record]:
    for file in files:
        yield from (*file.tested, *_others(way, file))
    if way.settings.llm.strategy == "score":
        yield from NOTHING_SAID


def _begun(
    tried: Sequence[Way], files: Sequence[Drawn], kept: Kept, stack: ExitStack, on_progress: OnProgress
) -> list[_Trial]:
    """Begin the runs of all ways, or take them up, before anybody is asked: so none is missing later."""
    trials = [_Trial(way, files, kept._replace(part=str(at)), stack) for at, way in enumerate(tried, start=1)]
    together = Together([trial.labelled.progress() for trial in trials], on_progress)
    for at, trial in enumerate(trials):
        trial.shown = together.part(at)
    return trials


def _found(trials: Sequence[_Trial], files: Sequence[Drawn], tried: Tried) -> PromptTrial:
    measured = [
        worth(trial.asked, file.name, said, trial.texts_per_s)
        for trial in trials
        for file, said in zip(files, trial.said, strict=True)
    ]
    turned = [
        flips(one.asked, file.name, there.tested, back.tested)
        for one, other in pairwise(trials)
        if other.asked.is_reversed
        for file, there, back in zip(files, one.said, other.said, strict=True)
    ]
    apart = spreads(measured)
    unanswered = [row for row in measured if too_many_failures(row.n, row.failures)]
    too_little = [f"{row.failures:,} of {row.n:,} texts of {row.data} got no answer" for row in unanswered]
    judgement = judged([], "; ".join(dict.fromkeys(too_little)) or None)
    page = prompt_page(measured, apart, turned, tried, judgement)
    return PromptTrial(measured, apart, turned, page, judgement)


def _let_stay(runs: Sequence[Labelling]) -> None:
    """Keep all runs where one lacks answers that may come: they are taken up together or not at all."""
    if any({*run.progress().failures} - {*FOR_GOOD} for run in runs):
        for run in runs:
            run.stay()
