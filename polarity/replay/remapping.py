"""Stored report -> report: the same raw outputs under another contract, and no model is asked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from polarity.classifier import read_answer
from polarity.comparison import Pair
from polarity.contract import Contract, load_contract
from polarity.contract.calibrations import calibrated
from polarity.errors import CheckpointError, RecordError
from polarity.pages.writing import check_outputs
from polarity.records import check_gold, paths_of
from polarity.report.content import Report, Subject
from polarity.report.examples import MOST
from polarity.report.gates import check_bounds
from polarity.report.pairing import DECIDED, read_all
from polarity.report.writing import SUFFIXES, write_reports
from polarity.settings import Settings, load_settings
from polarity.statistics.gates import Bound
from polarity.stored import Row, StoredReport, read_report
from polarity.types import Scores


def remap(
    stored: StoredReport,
    contract: Contract,
    *,
    created: datetime,
    version: str,
    bounds: Sequence[Bound] = (),
    named: Path | None = None,
) -> tuple[Subject, list[Pair]]:
    """Map the raw outputs of a stored report again, and decide again, by `contract`.

    Source, models and settings are the stored report's; `remapped` names the contract under which
    the models were asked, and when. `created`, `version` and `bounds` are this run's, and so is the file or
    id by which the contract is `named`; of a file its name only, since a report is shared.

    Raises:
        RecordError: a gold label is not one of the contract's, or the contract does not bind the
            label names of the checkpoint that answered: every text would be unmapped.
    """
    asked = [side.backend for side in stored.sides.values() if side.backend in DECIDED]
    for at, row in enumerate(stored.rows):
        check_gold(row.gold, contract.labels, path=stored.path, where=f"pairs.{at}.gold: ")
        _check_binding(row, at, asked, stored, contract)
    left, right = stored.sides["left"], stored.sides["right"]
    contract = _as_answered(contract, stored)
    subject = Subject(
        contract=contract,
        left=left,
        right=right,
        source=stored.source,
        created=created,
        version=version,
        settings={**stored.settings, "contract": None if named is None else named.name},
        remapped=stored.origin,
        bounds=bounds,
        columns=tuple(stored.rows[0].columns) if stored.rows else (),
    )
    return subject, [_pair(row, left.backend, right.backend, contract) for row in stored.rows]


def _as_answered(contract: Contract, stored: StoredReport) -> Contract:
    """Give the contract as it reads the scores of the language model that answered for the report."""
    sides = stored.sides.values()
    answered = next((side.answered for side in sides if side.backend == "llm"), None)
    return calibrated(contract, answered) if answered else contract


def _check_binding(row: Row, at: int, asked: Sequence[str], stored: StoredReport, contract: Contract) -> None:
    """Hold stored scores of a checkpoint against the binding, as loading it does."""
    for name in asked:
        raw = row.raws[name]
        if isinstance(raw, Scores) and raw.source == "softmax":
            try:
                contract.check_binding(list(raw.probabilities))
            except CheckpointError as error:
                raise RecordError(
                    f"pairs.{at}: what {name} said does not fit: {error}", path=stored.path
                ) from None


def _pair(row: Row, left: str, right: str, contract: Contract) -> Pair:
    result, answers = read_all(row.raws, contract)
    return Pair(
        id=row.id,
        text=row.text,
        gold=row.gold,
        left=answers[left],
        right=answers[right],
        result=result,
        repeats=tuple(read_answer(raw, contract) for raw in row.repeats),
        columns=row.columns,
        place=row.place,
    )


def remap_report(
    path: Path,
    out: str | Path | Sequence[str | Path],
    settings: Settings | None = None,
    *,
    examples: int = MOST,
    bounds: Sequence[Bound] = (),
) -> Report:
    """Read a JSON report's raw outputs by the settings' contract, and write the report anew to `out`.

    Raises:
        SettingsError: a bound is on nothing that is measured.
        ContractError, RecordError: the contract or the report cannot be used, or an output not written.
    """
    outputs = paths_of(out)
    check_outputs(outputs, SUFFIXES, [path])
    named = (settings or load_settings()).contract
    stored, contract = read_report(path), load_contract(named)
    sides = stored.sides.values()
    is_decided = {side.backend for side in sides} == {*DECIDED}
    check_bounds(bounds, [side.called for side in sides], is_decided=is_decided)
    own = version("polarity")
    subject, pairs = remap(
        stored, contract, created=datetime.now(UTC), version=own, bounds=bounds, named=named
    )
    return write_reports(outputs, pairs, subject, most=examples, left_out=lambda: stored.left_out)
