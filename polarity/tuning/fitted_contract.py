"""A policy's numbers, fitted to labelled pairs, and the contract file that holds them."""

import hashlib
import re
import shlex
from collections.abc import Sequence
from importlib.metadata import version as version_of
from pathlib import Path
from typing import NamedTuple

from polarity.contract import Contract
from polarity.contract.provenance import Fitted, FittedFile, FittedModels
from polarity.contract.review.amending import next_major, next_minor, with_policy
from polarity.contract.review.levels import Level, risen
from polarity.contract.schema import SEMANTIC_VERSION, Policy
from polarity.errors import SettingsError
from polarity.sources import typed
from polarity.statistics.intervals import Interval
from polarity.tuning.policy_fit import Fit, Plan, fit
from polarity.tuning.policy_worth import GoldPair, Worth, decide, losing, measured_by_file

DIGITS = 4


class FittedContract(NamedTuple):
    """The text of a contract file, the policy in it, how it was fitted, and what it is worth.

    `measured` has each backend alone, both by the old policy, and both by the fitted one, out of fold: on
    each data file and, if there are several, on all texts. `loses` says where the fitted one is worse than
    the better backend alone.
    """

    text: str
    policy: Policy
    fit: Fit
    measured: Sequence[Worth]
    loses: Sequence[str]


def fitted_contract(
    pairs: Sequence[GoldPair],
    old: Contract,
    data: Sequence[Path],
    *,
    plan: Plan,
    version: str,
    models: FittedModels,
    asked: Sequence[str] = (),
    sample: int | None = None,
) -> FittedContract:
    """Fit the policy's thresholds, weights and offsets; in nothing else does the contract differ.

    `data` are the files that the pairs are from: their names and hashes stand in the contract, and so do
    the `models` whose answers they are. `asked` are the options that name the old contract, and how the LLM
    was asked; `sample` is how many rows were drawn of them.
    """
    found = fit(pairs, old.policy, old.labels, plan)
    ways = {f"both {old.ref.version}": decide(pairs, old.policy), f"both {version}": found.results}
    measured = measured_by_file(pairs, ways, old.labels)
    own = {row.data: row for row in measured if row.who == f"both {version}"}
    files = tuple(_file(path, own[path.name]) for path in data)
    policy = found.policy.model_copy(
        update={"fitted": _provenance(found, old, files, plan, models, [*map(typed, data), *asked], sample)}
    )
    loses = losing(measured, f"both {version}")
    return FittedContract(with_policy(old, policy, version), policy, found, measured, loses)


def newer_version(version: str | None, old: Contract, least: Level = Level.MINOR) -> str:
    """Give the version of a contract that follows `old`: two of one version must not decide differently.

    Without one it is the next that the change needs at `least`.

    Raises:
        SettingsError: `version` is none, or not above the old one.
    """
    if version is None:
        return (next_major if least is Level.MAJOR else next_minor)(old.ref.version)
    if not re.fullmatch(SEMANTIC_VERSION, version) or risen(old.ref.version, version) is None:
        raise SettingsError(f"version: {version!r} is no X.Y.Z above {old.ref.version}")
    return version


def _provenance(
    found: Fit,
    old: Contract,
    files: tuple[FittedFile, ...],
    plan: Plan,
    models: FittedModels,
    words: Sequence[str],
    sample: int | None,
) -> Fitted:
    given = plan._asdict() | ({} if sample is None else {"sample": sample})
    options = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return Fitted(
        command=shlex.join(["polarity", "contract", "fit-policy", *words, *options]),
        polarity=version_of("polarity"),
        contract_version=old.ref.version,
        contract_sha256=old.ref.sha256,
        n=sum(file.n for file in files),
        seed=plan.seed,
        folds=found.folds,
        held_out=found.held_out,
        llm_cost=plan.llm_cost,
        kept=found.kept,
        accuracy=round(found.accuracy.value, DIGITS),
        accuracy_interval=(round(found.accuracy.low, DIGITS), round(found.accuracy.high, DIGITS)),
        llm_calls_saved=round(found.llm_calls_saved, DIGITS),
        data=files,
        models=models,
    )


def _file(path: Path, worth: Worth) -> FittedFile:
    return FittedFile(
        name=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        n=worth.n,
        accuracy=round(worth.accuracy, DIGITS),
        macro_f1=round(worth.macro_f1, DIGITS),
        llm_calls_saved=round(1 - worth.llm_share, DIGITS),
        against_bert=_rounded(worth.difference),
        against_llm=_rounded(worth.against_llm),
    )


def _rounded(found: Interval | None) -> tuple[float, float, float] | None:
    if found is None:
        return None
    return round(found.value, DIGITS), round(found.low, DIGITS), round(found.high, DIGITS)
