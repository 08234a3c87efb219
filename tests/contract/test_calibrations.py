"""Which calibration is for the model that answers, and what is said where none is."""

import pytest

from polarity.contract import Contract
from polarity.contract.calibrations import by_rule, calibrated, calibration_mismatch
from polarity.errors import ContractError
from polarity.types import Model
from tests.calibrations import calibration, with_calibrations
from tests.synthetic import CONTRACT, SOURCE

A, B, C, D = "a" * 64, "b" * 64, "c" * 64, "d" * 64
OFFSETS = {"NEGATIVE": 0.5, "NEUTRAL": 0.0, "POSITIVE": -0.5}
CHAT = calibration(OFFSETS, name="small", api="chat", weights=A, prompt=C)
PLAIN = calibration(OFFSETS, 2.0, name="small", weights=A, prompt=D)
REMOTE = calibration(OFFSETS, name="large", prompt=C)
HELD = with_calibrations(CONTRACT, CHAT, PLAIN, REMOTE)
AS_THEY_ARE = "its scores are read as they are; calibrate it: polarity prompt calibrate"
SMALL, LARGE = "'small' (weights aaaaaaaaaaaa)", "'large' (weights unknown)"


@pytest.mark.parametrize(
    ("llm", "expected"),
    [
        (Model("small", A, C), CHAT),
        (Model("small", A, D, "score"), PLAIN),
        (Model("renamed.gguf", A, D), PLAIN),
        (Model("small", None, C), CHAT),
        (Model("large", None, C), REMOTE),
        (Model("large", B, C), REMOTE),
        (Model("small", B, C), None),
        (Model("small", A, B), None),
        (Model("small", A, None), None),
        (Model("other", None, C), None),
    ],
)
def test_scores_are_read_by_the_calibration_of_their_model(llm: Model, expected: object) -> None:
    """By weights, else by the name, and by the prompt; what is for another one is left alone."""
    assert expected == calibrated(HELD, llm).calibration
    assert HELD.ref == calibrated(HELD, llm).ref
    assert expected == calibrated(calibrated(HELD, Model("small", A, D)), llm).calibration


@pytest.mark.parametrize(
    ("llm", "expected"),
    [
        (Model("small", A, C, "score"), []),
        (Model("other", B, B, "free"), []),
        (Model("other", B, B, "constrained"), []),
        (
            Model("small", None, C),
            [
                (
                    f"the calibration is for llm {SMALL}, and 'small' (weights unknown) answers: "
                    "whether that is the same is unknown"
                )
            ],
        ),
        (
            Model("small", A, B),
            [
                (
                    f"the contract calibrates llm {SMALL} for one prompt (chat and completions), "
                    f"and it was asked by another prompt: {AS_THEY_ARE}"
                )
            ],
        ),
        (
            Model("large"),
            [
                (
                    f"the contract calibrates llm {LARGE} for one prompt (completions), "
                    f"and it was asked by a prompt that is not known: {AS_THEY_ARE}"
                )
            ],
        ),
        (
            Model("other", B, C, "auto"),
            [
                (
                    f"the contract calibrates llm {SMALL} and {LARGE}, "
                    f"and 'other' (weights bbbbbbbbbbbb) answers: {AS_THEY_ARE}"
                )
            ],
        ),
    ],
)
def test_what_is_not_calibrated_is_said(llm: Model, expected: list[str]) -> None:
    """A sentence where scores are read as they are, or it is unknown if they should be; no scores, none."""
    assert expected == calibration_mismatch(HELD, llm)
    assert [] == calibration_mismatch(CONTRACT, llm)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("calibrated/small/chat", CHAT), ("calibrated/large/completions", REMOTE), ("exact/logprobs", None)],
)
def test_an_outcome_names_the_calibration(rule: str, expected: object) -> None:
    """So that a stored answer is read again as it was."""
    assert expected == by_rule(HELD, rule).calibration


ENTRY = f"""
[[prompt.calibration]]
offsets = {{ NEGATIVE = 0.5, NEUTRAL = 0.0, POSITIVE = -0.5 }}
temperature = 1.2

[prompt.calibration.model]
name = "small"
api = "chat"
prompt = "{C}"

[prompt.calibration.fitted]
command = "polarity prompt calibrate a.jsonl"
polarity = "0.5.0"
contract_version = "1.2.3"
contract_sha256 = "{A}"
method = "fitted"
n = 200
scored = 190
seed = 0
folds = 5
held_out = "texts"

[[prompt.calibration.fitted.data]]
name = "a.jsonl"
sha256 = "{A}"
n = 200
accuracy = 0.7
macro_f1 = 0.7
accuracy_before = 0.6
macro_f1_before = 0.6
"""


def test_it_stands_in_the_file() -> None:
    """One entry for each model and endpoint, below the prompt; it reads as it was written."""
    contract = Contract.parse(f"{SOURCE}{ENTRY}".encode())
    found = calibrated(contract, Model("small", None, C)).calibration
    assert found is not None
    assert (1.2, OFFSETS) == (found.applied.temperature, dict(found.applied.offsets))
    assert found.sha256 != CHAT.sha256 == REMOTE.sha256 != PLAIN.sha256


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            ENTRY.replace("NEUTRAL = 0.0, ", ""),
            "0.offsets: {'NEGATIVE': 0.5, 'POSITIVE': -0.5} does not name each label exactly once",
        ),
        (ENTRY.replace("NEUTRAL", "OTHER"), "does not name each label exactly once"),
        (ENTRY + ENTRY, "prompt.calibration.1: 'small/chat' is calibrated twice"),
        (ENTRY.replace("temperature = 1.2", "temperature = 0.0"), "prompt.calibration.0.temperature: "),
        (ENTRY.replace("NEUTRAL = 0.0", "NEUTRAL = inf"), "prompt.calibration.0.offsets.NEUTRAL: "),
        (ENTRY.replace('"chat"', '"socket"'), "prompt.calibration.0.model.api: "),
        (ENTRY.replace(f'prompt = "{C}"', ""), "prompt.calibration.0.model.prompt: is missing"),
    ],
)
def test_what_is_none(source: str, problem: str) -> None:
    """Each label has an offset, each model and endpoint one entry; what is unsound is named."""
    with pytest.raises(ContractError) as caught:
        Contract.parse(f"{SOURCE}{source}".encode())
    assert problem in str(caught.value)
