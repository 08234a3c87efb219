"""What a step is computed on and in, and the shape in which texts come to it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Literal

import torch

from polarity.errors import TrainingError

Precision = Literal["auto", "fp32", "bf16"]


def best_device() -> torch.device:
    """Take the GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fix_order(device: torch.device) -> None:
    """Have a GPU add up in one order, in this process from now on: elsewise no two runs are alike.

    cuBLAS reads its variable when it is first used (https://docs.nvidia.com/cuda/cublas, "Results
    reproducibility"). A processor adds up in one order anyway.
    """
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)


def computed_by(precision: Precision) -> dict[str, str | int]:
    """Name what the bits of a result hang on, besides what is computed."""
    device = best_device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    with autocast(device, precision):
        dtype = "bf16" if torch.is_autocast_enabled(device.type) else "fp32"
    return {
        "device": name,
        "dtype": dtype,
        "threads": torch.get_num_threads(),
        "torch": version("torch"),
    }


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """Multiply in bfloat16 within: where it is asked for or, for "auto", where the hardware has it."""
    is_wanted = precision == "bf16" or (precision == "auto" and _multiplies_bf16(device))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=is_wanted)


def _multiplies_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    abilities = torch.cpu.get_capabilities()
    return bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16"))


@contextmanager
def memory_errors(what: str) -> Iterator[None]:
    """Raise a TrainingError that says `what` memory does not suffice for, and what to do about it.

    torch's error is another one on each device, and on a CPU a RuntimeError that only its words give away.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error):
            raise TrainingError(
                f"out of memory {what}: lower the batch size or the maximum length"
            ) from error
        raise


def padded(rows: Sequence[Sequence[int]], pad_id: int, device: torch.device) -> dict[str, torch.Tensor]:
    """Lay token ids out as `input_ids` and `attention_mask`, both (texts, tokens of the longest).

    >>> padded([[5, 6], [7]], 0, torch.device("cpu"))["input_ids"].tolist()
    [[5, 6], [7, 0]]
    """
    width = max(map(len, rows))
    ids = torch.full((len(rows), width), pad_id)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}
