"""What the answers of a run depend on, so that it is gone on with as it was begun."""

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from polarity.backends.embedded import packaged_weights
from polarity.backends.prompt import messages, render
from polarity.backends.temperature import WEIGHTS
from polarity.contract import Contract
from polarity.errors import RunError
from polarity.records import file_hash
from polarity.settings import BertSettings, LlmSettings, Settings
from polarity.types import Model

LOADED = {".json", ".safetensors", ".txt"}  # files of a checkpoint that its answers may depend on


def fingerprint(
    settings: Settings, contract: Contract, asked: Collection[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Gather what `asked`, "bert", "llm" or both, would answer by, and the run's own `options`.

    Files stand by their sha256, and so does the prompt for an empty text. How fast it goes, deadlines
    and keys are left out: a run may be taken up with others.

    Raises:
        BackendRejected: there are no packaged weights.
        RunError: a file cannot be read.
    """
    found = {**options, "contract": contract.ref._asdict()}
    if "bert" in asked:
        found["bert"] = _bert(settings.bert)
    if "llm" in asked:
        found["llm"] = _llm(settings.llm, contract)
    return found


def models_of(settings: Settings, contract: Contract, asked: Collection[str]) -> dict[str, Model]:
    """Name the models that the settings choose for those `asked`, "bert", "llm" or both; none is loaded.

    Raises:
        BackendRejected: there are no packaged weights.
        RunError: a file cannot be read.
    """
    found, models = fingerprint(settings, contract, asked, {}), {}
    if "bert" in found:
        files = found["bert"]["checkpoint"]
        weights = files.get(WEIGHTS) if isinstance(files, dict) else None
        models["bert"] = Model(settings.bert.model, weights)
    if "llm" in found:
        said = found["llm"]
        name = settings.llm.model if settings.llm.server == "remote" else _weights_file(settings.llm).name
        models["llm"] = Model(name, said["weights"], said["prompt"], said["strategy"])
    return models


def _weights_file(settings: LlmSettings) -> Path:
    """Find what the embedded server loads."""
    return settings.gguf or packaged_weights()


def _bert(settings: BertSettings) -> dict[str, Any]:
    answering = {"precision", "calibration", "max_length", "overflow"}
    return {"checkpoint": _files(settings.source), **settings.model_dump(mode="json", include=answering)}


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


def hash_once(path: Path) -> str:
    """Give the sha256 of a file, read once in this process unless it changes: weights have gigabytes.

    Raises:
        OSError: it cannot be read.
    """
    looks = path.stat()
    return _hash_of(path, looks.st_size, looks.st_mtime_ns)


@lru_cache(maxsize=64)
def _hash_of(path: Path, _size: int, _changed: int) -> str:
    return file_hash(path)


def _llm(settings: LlmSettings, contract: Contract) -> dict[str, Any]:
    answering = {
        "server",
        "base_url",
        "model",
        "api",
        "strategy",
        "temperature",
        "top_logprobs",
        "extra_body",
    }
    is_embedded = settings.server == "embedded"
    prompt = render(contract, "") if settings.api == "completions" else json.dumps(messages(contract, ""))
    return {
        "weights": _hash(_weights_file(settings)) if is_embedded else None,
        "prompt": hashlib.sha256(prompt.encode()).hexdigest(),
        **settings.model_dump(mode="json", include=answering),
    }
