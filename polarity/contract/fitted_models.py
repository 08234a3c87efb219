"""The pair of models that a policy's numbers belong to, held against those that answer now."""

from collections.abc import Iterator, Mapping

from polarity.contract.schema import Fitted, FittedModel
from polarity.types import Model

ADVICE = "fit it again, or its promise does not hold"
SHOWN = 12  # characters of a hash: as many as tell any two files apart


def policy_mismatch(fitted: Fitted | None, models: Mapping[str, Model]) -> list[str]:
    """Say, a sentence each, how `models`, by backend, are not those that a policy was fitted on.

    Weights are told apart by their hash, whatever their name; where one side does not show them, the names
    must be the same, and that the rest is unknown is said where one side does. Nothing is said of a policy
    that was typed in, or whose fit is older than the record of its models.

    >>> from polarity.contract import load_contract
    >>> policy_mismatch(load_contract().policy.fitted, {"bert": Model("another checkpoint")})
    []
    """
    if fitted is None or fitted.models is None:
        return []
    return [
        sentence
        for backend, now in models.items()
        if (was := getattr(fitted.models, backend, None)) is not None
        for sentence in _differing(backend, was, now)
    ]


def _differing(backend: str, was: FittedModel, now: Model) -> Iterator[str]:
    pair = f"the policy was fitted on {backend} {_called(was.name, was.weights)}"
    if _is_another(was, now):
        yield f"{pair}, and {_called(now.name, now.weights)} answers: {ADVICE}"
        return
    if (was.weights is None) != (now.weights is None):
        yield f"{pair}, and {_called(now.name, now.weights)} answers: whether that is the same is unknown"
    if was.prompt and now.prompt and was.prompt != now.prompt:
        yield f"{pair}, asked by another prompt than now: {ADVICE}"
    if was.strategy and now.strategy and was.strategy != now.strategy:
        yield f"{pair}, asked by strategy {was.strategy!r}, and now by {now.strategy!r}: {ADVICE}"


def _is_another(was: FittedModel, now: Model) -> bool:
    if was.weights and now.weights:
        return was.weights != now.weights
    return was.name != now.name


def _called(name: str, weights: str | None) -> str:
    return f"{name!r} (weights {weights[:SHOWN] if weights else 'unknown'})"
