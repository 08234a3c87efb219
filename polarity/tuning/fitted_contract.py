"""A policy's numbers, fitted to labelled pairs, and the contract file that holds them."""

import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version as version_of
from pathlib import Path
from typing import NamedTuple

from polarity.contract import Contract
from polarity.contract.review.amending import next_minor, with_policy
from polarity.contract.review.levels import risen
from polarity.contract.schema import SEMANTIC_VERSION, Fitted, FittedFile, Policy
from polarity.errors import SettingsError
from polarity.tuning.policy_fit import Fit, Plan, fit
from polarity.tuning.policy_worth import GoldPair, Worth, alone, decide, measure

DIGITS = 4


class FittedContract(NamedTuple):
    """The text of a contract file, the policy in it, how it was fitted, and what it is worth.

    `measured` has each backend alone, both by the old policy, and both by the fitted one, out of fold.
    """

    text: str
    policy: Policy
    fit: Fit
    measured: Sequence[Worth]


def fitted_contract(
    pairs: Sequence[GoldPair], old: Contract, data: Sequence[Path], *, plan: Plan, version: str
) -> FittedContract:
    """Fit the policy's thresholds, weights and offsets; in nothing else does the contract differ.

    `data` are the files that the pairs are from: their names and hashes stand in the contract.
    """
    found = fit(pairs, old.policy, old.labels, plan)
    policy = found.policy.model_copy(update={"fitted": _provenance(found, old, data, pairs, plan)})
    return FittedContract(
        with_policy(old, policy, version), policy, found, _measured(pairs, found, old, version)
    )


def newer_version(version: str | None, old: Contract) -> str:
    """Give the version of a contract that follows `old`: two of one version must not decide differently.

    Raises:
        SettingsError: `version` is none, or not above the old one.
    """
    if version is None:
        return next_minor(old.ref.version)
    if not re.fullmatch(SEMANTIC_VERSION, version) or risen(old.ref.version, version) is None:
        raise SettingsError(f"version: {version!r} is no X.Y.Z above {old.ref.version}")
    return version


def _provenance(
    found: Fit,
    old: Contract,
    data: Sequence[Path],
    pairs: Sequence[GoldPair],
    plan: Plan,
) -> Fitted:
    options = [
        word for name, value in plan._asdict().items() for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    texts = Counter(pair.data for pair in pairs)
    return Fitted(
        command=shlex.join(["polarity", "contract", "fit-policy", *(path.name for path in data), *options]),
        polarity=version_of("polarity"),
        contract_version=old.ref.version,
        contract_sha256=old.ref.sha256,
        n=len(pairs),
        **plan._asdict(),
        kept=found.kept,
        accuracy=round(found.accuracy.value, DIGITS),
        accuracy_interval=(round(found.accuracy.low, DIGITS), round(found.accuracy.high, DIGITS)),
        llm_calls_saved=round(found.llm_calls_saved, DIGITS),
        data=tuple(
            FittedFile(
                name=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), n=texts[path.name]
            )
            for path in data
        ),
    )


def _measured(pairs: Sequence[GoldPair], found: Fit, old: Contract, version: str) -> list[Worth]:
    """Measure each backend alone, both by the old policy, and both by the fitted one, out of fold."""
    by_version = {old.ref.version: decide(pairs, old.policy), version: found.results}
    return alone(pairs, old.labels) + [
        measure(pairs, results, old.labels, who=f"both {name}") for name, results in by_version.items()
    ]
