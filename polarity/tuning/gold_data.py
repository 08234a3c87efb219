"""Labelled data for a policy: stored reports, or files that both backends are asked about."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from polarity.asking.complete import complete
from polarity.asking.kept import Kept, run_of
from polarity.asking.progress import OnProgress, unwatched
from polarity.asking.questions import Said, questions
from polarity.contract import Contract
from polarity.errors import RecordError, SettingsError
from polarity.records import DEFAULT_COLUMNS, STANDARD_INPUT, Columns, Record, gold_rows
from polarity.replay.remapping import remap
from polarity.report.pairing import pair_of
from polarity.settings import Settings
from polarity.stored import read_report
from polarity.tuning.policy_worth import GoldPair, gold_pairs

SIDES = ("bert", "llm")


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


def stored_pairs(path: Path, contract: Contract) -> list[GoldPair]:
    """Read a JSON report and map and decide again by `contract`; no model is asked.

    Raises:
        RecordError: it is no JSON report, does not fit the contract, or a text has no gold label.
    """
    stored, now = read_report(path), datetime.now(UTC)
    names = tuple(side.backend for side in stored.sides.values())
    if sorted(names) != sorted(SIDES):
        raise RecordError(f"meta: not a report of 'bert' and 'llm' but of {names}", path=path)
    _, pairs = remap(stored, contract, created=now, version=version("polarity"))
    return gold_pairs(pairs, path)


@contextmanager
def gold_data(
    data: Sequence[Path],
    settings: Settings,
    contract: Contract,
    *,
    out: Path,
    options: Mapping[str, Any],
    columns: Columns = DEFAULT_COLUMNS,
    resume: bool = False,
    retry_failures: bool = False,
    on_progress: OnProgress = unwatched,
) -> Iterator[list[GoldPair]]:
    """Take a report's raw outputs as they are, and ask both backends about each text of a labelled file.

    What is asked is kept beside `out` until the block has ended well, and can be taken up; `options` are
    those that must be the same then.

    Raises:
        SettingsError: two files have one name.
        RecordError: a file cannot be read, or a row has no usable gold label.
        RunError, BackendError: the run cannot be kept; a backend is unusable.
    """
    check_names(data)
    stored = {path: stored_pairs(path, contract) for path in data if path.suffix.lower() == ".json"}
    asked = [path for path in data if path not in stored]
    if not asked:
        yield list(chain.from_iterable(stored.values()))
        return
    rows = chain.from_iterable(gold_rows(path, columns, contract.labels) for path in asked)
    kept = Kept("fit-policy", asked, [out], options, resume, retry_failures)
    with run_of((row.record for row in rows), questions(SIDES), settings, contract, kept) as run:
        complete(run, settings, on_progress=on_progress)
        found = stored | _asked_pairs(run.rows(), asked, contract)
        yield [pair for path in data for pair in found[path]]
        run.finish()


def _asked_pairs(
    rows: Iterator[tuple[Record, Said]], paths: Sequence[Path], contract: Contract
) -> dict[Path, list[GoldPair]]:
    found: dict[Path, list[GoldPair]] = {path: [] for path in paths}
    for record, said in rows:
        path = record.path or STANDARD_INPUT
        found[path] += gold_pairs([pair_of(record, said, SIDES, contract)], path)
    return found
