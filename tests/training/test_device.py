"""What a step is computed on: precision, memory, padding."""

import os
from typing import Literal

import pytest
import torch

from polarity.errors import TrainingError
from polarity.training.device import autocast, computed_by, fix_order, memory_errors, padded

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_memory_that_does_not_suffice_is_said_with_a_way_out(error: Exception) -> None:
    """Whichever error the device has for it, the person reads where it was and what to lower."""
    with pytest.raises(TrainingError) as caught, memory_errors("at step 3"):
        raise error
    assert "out of memory at step 3: lower the batch size or the maximum length" == str(caught.value)


def test_memory_that_is_really_not_there() -> None:
    """Torch's own error on this machine is understood: a tensor of a petabyte."""
    with pytest.raises(TrainingError, match="out of memory here"), memory_errors("here"):
        torch.empty(2**50)


def test_other_errors_are_left_alone() -> None:
    """A wrong shape is a fault of ours, and stays one."""
    with pytest.raises(RuntimeError, match="must match"), memory_errors("at step 3"):
        torch.ones(2) + torch.ones(3)


def test_rows_are_padded_to_the_longest() -> None:
    """Ids and mask have one shape; what is padding is not attended to."""
    found = padded([[5, 6, 7], [8]], 1, CPU)
    assert [[5, 6, 7], [8, 1, 1]] == found["input_ids"].tolist()
    assert [[1, 1, 1], [1, 0, 0]] == found["attention_mask"].tolist()


@pytest.mark.parametrize(("precision", "expected"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_precision_is_what_was_asked_for(precision: Literal["fp32", "bf16"], expected: torch.dtype) -> None:
    """A product within has the precision that was named, and the run's fingerprint says so."""
    with autocast(CPU, precision):
        assert expected == (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
    assert precision == computed_by(precision)["dtype"]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_only_a_gpu_has_to_be_told_to_add_up_in_one_order(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There torch's fixed algorithms are chosen, and cuBLAS gets the work space that they need."""
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    try:
        fix_order(torch.device(device))
        assert (device == "cuda") == torch.are_deterministic_algorithms_enabled()
        assert (":4096:8" if device == "cuda" else None) == os.environ.get("CUBLAS_WORKSPACE_CONFIG")
    finally:
        torch.use_deterministic_algorithms(mode=False)
        monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
