"""Records -> each with its one label: what every command that labels a file has in common."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager

from polarity.asking.complete import completed
from polarity.asking.kept import Kept, run_of
from polarity.asking.progress import OnProgress, Progress, unwatched
from polarity.asking.questions import first_answers, questions
from polarity.asking.run import Run
from polarity.asking.settling import settled
from polarity.backends.identity import read_by
from polarity.classifier import replay
from polarity.contract import Contract, load_contract
from polarity.records import Record
from polarity.settings import Settings
from polarity.types import Result, Undecided

Labelled = tuple[Record, Result]


class Labelling:
    """Records with their labels, to be taken once, in order; `models` are known when they were."""

    def __init__(self, run: Run, rows: Iterator[Labelled]) -> None:
        self._run, self._rows = run, rows
        self.is_done = True

    def __iter__(self) -> Iterator[Labelled]:
        return self._rows

    @property
    def models(self) -> dict[str, str]:
        """The name of each backend's model."""
        return self._run.models

    def progress(self) -> Progress:
        """Count how far the run is."""
        return self._run.progress()

    def stay(self) -> None:
        """Let the run stay when the block has ended well: it goes with others that are to be taken up."""
        self.is_done = False


@contextmanager
def labelling(
    records: Iterable[Record],
    settings: Settings,
    *,
    contract: Contract | None = None,
    kept: Kept | None = None,
    ask_all: bool = False,
    on_progress: OnProgress = unwatched,
) -> Iterator[Labelling]:
    """Label records, in order, as they are answered; one that has a problem is undecided for it.

    Under `both` the LLM is asked only where the policy needs it, but for `ask_all`: for those who look at
    every backend's answer. All of the records are read before a model is loaded. What came is kept until
    the block has ended well: what it does with the labels can break off, too, and nothing paid for is lost.
    `contract` stands in for the one that the settings name.

    Raises:
        BackendError, CheckpointError, ContractError, SettingsError: a backend cannot be used.
        RunError: the run cannot be begun, taken up or kept. What `records` raises comes through.
    """
    contract = contract or load_contract(settings.contract)
    settings = settled(settings, contract)
    sparing = settings.backend == "both" and not ask_all
    with run_of(records, questions(settings.asked), settings, contract, kept) as run:
        with (
            closing(
                completed(run, settings, contract=contract, sparing=sparing, on_progress=on_progress)
            ) as steps,
            closing(_labelled(run, steps, settings, as_read(contract, settings))) as rows,
        ):
            labelled = Labelling(run, rows)
            yield labelled
        if labelled.is_done:
            run.finish()


def as_read(contract: Contract, settings: Settings) -> Contract:
    """Give the contract as it reads what those say that the settings ask. Raises as `read_by`."""
    return read_by(contract, settings.llm) if "llm" in settings.asked else contract


def _labelled(
    run: Run, steps: Iterator[int], settings: Settings, contract: Contract
) -> Generator[Labelled, None, None]:
    after = 0
    for last in steps:
        yield from _read(run, after, last, settings, contract)
        after = last
    yield from _read(run, after, None, settings, contract)


def _read(
    run: Run, after: int, last: int | None, settings: Settings, contract: Contract
) -> Iterator[Labelled]:
    for record, said in run.rows(after, last):
        if record.problem is None:
            yield record, replay(settings.backend, first_answers(said), contract)
        else:
            yield record, Undecided(reason="no_text", detail=record.problem)
