"""Which of a contract's calibrations is for the model that answers.

A calibration is taken for one model, endpoint and prompt. It is chosen once, when it is known who answers,
and the contract that comes of it reads every score so: see `scoring`. Raw outputs stay as the model gave
them, so that another contract reads them otherwise.
"""

from collections.abc import Iterator
from dataclasses import replace

from polarity.contract.loading import Contract
from polarity.contract.provenance import CalibratedModel
from polarity.types import Model

ADVICE = "calibrate it: polarity prompt calibrate"
SHOWN = 12  # characters of a hash: as many as tell any two files apart
WORDS_ONLY = ("free", "constrained")  # strategies without scores


def calibrated(contract: Contract, llm: Model) -> Contract:
    """Give the contract as it reads the scores of this model: with its calibration, if it holds one.

    >>> from polarity.contract import load_contract
    >>> calibrated(load_contract(), Model("a model that nobody has")).calibration is None
    True
    """
    found = next((one for one in contract.prompt.calibration if _is_for(one.model, llm)), None)
    return contract if found == contract.calibration else replace(contract, calibration=found)


def by_rule(contract: Contract, rule: str) -> Contract:
    """Give the contract as it read the scores of which an outcome's rule tells; of most rules, as it is."""
    found = next((one for one in contract.prompt.calibration if rule == one.rule), None)
    return replace(contract, calibration=found) if found else contract


def calibration_mismatch(contract: Contract, llm: Model) -> list[str]:
    """Say, a sentence each, how the contract's calibrations are not for this model.

    Nothing is said of a contract without any, or of a model whose answers have no scores.
    """
    if not contract.prompt.calibration or llm.strategy in WORDS_ONLY:
        return []
    found = calibrated(contract, llm).calibration
    return list(_doubts(found.model, llm) if found else _missing(contract, llm))


def _is_for(one: CalibratedModel, llm: Model) -> bool:
    return one.prompt == llm.prompt and _is_same(one, llm)


def _is_same(one: CalibratedModel, llm: Model) -> bool:
    """Weights are told apart by their hash; where one side does not show them, by the name."""
    return one.weights == llm.weights if one.weights and llm.weights else one.name == llm.name


def _doubts(one: CalibratedModel, llm: Model) -> Iterator[str]:
    if (one.weights is None) != (llm.weights is None):
        pair = f"{called(one.name, one.weights)}, and {called(llm.name, llm.weights)} answers"
        yield f"the calibration is for llm {pair}: whether that is the same is unknown"


def _missing(contract: Contract, llm: Model) -> Iterator[str]:
    answers, entries = called(llm.name, llm.weights), contract.prompt.calibration
    own = [one.model.api for one in entries if _is_same(one.model, llm)]
    if own:
        now = "another prompt" if llm.prompt else "a prompt that is not known"
        told = f"llm {answers} for one prompt ({' and '.join(own)}), and it was asked by {now}"
    else:
        others = dict.fromkeys(called(one.model.name, one.model.weights) for one in entries)
        told = f"llm {' and '.join(others)}, and {answers} answers"
    yield f"the contract calibrates {told}: its scores are read as they are; {ADVICE}"


def called(name: str, weights: str | None) -> str:
    """Name a model in a sentence.

    >>> called("small.gguf", None)
    "'small.gguf' (weights unknown)"
    """
    return f"{name!r} (weights {weights[:SHOWN] if weights else 'unknown'})"
