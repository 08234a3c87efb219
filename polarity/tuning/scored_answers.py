"""Labelled texts with a language model's scores, of stored reports or of files that it is asked about."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from polarity.asking.kept import Kept
from polarity.asking.labelling import labelling
from polarity.asking.progress import OnProgress, unwatched
from polarity.backends.identity import llm_model
from polarity.classifier import replay
from polarity.contract import Contract
from polarity.contract.provenance import CalibratedModel
from polarity.contract.review.amending import without_calibrations
from polarity.errors import RecordError, SettingsError
from polarity.records import Columns, GoldRow, Intake, check_gold
from polarity.settings import Settings
from polarity.statistics.enough import too_many_failures
from polarity.stored import StoredReport, read_report
from polarity.tuning.calibration_fit import ScoredText
from polarity.tuning.gold_data import check_names, drawn_rows, is_report
from polarity.types import Failure, Model, RawOutput
from polarity.weights import form_of


class Answers(NamedTuple):
    """What is to be calibrated on: texts of stored reports, rows that are still to be asked about, the model.

    `contract` reads scores as they are.
    """

    files: Sequence[Path]
    stored: dict[Path, list[ScoredText]]
    rows: Mapping[Path, Sequence[GoldRow]]
    model: CalibratedModel
    contract: Contract

    @property
    def golds(self) -> list[str]:
        """The gold label of every text."""
        stored = [text.gold for texts in self.stored.values() for text in texts]
        return stored + [row.gold for rows in self.rows.values() for row in rows]


def read_answers(
    data: Sequence[Path],
    settings: Settings,
    contract: Contract,
    columns: Columns,
    *,
    sample: int | None,
    seed: int,
    intake: Intake | None = None,
) -> Answers:
    """Read reports, JSON objects in `.json`, and labelled files; no model is asked.

    `sample` and `seed` are for `drawn_rows`.

    Raises:
        SettingsError: two files have one name, or the LLM is to be asked for words alone.
        RecordError: a file cannot be read, or a text has no usable gold label; or a file's answers are of
            another model, or asked otherwise, than the first one's.
        WeightsError: the weights that are to be asked are not there.
    """
    check_names(data)
    bare = without_calibrations(contract)
    reports = {path: read_report(path) for path in data if is_report(path)}
    labelled = [path for path in data if path not in reports]
    rows = drawn_rows(labelled, bare, columns, sample=sample, seed=seed, intake=intake)
    models = {path: _answered(report) for path, report in reports.items()}
    if rows:
        models |= dict.fromkeys(rows, _to_be_asked(settings, bare))
    first = models[data[0]]
    for path, model in models.items():
        if model != first:
            told = f"answered by {_told(model)}, {data[0].name} by {_told(first)}"
            raise RecordError(f"{told}: a calibration is for one model and prompt", path=path)
    stored = {path: _texts(report, bare) for path, report in reports.items()}
    return Answers(data, stored, rows, first, bare)


def _answered(report: StoredReport) -> CalibratedModel:
    sides = [side for side in report.sides.values() if side.backend == "llm"]
    if not sides:
        raise RecordError("meta: not a report about the backend 'llm'", path=report.path)
    found, api = sides[0].answered, report.settings.get("llm.api")
    if found.prompt is None or api not in ("completions", "chat"):
        raise RecordError("meta: it does not say by which prompt the LLM was asked", path=report.path)
    return _calibrated_model(found, str(api))


def _to_be_asked(settings: Settings, contract: Contract) -> CalibratedModel:
    if settings.llm.strategy in ("free", "constrained"):
        raise SettingsError(f"llm.strategy: {settings.llm.strategy!r} gives no scores: set 'score'")
    return _calibrated_model(llm_model(settings.llm, contract), form_of(settings.llm))


def _calibrated_model(model: Model, api: str) -> CalibratedModel:
    values = {"name": model.name, "api": api, "weights": model.weights, "prompt": model.prompt}
    return CalibratedModel.model_validate(values)


def _told(model: CalibratedModel) -> str:
    weights = f"weights {model.weights[:12]}" if model.weights else "unknown weights"
    return f"{model.name!r} ({weights}, {model.api}, prompt {model.prompt[:12]})"


def _texts(report: StoredReport, contract: Contract) -> list[ScoredText]:
    found = []
    for at, row in enumerate(report.rows):
        where = f"pairs.{at}.gold: "
        if row.gold is None:
            raise RecordError(f"{where}the text has no gold label", path=report.path)
        check_gold(row.gold, contract.labels, path=report.path, where=where)
        found.append(_text(report.path, row.gold, row.raws["llm"], contract))
    return found


def _text(path: Path, gold: str, raw: RawOutput, contract: Contract) -> ScoredText:
    return ScoredText(path.name, gold, replay("llm", {"llm": raw}, contract))


@contextmanager
def scored_texts(
    answers: Answers, settings: Settings, kept: Kept, *, on_progress: OnProgress = unwatched
) -> Iterator[list[ScoredText]]:
    """Ask about the rows, and give all texts in the order of the files.

    The run stays where the LLM gave too few answers: those that failed are worth asking for again.

    Raises:
        RunError, BackendError: the run cannot be kept; the LLM is unusable.
    """
    if not answers.rows:
        yield [text for path in answers.files for text in answers.stored[path]]
        return
    alone = settings.model_copy(update={"backend": "llm", "on_unmapped": "error"})
    records = [row.record for rows in answers.rows.values() for row in rows]
    with labelling(records, alone, contract=answers.contract, kept=kept, on_progress=on_progress) as labelled:
        results = (result for _, result in labelled)
        asked = {
            path: [
                ScoredText(path.name, row.gold, result)
                for row, result in zip(rows, islice(results, len(rows)), strict=True)
            ]
            for path, rows in answers.rows.items()
        }
        list(results)  # the run is whole only when it was read to its end
        texts = [text for path in answers.files for text in (answers.stored | asked)[path]]
        yield texts
        if too_few_scored(texts):
            labelled.stay()


def too_few_scored(texts: Sequence[ScoredText]) -> str | None:
    """Say that too many texts got no answer, or None."""
    failed = sum(isinstance(text.result.answers["llm"].raw, Failure) for text in texts)
    return (
        f"{failed:,} of {len(texts):,} texts got no answer" if too_many_failures(len(texts), failed) else None
    )
