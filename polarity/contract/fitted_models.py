"""The pair of models that a policy's numbers belong to, held against those that answer now."""

from collections.abc import Iterator, Mapping

from polarity.contract.calibrations import calibrated, called
from polarity.contract.loading import Contract
from polarity.contract.provenance import FittedModel
from polarity.types import Model

ADVICE = "fit it again, or its promise does not hold"


def policy_mismatch(contract: Contract, models: Mapping[str, Model]) -> list[str]:
    """Say, a sentence each, how `models`, by backend, are not those that the contract's policy was fitted on.

    Weights are told apart by their hash, whatever their name; where one side does not show them, the names
    must be the same, and that the rest is unknown is said where one side does. Nothing is said of a policy
    that was typed in, or whose fit is older than the record of its models.

    >>> from polarity.contract import load_contract
    >>> policy_mismatch(load_contract(), {})
    []
    >>> policy_mismatch(load_contract(), {"llm": Model("another")})[0][:46]
    "the policy was fitted on llm 'qwen2.5-1.5b' (w"
    """
    fitted = contract.policy.fitted
    if fitted is None or fitted.models is None:
        return []
    found = [
        sentence
        for backend, now in models.items()
        if (was := getattr(fitted.models, backend, None)) is not None
        for sentence in _differing(backend, was, now)
    ]
    if not found and "llm" in models:
        found += _read_otherwise(fitted.models.llm, contract, models["llm"])
    return found


def _read_otherwise(was: FittedModel, contract: Contract, now: Model) -> Iterator[str]:
    """Say that the policy weighs scores which a calibration has changed since, or changes no more."""
    calibration = calibrated(contract, now).calibration
    if was.calibration != (calibration and calibration.sha256):
        pair = f"the policy was fitted on llm {was.name!r}"
        yield f"{pair}, its scores read by another calibration than now, or by none: {ADVICE}"


def _differing(backend: str, was: FittedModel, now: Model) -> Iterator[str]:
    pair = f"the policy was fitted on {backend} {called(was.name, was.weights)}"
    if _is_another(was, now):
        yield f"{pair}, and {called(now.name, now.weights)} answers: {ADVICE}"
        return
    if (was.weights is None) != (now.weights is None):
        yield f"{pair}, and {called(now.name, now.weights)} answers: whether that is the same is unknown"
    if was.prompt and now.prompt and was.prompt != now.prompt:
        yield f"{pair}, asked by another prompt than now: {ADVICE}"
    if was.strategy and now.strategy and was.strategy != now.strategy:
        yield f"{pair}, asked by strategy {was.strategy!r}, and now by {now.strategy!r}: {ADVICE}"


def _is_another(was: FittedModel, now: Model) -> bool:
    if was.weights and now.weights:
        return was.weights != now.weights
    return was.name != now.name
