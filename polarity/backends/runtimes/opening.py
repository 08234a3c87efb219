"""A runtime from the folder where it was kept: the only place that knows them all."""

from pathlib import Path

from polarity.backends.runtimes.base import Runtime, Shape
from polarity.backends.runtimes.doubting import Doubting
from polarity.backends.runtimes.kept import MODEL, PRECISE, RECORD, Optimized, OptimizedPrecision, Optimizing
from polarity.errors import CheckpointError


def opened(folder: Path, threads: int | None = None) -> Runtime:
    """Load what was optimized into memory. torch is not imported.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    try:
        record = Optimized.model_validate_json((folder / RECORD).read_bytes())
        quick = load(folder / MODEL, record.runtime, record.precision, record.shape, threads)
        if not record.precise_sha256:
            return quick
        precise = load(folder / PRECISE, record.runtime, "fp32", record.shape, threads)
        return Doubting(quick, precise, record.doubt)
    except Exception as error:  # both libraries, the disk and pydantic raise their own
        first = str(error).partition("\n")[0]
        raise CheckpointError(f"{folder}: cannot be loaded, optimize it again: {first}") from error


def load(
    graph: Path, runtime: Optimizing, precision: OptimizedPrecision, shape: Shape, threads: int | None = None
) -> Runtime:
    """Load a graph by the library that it was made for."""
    if runtime == "onnxruntime":
        from polarity.backends.runtimes.onnxruntime import OnnxRuntime

        return OnnxRuntime(graph, shape, precision, threads)
    from polarity.backends.runtimes.openvino import OpenVinoRuntime

    return OpenVinoRuntime(graph, shape, precision, threads)
