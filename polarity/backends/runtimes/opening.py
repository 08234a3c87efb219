"""A runtime from the folder where it was kept: the only place that knows them all."""

from pathlib import Path

from polarity.backends.runtimes.base import Runtime
from polarity.backends.runtimes.kept import MODEL, RECORD, Optimized
from polarity.errors import CheckpointError


def opened(folder: Path, threads: int | None = None) -> Runtime:
    """Load what was optimized into memory. torch is not imported.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    try:
        record = Optimized.model_validate_json((folder / RECORD).read_bytes())
        return load(folder / MODEL, record, threads)
    except Exception as error:  # both libraries, the disk and pydantic raise their own
        first = str(error).partition("\n")[0]
        raise CheckpointError(f"{folder}: cannot be loaded, optimize it again: {first}") from error


def load(graph: Path, record: Optimized, threads: int | None = None) -> Runtime:
    """Load a graph by the library that it was made for."""
    if record.runtime == "onnxruntime":
        from polarity.backends.runtimes.onnxruntime import OnnxRuntime

        return OnnxRuntime(graph, record.shape, record.precision, threads)
    from polarity.backends.runtimes.openvino import OpenVinoRuntime

    return OpenVinoRuntime(graph, record.shape, record.precision, threads)
