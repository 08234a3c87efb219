"""An optimized network, run by ONNX Runtime."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from polarity.backends.runtimes.base import Precision, Shape
from polarity.backends.runtimes.padding import padded
from polarity.backends.runtimes.processors import usable_processors
from polarity.backends.runtimes.tables import in_tables

ERRORS_ONLY = 3  # a warning for each choice of a kernel is nobody's business


class OnnxRuntime:
    """A graph of ids and mask to logits. See `Runtime`.

    `threads`: None for all processors that may be used.
    """

    def __init__(self, model: Path, shape: Shape, precision: Precision, threads: int | None = None) -> None:
        self.at_once = threads or usable_processors()
        self._wide = _session(model, self.at_once)
        self._narrow = _session(model, 1) if self.at_once > 1 else self._wide
        self.name, self.shape = f"onnxruntime {precision}", shape

    def logits(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        session = self._wide if is_lone else self._narrow

        def table(rows: Sequence[Sequence[int]], columns: int) -> list[list[float]]:
            ids, mask = padded(rows, columns)
            found: list[list[float]] = session.run(["logits"], {"ids": ids, "mask": mask})[0].tolist()
            return found

        return in_tables(rows, table)


def _session(model: Path, threads: int) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(model), _options(threads), providers=["CPUExecutionProvider"])


def values(
    model: bytes, names: Sequence[str], tables: Iterable[tuple[NDArray[np.int64], NDArray[np.int32]]]
) -> Iterator[list[NDArray[np.float32]]]:
    """Run a graph over tables of ids and masks, and give for each the values of these names."""
    session = onnxruntime.InferenceSession(
        model, _options(usable_processors()), providers=["CPUExecutionProvider"]
    )
    for ids, mask in tables:
        yield session.run(names, {"ids": ids, "mask": mask})


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = ERRORS_ONLY
    return options
