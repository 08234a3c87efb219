"""What a step is computed on and in, and the shape in which texts come to it."""

from collections.abc import Sequence
from typing import Literal

import torch

Precision = Literal["auto", "fp32", "bf16"]


def best_device() -> torch.device:
    """Take the GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """Multiply in bfloat16 within: where it is asked for or, for "auto", where the hardware has it."""
    is_wanted = precision == "bf16" or (precision == "auto" and _multiplies_bf16(device))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=is_wanted)


def _multiplies_bf16(device: torch.device) -> bool:
    if device.type != "cpu":
        return True
    abilities = torch.cpu.get_capabilities()
    return bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16"))


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
