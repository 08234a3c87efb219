"""What the answers of a run depend on, so that it is gone on with as it was begun."""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from polarity.backends.facts import WEIGHTS
from polarity.backends.identity import llm_model
from polarity.backends.runtimes.choice import choose
from polarity.contract import Contract
from polarity.errors import RunError
from polarity.places import hash_once
from polarity.settings import BertSettings, LlmSettings, Settings
from polarity.types import Model
from polarity.weights import form_of, resolved

LOADED = {".json", ".safetensors", ".txt"}  # files of a checkpoint that its answers may depend on


def fingerprint(
    settings: Settings, contract: Contract, asked: Collection[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Gather what `asked`, "bert", "llm" or both, would answer by, and the run's own `options`.

    Files stand by their sha256, fetched weights by the recorded one, and so does the prompt for an empty
    text. How fast it goes, deadlines and keys are left out: a run may be taken up with others.

    Raises:
        WeightsError: the weights of the embedded server are not there, or cannot be read.
        RunError: a file cannot be read.
    """
    found = {**options, "contract": contract.ref._asdict()}
    if "bert" in asked:
        found["bert"] = _bert(settings.bert)
    if "llm" in asked:
        found["llm"] = _llm(settings.llm, contract)
    return found


def fingerprint_hash(settings: Settings, contract: Contract, asked: Collection[str]) -> str:
    """Give one sha256 of all that the answers of those `asked` depend on: see `fingerprint`.

    Raises:
        WeightsError: there are no such weights.
        RunError: a file cannot be read.
    """
    found = json.dumps(fingerprint(settings, contract, asked, {}), sort_keys=True)
    return hashlib.sha256(found.encode()).hexdigest()


def models_of(settings: Settings, contract: Contract, asked: Collection[str]) -> dict[str, Model]:
    """Name the models that the settings choose for those `asked`, "bert", "llm" or both; none is loaded.

    Raises:
        WeightsError: there are no such weights.
        RunError: a file cannot be read.
    """
    found, models = fingerprint(settings, contract, asked, {}), {}
    if "bert" in found:
        files = found["bert"]["checkpoint"]
        weights = files.get(WEIGHTS) if isinstance(files, dict) else None
        models["bert"] = Model(settings.bert.model, weights)
    if "llm" in found:
        models["llm"] = llm_model(settings.llm, contract)
    return models


def hash_weights(settings: Settings) -> None:
    """Read the weights for their hashes, so that `models_of` finds them done: beside what loads them.

    Raises:
        WeightsError: there are no such weights.
        RunError: a file cannot be read.
    """
    if "bert" in settings.asked:
        _files(settings.bert.source)
    if "llm" in settings.asked and settings.llm.server == "embedded":
        resolved(settings.llm.gguf).sha256()


def _bert(settings: BertSettings) -> dict[str, Any]:
    answering = {"calibration", "max_length", "overflow"}
    choice = choose(settings)
    return {
        "checkpoint": _files(settings.source),
        "runtime": choice.runtime,
        "precision": choice.precision,
        **settings.model_dump(mode="json", include=answering),
        **({"labels": dict(settings.labels)} if settings.labels else {}),
    }


def _files(checkpoint: str) -> dict[str, str] | str:
    """Hash a folder's files; a hub id stands for itself."""
    if not Path(checkpoint).is_dir():
        return checkpoint
    return {path.name: _hash(path) for path in sorted(Path(checkpoint).iterdir()) if path.suffix in LOADED}


def _hash(path: Path) -> str:
    try:
        return hash_once(path)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from None


def _llm(settings: LlmSettings, contract: Contract) -> dict[str, Any]:
    answering = {
        "server",
        "base_url",
        "model",
        "temperature",
        "top_logprobs",
        "extra_body",
    }
    model = llm_model(settings, contract)
    return {
        "weights": model.weights,
        "prompt": model.prompt,
        **settings.model_dump(mode="json", include=answering),
        "api": form_of(settings),
        "strategy": model.strategy or settings.strategy,
    }
