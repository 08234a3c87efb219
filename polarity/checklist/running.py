"""A suite from its name to its findings: read, expanded, every text asked about once, judged."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from polarity.asking.labelled import Asked, ask_all
from polarity.checklist.expanding import distinct_texts, expand
from polarity.checklist.findings import Findings, find
from polarity.checklist.gates import check_bounds, judge
from polarity.checklist.judging import judge_cases, sides_of
from polarity.checklist.loading import check_labels, load_suite
from polarity.checklist.pages import About
from polarity.contract import load_contract
from polarity.settings import Settings
from polarity.statistics.gates import Bound

Progress = Callable[[int, int], None]  # texts that are asked about, of all


def run_suite(
    name: str,
    settings: Settings,
    bounds: Sequence[Bound] = (),
    *,
    limit: int | None = None,
    on_progress: Progress = lambda _done, _total: None,
) -> tuple[Findings, About]:
    """Hold the backends of `settings` against a suite: one that comes with polarity, or a TOML file.

    `limit` takes so many cases of each test. The second of what is given says what was judged, by whom,
    and what the gates came to.

    Raises:
        SuiteError, SettingsError: the suite or a bound cannot be used; before any model is asked.
        BackendError, CheckpointError: a backend cannot be used.
    """
    contract, suite, sides = load_contract(settings.contract), load_suite(name), _sides(settings)
    check_labels(suite, contract.labels)
    check_bounds(bounds, suite, sides)
    cases = expand(suite, limit=limit)
    asked = _ask(settings, distinct_texts(cases), on_progress)
    found = find(judge_cases(cases, asked.results, sides, contract.labels), sides)
    about = About(
        suite=suite,
        models=asked.models,
        contract=contract.ref,
        created=datetime.now(UTC),
        version=version("polarity"),
        judgement=judge(found, bounds),
    )
    return found, about


def _sides(settings: Settings) -> tuple[str, ...]:
    """Name who is judged: under llm BERT too, where it stands in for an answer that has no label."""
    if settings.backend == "both" or (settings.backend == "llm" and settings.on_unmapped == "bert"):
        return sides_of(("bert", "llm"))
    return sides_of((settings.backend,))


def _ask(settings: Settings, texts: Sequence[str], on_progress: Progress) -> Asked:
    done = 0

    def advance(by: int) -> None:
        nonlocal done
        done += by
        on_progress(done, len(texts))

    return asyncio.run(ask_all(settings, texts, advance))
