"""An optimized network, run by ONNX Runtime."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from polarity.backends.runtimes.base import Precision, Shape
from polarity.backends.runtimes.padding import padded
from polarity.backends.runtimes.parts import Parts
from polarity.backends.runtimes.processors import usable_processors

ERRORS_ONLY = 3  # a warning for each choice of a kernel is nobody's business


class OnnxRuntime:
    """A graph of ids and mask to logits. See `Runtime`.

    `threads`: None for all processors that may be used.
    """

    def __init__(self, model: Path, shape: Shape, precision: Precision, threads: int | None = None) -> None:
        self.name, self.shape = f"onnxruntime {precision}", shape
        threads = threads or usable_processors()
        self._whole = self._part = _session(str(model), threads)
        if precision == "int8" and threads > 1:  # fp32 gains a twentieth, and has four times the weights
            self._part = _session(str(model), 1)
        self._parts = Parts(1 if self._part is self._whole else threads)

    def logits(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        return self._parts.logits(
            rows, whole=partial(_logits, self._whole), part=partial(_logits, self._part)
        )


def values(
    model: bytes, names: Sequence[str], tables: Iterable[tuple[NDArray[np.int64], NDArray[np.int32]]]
) -> Iterator[list[NDArray[np.float32]]]:
    """Run a graph over tables of ids and masks, and give for each the values of these names."""
    session = _session(model, usable_processors())
    for ids, mask in tables:
        yield session.run(names, {"ids": ids, "mask": mask})


def _session(model: str | bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = ERRORS_ONLY
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _logits(session: onnxruntime.InferenceSession, rows: Sequence[Sequence[int]]) -> list[list[float]]:
    ids, mask = padded(rows)
    found: list[list[float]] = session.run(["logits"], {"ids": ids, "mask": mask})[0].tolist()
    return found
