"""A BERT's graph gives torch's logits, by either library."""

from pathlib import Path

import pytest

from polarity.backends.facts import Wanted
from polarity.backends.loaded import LoadedClassifier
from polarity.backends.plain.network import PlainBert
from polarity.backends.runtimes.base import Runtime  # noqa: TC001 - beside what it is the type of
from polarity.backends.runtimes.onnxruntime import OnnxRuntime
from polarity.backends.runtimes.openvino import OpenVinoRuntime
from polarity.backends.runtimes.torch import TorchRuntime
from polarity.optimizing.graph import bert_graph

ROWS = [[2, 7, 3], [2, 8, 9, 10, 11, 3], [2, 3], [2]]


@pytest.mark.slow
@pytest.mark.parametrize("runtime", [OnnxRuntime, OpenVinoRuntime])
def test_logits_are_torchs(
    runtime: type[OnnxRuntime] | type[OpenVinoRuntime], tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Of rows of several lengths, and of each alone."""
    torch = LoadedClassifier.load(Wanted(str(tiny_checkpoint), threads=1)).runtime
    assert isinstance(torch, TorchRuntime)
    bert = torch.network.logits
    assert isinstance(bert, PlainBert)
    weights = {name: weight.numpy() for name, weight in bert.weights.items()}
    (tmp_path / "a.onnx").write_bytes(bert_graph(bert.config, weights).SerializeToString())
    made: Runtime = runtime(tmp_path / "a.onnx", bert.shape, "fp32", threads=1)
    assert bert.shape == made.shape
    for rows in (ROWS, *([row] for row in ROWS)):
        for expected, logits in zip(torch.logits(rows), made.logits(rows), strict=True):
            assert pytest.approx(expected, abs=1e-5) == logits
