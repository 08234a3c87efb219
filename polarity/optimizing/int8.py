"""Linear layers in eight bits: how an input is scaled, and how weights are rounded.

Weights have a scale for each output, and eight bits where the processor has VNNI. Elsewhere they have seven:
AVX2 adds two products of 8 bits in 16 bits, and 255 x 127 x 2 does not fit them. With 63 in 127's place it
does, and the sum is exact.

An input has a scale that was fixed by calibration texts, or one of its own for each token; never one for the
whole batch, as dynamic quantization has it: with that an answer depends on who else is in the batch.

Before, each input channel is divided by what makes large ones smaller at the cost of its weights: Xiao et al.
2023, "SmoothQuant". Weights are rounded one input after the other, and each one's error is made good by those
that follow: Frantar et al. 2023, "GPTQ".
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from polarity.backends.runtimes.kept import Optimizing
from polarity.optimizing.graph import Array, Drawing, Linear, Lookup, as_saved, in_fp32

STEPS: Final = 255  # between the least and the largest input
SEVEN_BITS, EIGHT_BITS = 63, 127  # the largest weight
TWO_BYTES: Final = 32_767
SHARE, SHARE_BY_TOKEN = 0.8, 0.5  # of smoothing: what a token has for itself, smoothing need not do
ONE_SIDED: Final = 8  # times as far to one side as to the other, as what leaves a GELU
DAMPING: Final = 0.01  # of the mean diagonal
BLOCK: Final = 64
LEAST: Final = 1e-5


class Smoothed(NamedTuple):
    """A layer with what its input is divided by: inputs (vectors, in) and weights (in, out) after it."""

    divisor: Array
    inputs: Array
    weights: Array


def smoothed(inputs: Array, weights: Array, share: float) -> Smoothed:
    """Divide each channel by (largest input)^share / (largest weight)^(1 - share), of mean logarithm 0.

    >>> found = smoothed(np.array([[8.0, 0.5]]), np.array([[1.0], [1.0]]), 0.5)
    >>> found.divisor, found.inputs, found.weights.ravel()
    (array([2. , 0.5]), array([[4., 1.]]), array([2. , 0.5]))
    """
    largest = np.maximum(np.abs(inputs).max(0), LEAST) ** share
    divisor = largest / np.maximum(np.abs(weights).max(1), LEAST) ** (1 - share)
    divisor = divisor / np.exp(np.log(divisor).mean())
    return Smoothed(divisor, inputs / divisor, weights * divisor[:, None])


def rounded(weights: Array, inputs: Array, top: int) -> tuple[Array, Array]:
    """Round weights (in, out) to -top ... top for such inputs (vectors, in); give each output's scale, too.

    >>> whole, scale = rounded(np.array([[1.0], [0.26]]), np.eye(2), 63)
    >>> whole.ravel().tolist(), scale.round(4).tolist()
    ([63, 16], [0.0159])
    """
    scale = np.maximum(np.abs(weights).max(0), LEAST) / top
    products = inputs.T.astype(np.float64) @ inputs
    products += np.eye(len(products)) * max(DAMPING * np.diag(products).mean(), LEAST)
    order = np.argsort(-np.diag(products), kind="stable")  # the inputs that matter most first
    spread = np.linalg.cholesky(np.linalg.inv(products[order][:, order])).T
    left, whole = weights[order].astype(np.float64), np.zeros(weights.shape, np.int8)
    for start in range(0, len(left), BLOCK):
        stop = min(start + BLOCK, len(left))
        errors = np.zeros((stop - start, left.shape[1]))
        for at in range(start, stop):
            found = np.clip(np.round(left[at] / scale), -top, top)
            whole[order[at]] = found
            errors[at - start] = (left[at] - found * scale) / spread[at, at]
            left[at + 1 : stop] -= np.outer(spread[at, at + 1 : stop], errors[at - start])
        left[stop:] -= spread[start:stop, stop:].T @ errors
    return whole, scale


def weight_top(*, has_vnni: bool) -> int:
    """Give the largest weight whose products a processor adds exactly."""
    return EIGHT_BITS if has_vnni else SEVEN_BITS


class Recipe(NamedTuple):
    """How each kind of layer is multiplied.

    name     for the record and the table
    runtime  the library whose operators are drawn
    tokens   kinds of layers, as "outer", whose input has a scale for each token
    whole    layers, as "0.outer", or kinds of layers that are no int8
    """

    name: str
    runtime: Optimizing
    tokens: frozenset[str]
    whole: frozenset[str]


def linear_by(recipe: Recipe, inputs: Mapping[str, Array], top: int) -> Linear:
    """Draw linear layers by a recipe, with weights from -top to top.

    `inputs` has for each layer's name what went into it, (vectors, in).
    """

    def draw(drawing: Drawing, vectors: str, name: str, weights: Array, bias: Array) -> str:
        kind = name.partition(".")[2]
        if {name, kind} & recipe.whole:
            return in_fp32(drawing, vectors, name, weights, bias)
        layer = _Layer(drawing, recipe.runtime, inputs[name], weights, bias, top)
        if kind not in recipe.tokens:
            return layer.by_layer(vectors)
        is_one_sided = -layer.seen.min() * ONE_SIDED < layer.seen.max()
        return layer.one_sided(vectors) if is_one_sided else layer.by_token(vectors)

    return draw


def lookup_for(runtime: Optimizing) -> Lookup:
    """Say how words are looked up beside int8: OpenVINO would make fp32 of an fp16 table, twice as large."""
    return in_two_bytes if runtime == "openvino" else as_saved


def in_two_bytes(drawing: Drawing, table: Array) -> str:
    """Draw a lookup of whole numbers, -32767 to 32767, as a high and a low byte, and a scale for each word.

    It is off by 1/32767 of a word's largest number at most. A scale is a power of two, by which neither byte
    loses a bit, also where a library multiplies in bf16.
    """
    largest = np.maximum(np.abs(table).max(1, keepdims=True), LEAST)
    scale = np.exp2(np.ceil(np.log2(largest / TWO_BYTES))).astype(np.float32)
    whole = np.rint(table / scale).astype(np.int16)
    high, low, factor = (
        drawing.of("Gather", drawing.constant(part), "ids")
        for part in ((whole >> 8).astype(np.int8), (whole & 255).astype(np.uint8), scale)
    )
    upper = drawing.of("Mul", drawing.in_floats(high), drawing.constant(np.float32(256)))
    return drawing.of(
        "Add", drawing.of("Mul", upper, factor), drawing.of("Mul", drawing.in_floats(low), factor)
    )


class _Layer(NamedTuple):
    """A linear layer that is to be drawn, and what went into it: `seen`, (vectors, in)."""

    drawing: Drawing
    runtime: Optimizing
    seen: Array
    weights: Array
    bias: Array
    weight_top: int

    def by_layer(self, vectors: str) -> str:
        """One scale for all inputs."""
        layer = smoothed(self.seen, self.weights, SHARE)
        ends = min(0.0, float(layer.inputs.min())), max(LEAST, float(layer.inputs.max()))
        whole, scale = rounded(layer.weights, layer.inputs, self.weight_top)
        return self._product(self._divided(vectors, layer), ends, whole, scale, self.bias)

    def by_token(self, vectors: str) -> str:
        """Divide each token's vector by its largest number."""
        layer = smoothed(self.seen, self.weights, SHARE_BY_TOKEN)
        largest = np.maximum(np.abs(layer.inputs).max(1, keepdims=True), LEAST)
        divided = self._divided(vectors, layer)
        top = self._largest(self.drawing.of("Abs", divided), LEAST)
        whole, scale = rounded(layer.weights, layer.inputs / largest, self.weight_top)
        return self._times(divided, top, (-1.0, 1.0), whole, scale)

    def one_sided(self, vectors: str) -> str:
        """Divide each token's vector by its largest number, or by half of what is typical, if that is more.

        Smoothing, which makes weights coarser, would not pay.
        """
        largest = self.seen.max(1, keepdims=True)
        floor = float(np.median(largest)) / 2
        whole, scale = rounded(self.weights, self.seen / np.maximum(largest, floor), self.weight_top)
        ends = min(0.0, float(self.seen.min())) / floor, 1.0
        return self._times(vectors, self._largest(vectors, floor), ends, whole, scale)

    def _divided(self, vectors: str, layer: Smoothed) -> str:
        factors = self.drawing.constant((1 / layer.divisor).astype(np.float32))
        return self.drawing.of("Mul", vectors, factors)

    def _largest(self, vectors: str, floor: float) -> str:
        drawing = self.drawing
        top = drawing.of("ReduceMax", vectors, drawing.constant(np.array([-1])), keepdims=1)
        return drawing.of("Max", top, drawing.constant(np.float32(floor)))

    def _times(self, vectors: str, top: str, ends: tuple[float, float], whole: Array, scale: Array) -> str:
        """Multiply vectors divided by `top`, and take that back."""
        drawing = self.drawing
        found = self._product(drawing.of("Div", vectors, top), ends, whole, scale, None)
        return drawing.of("Add", drawing.of("Mul", found, top), drawing.constant(self.bias))

    def _product(
        self, vectors: str, ends: tuple[float, float], whole: Array, scale: Array, bias: Array | None
    ) -> str:
        """Take inputs between two ends in 256 steps, and multiply.

        ONNX Runtime has an operator for it; OpenVINO takes standard ones together as one product.
        """
        drawing = self.drawing
        quantized, how = self._quantized(vectors, ends)
        weights = self._constants(whole, scale)
        added = [] if bias is None else [drawing.constant(bias)]
        if self.runtime == "onnxruntime":
            numbers, scales, zeros = weights
            given = [quantized, numbers, how[0], scales, how[1], zeros, *added]
            return drawing.of("MatMulIntegerToFloat", *given, fused=True)
        factors = drawing.of("DequantizeLinear", *weights, axis=1)
        found = drawing.of("MatMul", drawing.of("DequantizeLinear", quantized, *how), factors)
        return drawing.of("Add", found, *added) if added else found

    def _quantized(self, vectors: str, ends: tuple[float, float]) -> tuple[str, tuple[str, str]]:
        least, top = ends
        step = np.float32((top - least) / STEPS)
        constant = self.drawing.constant
        how = constant(step), constant(np.uint8(round(-least / float(step))))
        return self.drawing.of("QuantizeLinear", vectors, *how), how

    def _constants(self, whole: Array, scale: Array) -> tuple[str, str, str]:
        constant = self.drawing.constant
        zeros = np.zeros(len(scale), np.int8)
        return constant(whole), constant(scale.astype(np.float32)), constant(zeros)
