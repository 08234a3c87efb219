"""Labelled data for a policy: stored reports, or files that both backends are asked about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from polarity.asking.complete import complete
from polarity.asking.fingerprint import models_of
from polarity.asking.kept import Kept, run_of
from polarity.asking.progress import OnProgress, unwatched
from polarity.asking.questions import Said, questions
from polarity.backends.identity import read_by
from polarity.contract import Contract
from polarity.contract.calibrations import calibrated
from polarity.contract.provenance import FittedModel, FittedModels
from polarity.errors import RecordError, SettingsError
from polarity.records import (
    DEFAULT_COLUMNS,
    STANDARD_INPUT,
    Columns,
    GoldRow,
    Intake,
    Record,
    gold_rows,
    stratified,
)
from polarity.replay.remapping import remap
from polarity.report.pairing import pair_of
from polarity.settings import Settings
from polarity.stored import read_report
from polarity.tuning.policy_worth import GoldPair, gold_pairs
from polarity.tuning.too_few import too_few_answered
from polarity.types import Model

SIDES = ("bert", "llm")
HEAD = 1024  # bytes in which JSON begins
NOTHING_DRAWN: Mapping[str, int | None] = MappingProxyType({})


def check_names(paths: Sequence[Path]) -> None:
    """Refuse two files of one name, by which results are told apart, and what is no file.

    Raises:
        SettingsError: names the name.
    """
    if STANDARD_INPUT in paths:
        raise SettingsError("standard input is read once and gone: give files, whose hashes can be kept")
    names = [path.name for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"two files are named {name!r}")


class StoredPairs(NamedTuple):
    """The pairs of a JSON report, and the models that answered, by backend."""

    pairs: list[GoldPair]
    models: Mapping[str, Model]


def stored_pairs(path: Path, contract: Contract) -> StoredPairs:
    """Read a JSON report and map and decide again by `contract`; no model is asked.

    Raises:
        RecordError: it is no JSON report, does not fit the contract, or a text has no gold label.
    """
    stored, now = read_report(path), datetime.now(UTC)
    names = tuple(side.backend for side in stored.sides.values())
    if sorted(names) != sorted(SIDES):
        raise RecordError(f"meta: not a report of 'bert' and 'llm' but of {names}", path=path)
    _, pairs = remap(stored, contract, created=now, version=version("polarity"))
    models = {side.backend: side.answered for side in stored.sides.values()}
    return StoredPairs(gold_pairs(pairs, path), models)


class GoldData(NamedTuple):
    """Labelled files as they were read: a report's pairs, and the rows that are still to be asked about.

    `files` are all of them, in the order in which they were named.
    """

    files: Sequence[Path]
    stored: dict[Path, StoredPairs]
    rows: dict[Path, list[GoldRow]]

    @property
    def golds(self) -> list[str]:
        """The gold label of every text."""
        stored = [pair.gold for found in self.stored.values() for pair in found.pairs]
        return stored + [row.gold for rows in self.rows.values() for row in rows]

    def in_order(self, asked: Mapping[Path, list[GoldPair]]) -> list[GoldPair]:
        """Put each file's pairs one after the other, those of reports and those that were `asked`."""
        pairs = {path: found.pairs for path, found in self.stored.items()} | dict(asked)
        return [pair for path in self.files for pair in pairs[path]]

    def models(self, settings: Settings, contract: Contract) -> FittedModels:
        """Name the one pair of models whose answers these are, or will be.

        Raises:
            RecordError: a file's are other ones than the first file's: numbers belong to one pair.
            BackendRejected, RunError: what is to be asked cannot be read.
        """
        found = {path: stored.models for path, stored in self.stored.items()}
        if self.rows:
            found |= dict.fromkeys(self.rows, models_of(settings, contract, SIDES))
        first = found[self.files[0]]
        for path, others in found.items():
            for side in SIDES:
                if others[side] != first[side]:
                    problem = f"answered by {side} {_told(others[side])}, {self.files[0].name} by "
                    raise RecordError(f"{problem}{_told(first[side])}: fit on one pair of models", path=path)
        bert, llm = (FittedModel(**first[side]._asdict()) for side in SIDES)
        calibration = calibrated(contract, first["llm"]).calibration
        read = llm.model_copy(update={"calibration": calibration and calibration.sha256})
        return FittedModels(bert=bert, llm=read)


def is_report(path: Path) -> bool:
    """Tell a JSON report from an array of labelled rows; what cannot be read says so when it is."""
    if path.suffix.lower() != ".json":
        return False
    try:
        with path.open("rb") as file:
            return not file.read(HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    except (OSError, ValueError):
        return True


def read_gold(
    data: Sequence[Path],
    contract: Contract,
    columns: Columns = DEFAULT_COLUMNS,
    *,
    sample: int | None = None,
    seed: int = 0,
    intake: Intake | None = None,
) -> GoldData:
    """Read stored reports, JSON objects in `.json`, and labelled files; no model is asked.

    Of the labelled files `sample` rows are drawn by `seed`, of each file and label its share.

    Raises:
        SettingsError: two files have one name, or one is standard input.
        RecordError: a file cannot be read or holds no text, or a row has no usable gold label.
    """
    check_names(data)
    reports = [path for path in data if is_report(path)]
    stored = {path: stored_pairs(path, contract) for path in reports}
    for path, found in stored.items():
        if not found.pairs:
            raise RecordError("no text: nothing can be fitted on it", path=path)
    labelled = [path for path in data if path not in reports]
    rows = drawn_rows(labelled, contract, columns, sample=sample, seed=seed, intake=intake)
    return GoldData(files=data, stored=stored, rows=rows)


def drawn_rows(
    paths: Sequence[Path],
    contract: Contract,
    columns: Columns,
    *,
    sample: int | None,
    seed: int,
    intake: Intake | None = None,
) -> dict[Path, list[GoldRow]]:
    """Read labelled files, all rows or `sample` of them drawn by `seed`, of each file and label its share.

    Raises:
        RecordError: a file cannot be read, a row has no usable gold label, or nothing of a file is drawn.
    """
    rows = [(path, row) for path in paths for row in gold_rows(path, columns, contract, intake=intake)]
    if sample is not None:
        rows = stratified(rows, sample, lambda item: (item[0].name, item[1].gold), seed=seed)
    by_file = {path: [row for source, row in rows if source == path] for path in paths}
    for path, drawn in by_file.items():
        if not drawn:
            raise RecordError(f"a sample of {sample} leaves nothing of it: draw more", path=path)
    return by_file


@contextmanager
def answered(
    gold: GoldData,
    settings: Settings,
    contract: Contract,
    *,
    out: Path,
    drawn: Mapping[str, int | None] = NOTHING_DRAWN,
    resume: bool = False,
    retry_failures: bool = False,
    on_progress: OnProgress = unwatched,
) -> Iterator[list[GoldPair]]:
    """Ask both backends about each row, and give all pairs, in the order of the files.

    What is asked is kept beside `out` until the block has ended well, and can be taken up, by the same
    `drawn`: what the rows were drawn by. It stays where a backend gave too few answers to fit on: those that
    failed are worth asking for again.

    Raises:
        RunError, BackendError, CheckpointError: the run cannot be kept; a backend is unusable.
    """
    if not gold.rows:
        yield gold.in_order({})
        return
    both = settings.model_copy(update={"backend": "both", "on_unmapped": "error"})  # plays no part
    records = [row.record for rows in gold.rows.values() for row in rows]
    kept = Kept("fit-policy", list(gold.rows), [out], drawn, resume, retry_failures)
    with run_of(records, questions(SIDES), both, contract, kept) as run:
        complete(run, both, on_progress=on_progress)
        pairs = gold.in_order(_asked_pairs(run.rows(), gold.rows, read_by(contract, settings.llm)))
        yield pairs
        if not too_few_answered(pairs):
            run.finish()


def _told(model: Model) -> str:
    known = ", ".join(f"{name} {value[:12]}" for name, value in model._asdict().items() if value)
    return f"({known})"


def _asked_pairs(
    rows: Iterator[tuple[Record, Said]], paths: Iterable[Path], contract: Contract
) -> dict[Path, list[GoldPair]]:
    found: dict[Path, list[GoldPair]] = {path: [] for path in paths}
    for record, said in rows:
        path = record.path or STANDARD_INPUT
        found[path] += gold_pairs([pair_of(record, said, SIDES, contract)], path)
    return found
