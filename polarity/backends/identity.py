"""Which language model the settings choose, and how it is asked: told without loading or asking it."""

import hashlib
import json
from typing import Literal

from polarity.backends.prompt import messages, render
from polarity.contract import Contract
from polarity.contract.calibrations import calibrated
from polarity.settings import LlmSettings
from polarity.types import Model
from polarity.weights import form_of, resolved

Strategy = Literal["score", "free", "constrained"]


def known_strategy(settings: LlmSettings) -> Strategy | None:
    """Say how the server is asked, as far as it need not be tried: llama.cpp itself shows candidates.

    >>> known_strategy(LlmSettings(strategy="auto"))
    'score'
    """
    if settings.strategy != "auto":
        return settings.strategy
    return "score" if settings.server == "embedded" else None


def llm_model(settings: LlmSettings, contract: Contract) -> Model:
    """Name the model, and its weights and strategy where they are known, and the prompt for an empty text.

    A file of weights is read for its hash, unless that was recorded.

    Raises:
        WeightsError: the weights of the embedded server are not there, or cannot be read.
    """
    form = form_of(settings)
    prompt = render(contract, "") if form == "completions" else json.dumps(messages(contract, ""))
    asked = hashlib.sha256(prompt.encode()).hexdigest()
    if settings.server == "remote":
        return Model(settings.model, None, asked, known_strategy(settings))
    weights = resolved(settings.gguf)
    return Model(weights.name, weights.sha256(), asked, known_strategy(settings))


def read_by(contract: Contract, settings: LlmSettings) -> Contract:
    """Give the contract as it reads the scores of the model that the settings choose.

    A contract without calibrations reads all alike, and nothing is hashed.

    Raises:
        WeightsError: see `llm_model`.
    """
    return calibrated(contract, llm_model(settings, contract)) if contract.prompt.calibration else contract
