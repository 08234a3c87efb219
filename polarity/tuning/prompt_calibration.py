"""Labelled files -> a contract that calibrates a language model's scores, from the asking to the file."""

import hashlib
import shlex
from collections.abc import Sequence
from importlib.metadata import version as version_of
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from polarity.asking.kept import Kept
from polarity.asking.progress import OnProgress, unwatched
from polarity.contract import Contract, load_contract
from polarity.contract.provenance import CalibratedFile, CalibratedModel, Calibration, CalibrationFit
from polarity.contract.review.amending import with_calibration
from polarity.contract.review.levels import Level
from polarity.errors import SettingsError
from polarity.records import DEFAULT_COLUMNS, Columns, Intake, check_place, replacing
from polarity.settings import Settings, load_settings
from polarity.sources import sources_of
from polarity.statistics.gates import Judgement, judged
from polarity.tuning.calibration_fit import CalibrationFound, Method, Right, fit_calibration
from polarity.tuning.fitted_contract import DIGITS, newer_version
from polarity.tuning.scored_answers import read_answers, scored_texts, too_few_scored
from polarity.tuning.too_few import too_few_labelled


class CalibrationPlan(NamedTuple):
    """How a calibration is taken and measured; `sample` rows of the labelled files are drawn by `seed`."""

    method: Method = "fitted"
    folds: int = 5
    seed: int = 0
    sample: int | None = None


DEFAULT_PLAN = CalibrationPlan()


class PromptCalibration(NamedTuple):
    """What was found and written; None where the data are too little, as `judgement` says.

    `warnings` say why the contract's policy may no longer keep its promise.
    """

    calibration: Calibration | None
    found: CalibrationFound | None
    warnings: Sequence[str]
    judgement: Judgement


def calibrate_prompt(
    data: str | Path | Sequence[str | Path],
    out: str | Path,
    settings: Settings | None = None,
    *,
    version: str | None = None,
    plan: CalibrationPlan = DEFAULT_PLAN,
    columns: Columns = DEFAULT_COLUMNS,
    resume: bool = False,
    retry_failures: bool = False,
    intake: Intake | None = None,
    on_progress: OnProgress = unwatched,
) -> PromptCalibration:
    """Calibrate the scores of the settings' LLM on labelled data, and write a contract that does it to `out`.

    Nothing else in it differs but its version: `version` or, without one, the next major one, since stored
    scores may get another label. A report's raw outputs are taken as they are; about a labelled file the LLM
    is asked, and what it says is kept beside `out`: a run that was stopped goes on with `resume`; with
    `retry_failures` also what failed is asked again.

    Raises:
        SettingsError: `out` is no `.toml` file, `version` is not above the old one, two files have one name,
            or the LLM is asked for words alone.
        PolarityError: the data are not of one model and prompt; or the contract, the data, the output, the
            run or the LLM cannot be used.
    """
    settings = settings or load_settings()
    paths, output = sources_of(data, settings.store), Path(out)
    if output.suffix != ".toml":  # the data's own files, for one, are none
        raise SettingsError(f"out: {str(output)!r} is no .toml file")
    check_place(output)
    old = load_contract(settings.contract)
    version = newer_version(version, old, Level.MAJOR)
    answers = read_answers(paths, settings, old, columns, sample=plan.sample, seed=plan.seed, intake=intake)
    if problem := too_few_labelled(answers.golds, old.labels):
        return _too_little(problem)
    drawn = {} if plan.sample is None else {"sample": plan.sample, "seed": plan.seed}
    kept = Kept("prompt-calibrate", list(answers.rows), [output], drawn, resume, retry_failures)
    with scored_texts(answers, settings, kept, on_progress=on_progress) as texts:
        if problem := too_few_scored(texts):
            return _too_little(problem)
        try:
            found = fit_calibration(texts, old.labels, method=plan.method, folds=plan.folds, seed=plan.seed)
        except ValueError as error:
            return _too_little(str(error))
        calibration = _calibration(found, old, paths, answers.model, plan)
        text = with_calibration(old, calibration, version)
        with replacing(output) as file:
            file.write(text)
    return PromptCalibration(calibration, found, _warnings(old), judged([]))


def _too_little(problem: str) -> PromptCalibration:
    return PromptCalibration(None, None, (), judged([], f"{problem}; nothing was written"))


def _warnings(old: Contract) -> list[str]:
    """Say that the policy weighs scores as they were read before, where it was fitted."""
    told = "the policy was fitted on scores as they were read before: fit it again (contract fit-policy)"
    return [told] if old.policy.fitted else []


def _calibration(
    found: CalibrationFound,
    old: Contract,
    paths: Sequence[Path],
    model: CalibratedModel,
    plan: CalibrationPlan,
) -> Calibration:
    given = {"api": model.api, **plan._asdict()}
    options = [(f"--{name}", str(value)) for name, value in given.items() if value is not None]
    rows = {right.data: right for right in found.right}
    files = tuple(_file(path, rows[path.name]) for path in paths)
    names = [path.name for path in paths]
    fitted = CalibrationFit(
        command=shlex.join(["polarity", "prompt", "calibrate", *names, *chain.from_iterable(options)]),
        polarity=version_of("polarity"),
        contract_version=old.ref.version,
        contract_sha256=old.ref.sha256,
        method=plan.method,
        n=sum(file.n for file in files),
        scored=found.scored,
        seed=plan.seed,
        folds=found.folds,
        held_out=found.held_out,
        data=files,
    )
    return Calibration(
        offsets=found.offsets.offsets, temperature=found.offsets.temperature, model=model, fitted=fitted
    )


def _file(path: Path, right: Right) -> CalibratedFile:
    return CalibratedFile(
        name=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        n=right.n,
        accuracy=round(right.accuracy, DIGITS),
        macro_f1=round(right.macro_f1, DIGITS),
        accuracy_before=round(right.accuracy_before, DIGITS),
        macro_f1_before=round(right.macro_f1_before, DIGITS),
    )
