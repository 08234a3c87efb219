"""An optimized network, run by OpenVINO."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from queue import LifoQueue
from typing import Any, Final

import openvino

from polarity.backends.runtimes.base import Precision, Shape
from polarity.backends.runtimes.padding import padded
from polarity.backends.runtimes.processors import usable_processors
from polarity.backends.runtimes.tables import in_tables

STEP: Final = 4
STREAMS: Final = 8  # at most: each has kernels and numbers of its own, some 40 MiB; more threads share them


class OpenVinoRuntime:
    """A graph of ids and mask to logits. See `Runtime`.

    `threads`: None for all processors that may be used.
    """

    def __init__(self, model: Path, shape: Shape, precision: Precision, threads: int | None = None) -> None:
        core = openvino.Core()
        has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        threads = threads or usable_processors()
        self.at_once = min(threads, STREAMS)
        graph = core.read_model(str(model))  # once: both forms share the constants that stay as they are
        how = {
            "INFERENCE_NUM_THREADS": threads,
            # fp32 is fp32; beside products in int8, which round off more, bf16 is exact enough
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "int8" and has_bf16 else "f32",
        }
        wide = core.compile_model(graph, "CPU", how | {"NUM_STREAMS": 1})
        streams = {"NUM_STREAMS": self.at_once}
        narrow = core.compile_model(graph, "CPU", how | streams) if self.at_once > 1 else wide
        self._wide = wide.create_infer_request()
        self._narrow: LifoQueue[Any] = LifoQueue()
        for _ in range(self.at_once):
            self._narrow.put(narrow.create_infer_request())
        self._columns = partial(columns_for, positions=shape.positions)
        self.name, self.shape = f"openvino {precision}", shape

    def logits(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        if is_lone:
            return in_tables(rows, partial(_logits, self._wide), self._columns)
        request = self._narrow.get()
        try:
            return in_tables(rows, partial(_logits, request), self._columns)
        finally:
            self._narrow.put(request)


def _logits(request: Any, rows: Sequence[Sequence[int]], columns: int) -> list[list[float]]:
    ids, mask = padded(rows, columns)
    found: list[list[float]] = request.infer({"ids": ids, "mask": mask})[0].tolist()
    return found


def columns_for(longest: int, positions: int) -> int:
    """Round the longest row's length up to a multiple of 4, as far as there are positions.

    OpenVINO compiles its products for every shape that it sees first. Of single texts with new lengths each
    takes half as long when there are a fourth of the lengths, and a batch becomes 2 % slower.

    >>> [columns_for(longest, 130) for longest in (1, 8, 9, 129)]
    [4, 8, 12, 130]
    """
    return min(-(-longest // STEP) * STEP, positions)
