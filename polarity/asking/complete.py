"""What a run still lacks, asked: every command that asks about many texts goes this way."""

from collections.abc import Generator, Sequence
from contextlib import closing

from polarity.asking.pace import ask, paces, rows_ahead
from polarity.asking.progress import OnProgress, unwatched
from polarity.asking.questions import Said
from polarity.asking.run import Run
from polarity.asking.waiting import Waiting
from polarity.backends.budgets import Budgets
from polarity.classifier import build_classifier
from polarity.contract import Contract
from polarity.settings import Settings
from polarity.types import NO_TOKENS


def complete(
    run: Run, settings: Settings, *, sparing: bool = False, on_progress: OnProgress = unwatched
) -> None:
    """Ask about every row whatever is missing. See `completed` for what is raised."""
    with closing(completed(run, settings, sparing=sparing, on_progress=on_progress)) as steps:
        for _ in steps:
            pass


def completed(
    run: Run,
    settings: Settings,
    *,
    contract: Contract | None = None,
    sparing: bool = False,
    on_progress: OnProgress = unwatched,
) -> Generator[int, None, None]:
    """Ask about some rows after the other; after each step give the last row up to which nothing is missing.

    Close it: it holds the backends open. `contract` stands in for the one that the settings name. With
    `sparing` the LLM is asked only where the policy needs it. Where one of two backends is unusable,
    a run that is kept ends, and can be taken up; in one that is held in memory the other backend decides, as
    at the endpoint.

    Raises:
        BackendError, CheckpointError, SettingsError: a backend cannot be used, or its money is spent. What
            came is kept.
        RunError: an answer cannot be kept.
    """
    pace, progress = paces(settings), run.progress()

    def keep(said: Sequence[tuple[int, Said]]) -> None:
        nonlocal progress
        run.keep(said)
        progress = progress.after(said)
        on_progress(progress)

    on_progress(progress)
    with closing(Waiting()) as waiting:
        used = progress.usage.get("llm", NO_TOKENS)
        budgets = Budgets(settings.llm, used=used)
        classifier = build_classifier(settings, contract=contract, patient=True, budgets=budgets)
        try:
            run.answered_by({name: getattr(one, "model", name) for name, one in classifier.backends.items()})
            for rows in run.unanswered(rows_ahead(classifier.backends, pace)):
                waiting.run(ask(classifier, rows, pace, keep, sparing=sparing, lenient=not run.is_kept))
                yield rows[-1].row
        finally:
            waiting.run(classifier.aclose())
