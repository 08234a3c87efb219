"""Eight bits: what a product loses, and what it must not."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest
from onnx import helper

from polarity.backends.runtimes.kept import Optimizing
from polarity.optimizing.graph import Drawing, as_saved
from polarity.optimizing.int8 import (
    EIGHT_BITS,
    SEVEN_BITS,
    Recipe,
    in_two_bytes,
    linear_by,
    lookup_for,
    rounded,
    smoothed,
    weight_top,
)

CHANCE = np.random.default_rng(0)
WEIGHTS = CHANCE.normal(size=(96, 32))
INPUTS = CHANCE.normal(size=(500, 96)) @ CHANCE.normal(size=(96, 96))


def test_smoothing_changes_no_product() -> None:
    """Inputs and weights are moved in opposite ways, and the largest input becomes smaller."""
    inputs = INPUTS * np.where(np.arange(96) == 7, 50, 1)
    found = smoothed(inputs, WEIGHTS, 0.5)
    np.testing.assert_allclose(found.inputs @ found.weights, inputs @ WEIGHTS)
    assert np.abs(found.inputs).max() < np.abs(inputs).max() / 3


def test_each_weights_error_is_made_good_by_those_that_follow() -> None:
    """The product is nearer than that of weights which are each rounded to the nearest."""
    whole, scale = rounded(WEIGHTS, INPUTS, SEVEN_BITS)
    nearest = np.round(WEIGHTS / scale) * scale
    error, plain = (np.linalg.norm(INPUTS @ (made - WEIGHTS)) for made in (whole * scale, nearest))
    assert error < plain * 0.8


@pytest.mark.parametrize("inputs", [INPUTS, np.zeros((3, 96))], ids=["inputs", "an input that is never used"])
@pytest.mark.parametrize("top", [SEVEN_BITS, EIGHT_BITS])
def test_weights_have_as_many_bits_as_the_processor_adds_exactly(inputs: np.ndarray, top: int) -> None:
    """The largest weight is the largest number of so many bits."""
    whole, _ = rounded(WEIGHTS, inputs, top)
    assert np.int8 == whole.dtype
    assert top == np.abs(whole).max()


def test_two_products_of_eight_bits_by_seven_fit_sixteen() -> None:
    """AVX2 without VNNI adds them there: the sum is exact, and would not be of eight bits by eight."""
    assert 2 * 255 * SEVEN_BITS < 2**15 <= 2 * 255 * EIGHT_BITS
    assert [SEVEN_BITS, EIGHT_BITS] == [weight_top(has_vnni=has) for has in (False, True)]


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_a_layer_drawn_for_a_library_multiplies_as_in_fp32(runtime: Optimizing, tmp_path: Path) -> None:
    """By that library, to a hundredth of what comes out; as the weights are rounded, not exactly."""
    inputs, weights = INPUTS.astype(np.float32), WEIGHTS.astype(np.float32)
    bias = np.arange(32, dtype=np.float32)
    drawing = Drawing()
    linear = linear_by(Recipe("int8", runtime, frozenset(), frozenset()), {"0.inner": inputs}, SEVEN_BITS)
    model = drawing.model(linear(drawing, "vectors", "0.inner", weights, bias), 32, {})
    del model.graph.input[:]
    model.graph.input.append(
        helper.make_tensor_value_info("vectors", onnx.TensorProto.FLOAT, [None, None, 96])
    )
    del model.graph.output[0].type.tensor_type.shape.dim[:]
    expected = inputs @ weights + bias
    onnx.save(model, tmp_path / "layer.onnx")
    off = np.abs(_run(runtime, tmp_path / "layer.onnx", inputs[None])[0] - expected)
    assert 0 < off.max() < 0.05 * np.abs(expected).max()
    assert off.mean() < 0.01 * np.abs(expected).max()


@pytest.mark.slow
def test_words_in_two_bytes_are_off_by_a_step_at_most(tmp_path: Path) -> None:
    """1/32767 of each word's largest number; a word that is nothing stays nothing. By OpenVINO."""
    table = (CHANCE.normal(size=(50, 8)) * 10.0 ** CHANCE.integers(-3, 3, size=(50, 1))).astype(np.float32)
    table[7] = 0
    drawing = Drawing()
    model = drawing.model(in_two_bytes(drawing, table), 8, {})
    del model.graph.input[1], model.graph.output[0].type.tensor_type.shape.dim[:]
    onnx.save(model, tmp_path / "words.onnx")
    found = _run("openvino", tmp_path / "words.onnx", np.arange(50)[None], "ids")[0]
    off = np.abs(found - table).max(1)
    assert np.all(off <= 1.01 / 32_767 * np.abs(table).max(1))
    assert off.any()
    assert [in_two_bytes, as_saved] == [lookup_for(runtime) for runtime in ("openvino", "onnxruntime")]


def _run(runtime: Optimizing, model: Path, given: np.ndarray, name: str = "vectors") -> np.ndarray:
    if runtime == "openvino":
        compiled = openvino.Core().compile_model(model, "CPU", {})
        return np.asarray(compiled({name: given})[0])
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["logits"], {name: given})[0])
