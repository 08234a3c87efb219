"""Labelled files -> a contract with a fitted policy, from the asking to the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.asking.progress import OnProgress, unwatched
from polarity.asking.settling import settled
from polarity.contract import load_contract
from polarity.errors import SettingsError
from polarity.records import DEFAULT_COLUMNS, Columns, Intake, check_place, replacing
from polarity.settings import Settings, load_settings
from polarity.sources import sources_of
from polarity.statistics.gates import Judgement, judged
from polarity.tuning.fitted_contract import FittedContract, fitted_contract, newer_version
from polarity.tuning.gold_data import answered, read_gold
from polarity.tuning.policy_fit import DEFAULT_PLAN, Plan
from polarity.tuning.too_few import too_few_answered, too_few_labelled


class ContractFit(NamedTuple):
    """What was fitted and written; None where the data are too little, as `judgement` says."""

    contract: FittedContract | None
    judgement: Judgement


def fit_contract_policy(
    data: str | Path | Sequence[str | Path],
    out: str | Path,
    settings: Settings | None = None,
    *,
    version: str | None = None,
    plan: Plan = DEFAULT_PLAN,
    columns: Columns = DEFAULT_COLUMNS,
    sample: int | None = None,
    resume: bool = False,
    retry_failures: bool = False,
    intake: Intake | None = None,
    on_progress: OnProgress = unwatched,
) -> ContractFit:
    """Fit the policy of the settings' contract to labelled data, and write one with the new policy to `out`.

    Nothing else in it differs but its version: `version` or, without one, the next minor one. A report's
    raw outputs are taken as they are; about a labelled file both backends are asked, unless it is known
    before that the texts are too few. With `sample` it is so many rows of all labelled files, drawn by the
    plan's seed, of each file and label its share. What a model says is kept beside `out` as it comes: a run
    that was stopped goes on with `resume`; with `retry_failures` also what failed is asked again.

    Raises:
        SettingsError: `out` is no `.toml` file, `version` is not above the old one, or two files have one
            name.
        PolarityError: the data are not of one pair of models; or the contract, the data, the output, the run
            or a backend cannot be used.
    """
    settings = settings or load_settings()
    paths, output = sources_of(data, settings.store), Path(out)
    if output.suffix != ".toml":  # the data's own files, for one, are none
        raise SettingsError(f"out: {str(output)!r} is no .toml file")
    check_place(output)
    old = load_contract(settings.contract)
    version = newer_version(version, old)
    gold = read_gold(paths, old, columns, sample=sample, seed=plan.seed, intake=intake)
    if problem := too_few_labelled(gold.golds, old.labels):
        return _too_little(problem)
    if gold.rows:
        settings = settled(settings.model_copy(update={"backend": "both"}), old)
    models = gold.models(settings, old)
    with answered(
        gold,
        settings,
        old,
        out=output,
        drawn={} if sample is None else {"sample": sample, "seed": plan.seed},
        resume=resume,
        retry_failures=retry_failures,
        on_progress=on_progress,
    ) as pairs:
        if problem := too_few_answered(pairs):
            return _too_little(problem)
        found = fitted_contract(
            pairs,
            old,
            paths,
            plan=plan,
            version=version,
            models=models,
            asked=_named(settings, is_asked=bool(gold.rows)),
            sample=sample,
        )
        with replacing(output) as file:
            file.write(found.text)
    return ContractFit(found, judged([]))


def _too_little(problem: str) -> ContractFit:
    return ContractFit(None, judged([], f"{problem}; nothing was written"))


def _named(settings: Settings, *, is_asked: bool) -> list[str]:
    """Write the options that name the contract, by its file's name, and how the LLM was asked, if it was."""
    words = ["--contract", settings.contract.name] if settings.contract else []
    return [*words, "--strategy", str(settings.llm.strategy)] if is_asked else words
