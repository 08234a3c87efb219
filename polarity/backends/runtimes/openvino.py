"""An optimized network, run by OpenVINO."""

from collections.abc import Sequence
from pathlib import Path

import openvino

from polarity.backends.runtimes.base import Precision, Shape
from polarity.backends.runtimes.padding import padded
from polarity.backends.runtimes.processors import usable_processors


class OpenVinoRuntime:
    """A graph of ids and mask to logits. See `Runtime`.

    `threads`: None for all processors that may be used.
    """

    def __init__(self, model: Path, shape: Shape, precision: Precision, threads: int | None = None) -> None:
        how = {
            "INFERENCE_NUM_THREADS": threads or usable_processors(),
            "INFERENCE_PRECISION_HINT": "f32",  # where the processor has bf16, it would be taken unasked
            "PERFORMANCE_HINT": "LATENCY",  # one batch at a time
        }
        compiled = openvino.Core().compile_model(str(model), "CPU", how)
        self._request, self._logits = compiled.create_infer_request(), compiled.output(0)
        self.name, self.shape = f"openvino {precision}", shape

    def logits(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        ids, mask = padded(rows)
        found: list[list[float]] = self._request.infer({"ids": ids, "mask": mask})[self._logits].tolist()
        return found
