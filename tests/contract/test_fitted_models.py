"""The pair of models a policy belongs to, held against who answers."""

from dataclasses import replace

import pytest

from polarity.contract import Contract, load_contract
from polarity.contract.fitted_models import policy_mismatch
from polarity.contract.provenance import Fitted, FittedFile, FittedModel, FittedModels
from polarity.types import Model
from tests.calibrations import calibration, with_calibrations

A, B, C = "a" * 64, "b" * 64, "c" * 64
FITTED = Fitted(
    command="polarity contract fit-policy a.json",
    polarity="0.5.0",
    contract_version="1.2.3",
    contract_sha256=A,
    n=200,
    seed=0,
    folds=5,
    llm_cost=0.01,
    kept=(),
    accuracy=0.7,
    accuracy_interval=(0.6, 0.8),
    llm_calls_saved=0.5,
    data=(FittedFile(name="a.json", sha256=A, n=200),),
    models=FittedModels(
        bert=FittedModel(name="tiny", weights=A),
        llm=FittedModel(name="small.gguf", weights=B, prompt=C, strategy="score"),
    ),
)
CALIBRATION = calibration({"NEGATIVE": 0.5, "NEUTRAL": -0.5, "POSITIVE": 0.0}, weights=B, prompt=C)
REMOTE = FITTED.model_copy(
    update={"models": FittedModels(bert=FittedModel(name="org/tiny"), llm=FittedModel(name="large"))}
)
AGAIN = "fit it again, or its promise does not hold"
HASHED, UNKNOWN = "(weights aaaaaaaaaaaa)", "(weights unknown)"
OPEN = "whether that is the same is unknown"
SMALL = "llm 'small.gguf' (weights bbbbbbbbbbbb), asked by"


@pytest.mark.parametrize(
    ("fitted", "models", "expected"),
    [
        (FITTED, {"bert": Model("tiny", A), "llm": Model("small.gguf", B, C, "score")}, []),
        (FITTED, {"bert": Model("moved", A), "llm": Model("renamed.gguf", B, C, "score")}, []),
        (FITTED, {}, []),
        (REMOTE, {"bert": Model("org/tiny"), "llm": Model("large", None, C, "free")}, []),
        (
            FITTED,
            {"bert": Model("tiny", B)},
            [f"bert 'tiny' {HASHED}, and 'tiny' (weights bbbbbbbbbbbb) answers: {AGAIN}"],
        ),
        (
            REMOTE,
            {"llm": Model("larger")},
            [f"llm 'large' {UNKNOWN}, and 'larger' {UNKNOWN} answers: {AGAIN}"],
        ),
        (
            REMOTE,
            {"bert": Model("org/tiny", A)},
            [f"bert 'org/tiny' {UNKNOWN}, and 'org/tiny' {HASHED} answers: {OPEN}"],
        ),
        (
            FITTED,
            {"llm": Model("small.gguf", B, A, "free")},
            [
                f"{SMALL} another prompt than now: {AGAIN}",
                f"{SMALL} strategy 'score', and now by 'free': {AGAIN}",
            ],
        ),
    ],
)
def test_what_differs_is_said(fitted: Fitted, models: dict[str, Model], expected: list[str]) -> None:
    """Weights count by their hash, else by their name; what cannot be known is said to be unknown."""
    assert [f"the policy was fitted on {said}" for said in expected] == policy_mismatch(_with(fitted), models)


def _with(fitted: Fitted | None) -> Contract:
    contract = load_contract()
    policy = contract.policy.model_copy(update={"fitted": fitted})
    return replace(contract, file=contract.file.model_copy(update={"policy": policy}))


@pytest.mark.parametrize(("was", "says_so"), [(None, True), ("d" * 64, True), (CALIBRATION.sha256, False)])
def test_a_policy_weighs_scores_as_they_were_read(was: str | None, *, says_so: bool) -> None:
    """A calibration that came after the fit, or is another one, changes what the policy weighs."""
    llm = FittedModel(name="small.gguf", weights=B, prompt=C, strategy="score", calibration=was)
    models = FittedModels(bert=FittedModel(name="tiny"), llm=llm)
    contract = with_calibrations(_with(FITTED.model_copy(update={"models": models})), CALIBRATION)
    expected = f"its scores read by another calibration than now, or by none: {AGAIN}"
    said = [f"the policy was fitted on llm 'small.gguf', {expected}"] if says_so else []
    assert said == policy_mismatch(contract, {"llm": Model("small.gguf", B, C, "score")})


@pytest.mark.parametrize("fitted", [None, FITTED.model_copy(update={"models": None})])
def test_what_was_not_recorded_warns_of_nothing(fitted: Fitted | None) -> None:
    """A policy that was typed in, and one of before there was a record."""
    assert [] == policy_mismatch(_with(fitted), {"bert": Model("other"), "llm": Model("another")})
    assert load_contract().policy.fitted is not None
