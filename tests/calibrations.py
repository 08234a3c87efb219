"""Calibrations of a language model's scores, and contracts that hold them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from polarity.contract import Contract
from polarity.contract.provenance import CalibratedFile, CalibratedModel, Calibration, CalibrationFit

HASH = "a" * 64
MEASURED = {"accuracy": 0.7, "macro_f1": 0.7, "accuracy_before": 0.6, "macro_f1_before": 0.6}


def calibration(
    offsets: Mapping[str, float],
    temperature: float = 1.0,
    *,
    name: str = "small.gguf",
    api: Literal["completions", "chat"] = "completions",
    weights: str | None = None,
    prompt: str = HASH,
) -> Calibration:
    """An entry of a contract, for one model."""
    return Calibration(
        offsets=offsets,
        temperature=temperature,
        model=CalibratedModel(name=name, api=api, weights=weights, prompt=prompt),
        fitted=CalibrationFit(
            command="polarity prompt calibrate a.jsonl",
            polarity="0.5.0",
            contract_version="1.2.3",
            contract_sha256=HASH,
            method="fitted",
            n=200,
            scored=190,
            seed=0,
            folds=5,
            held_out="texts",
            data=(CalibratedFile(name="a.jsonl", sha256=HASH, n=200, **MEASURED),),
        ),
    )


def with_calibrations(contract: Contract, *entries: Calibration) -> Contract:
    """The contract with these entries, under its old name."""
    prompt = contract.prompt.model_copy(update={"calibration": entries})
    return replace(contract, file=contract.file.model_copy(update={"prompt": prompt}))
