"""An optimized network, run by OpenVINO."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import openvino

from polarity.backends.runtimes.base import Precision, Shape
from polarity.backends.runtimes.padding import padded
from polarity.backends.runtimes.processors import usable_processors

STEP: Final = 4


class OpenVinoRuntime:
    """A graph of ids and mask to logits. See `Runtime`.

    `threads`: None for all processors that may be used.
    """

    def __init__(self, model: Path, shape: Shape, precision: Precision, threads: int | None = None) -> None:
        core = openvino.Core()
        has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        how = {
            "INFERENCE_NUM_THREADS": threads or usable_processors(),
            # fp32 is fp32; beside products in int8, which round off more, bf16 is exact enough
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "int8" and has_bf16 else "f32",
            "PERFORMANCE_HINT": "LATENCY",  # one batch at a time
        }
        compiled = core.compile_model(str(model), "CPU", how)
        self._request, self._logits = compiled.create_infer_request(), compiled.output(0)
        self.name, self.shape = f"openvino {precision}", shape

    def logits(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        ids, mask = padded(rows, columns_for(max(map(len, rows)), self.shape.positions))
        found: list[list[float]] = self._request.infer({"ids": ids, "mask": mask})[self._logits].tolist()
        return found


def columns_for(longest: int, positions: int) -> int:
    """Round the longest row's length up to a multiple of 4, as far as there are positions.

    OpenVINO compiles its products for every shape that it sees first. Of single texts with new lengths each
    takes half as long when there are a fourth of the lengths, and a batch becomes 2 % slower.

    >>> [columns_for(longest, 130) for longest in (1, 8, 9, 129)]
    [4, 8, 12, 130]
    """
    return min(-(-longest // STEP) * STEP, positions)
