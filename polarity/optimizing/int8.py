"""Linear layers in eight bits: how an input is scaled, and how weights are rounded.

Weights have seven bits and a scale for each output. On processors with AVX2 and without VNNI two products of
8 bits are added in 16 bits, and 255 x 127 x 2 does not fit them: with 63 in 127's place it does, and the sum
is exact.

An input has a scale that was fixed by calibration texts, or one of its own for each token; never one for the
whole batch, as dynamic quantization has it: with that an answer depends on who else is in the batch.

Before, each input channel is divided by what makes large ones smaller at the cost of its weights: Xiao et al.
2023, "SmoothQuant". Weights are rounded one input after the other, and each one's error is made good by those
that follow: Frantar et al. 2023, "GPTQ".
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from polarity.optimizing.graph import Array, Drawing, Linear, in_fp32

STEPS: Final = 255  # between the least and the largest input
WEIGHT_TOP: Final = 63
SHARE, SHARE_BY_TOKEN = 0.7, 0.5  # of smoothing: what a token has for itself, smoothing need not do
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


def rounded(weights: Array, inputs: Array) -> tuple[Array, Array]:
    """Round weights (in, out) to -63 ... 63 for such inputs (vectors, in); give each output's scale, too.

    >>> whole, scale = rounded(np.array([[1.0], [0.26]]), np.eye(2))
    >>> whole.ravel().tolist(), scale.round(4).tolist()
    ([63, 16], [0.0159])
    """
    scale = np.maximum(np.abs(weights).max(0), LEAST) / WEIGHT_TOP
    products = inputs.T.astype(np.float64) @ inputs
    products += np.eye(len(products)) * max(DAMPING * np.diag(products).mean(), LEAST)
    order = np.argsort(-np.diag(products), kind="stable")  # the inputs that matter most first
    spread = np.linalg.cholesky(np.linalg.inv(products[order][:, order])).T
    left, whole = weights[order].astype(np.float64), np.zeros(weights.shape, np.int8)
    for start in range(0, len(left), BLOCK):
        stop = min(start + BLOCK, len(left))
        errors = np.zeros((stop - start, left.shape[1]))
        for at in range(start, stop):
            found = np.clip(np.round(left[at] / scale), -WEIGHT_TOP, WEIGHT_TOP)
            whole[order[at]] = found
            errors[at - start] = (left[at] - found * scale) / spread[at, at]
            left[at + 1 : stop] -= np.outer(spread[at, at + 1 : stop], errors[at - start])
        left[stop:] -= spread[start:stop, stop:].T @ errors
    return whole, scale


class Recipe(NamedTuple):
    """How each kind of layer is multiplied.

    name    for the record and the table
    tokens  kinds of layers, as "outer", whose input has a scale for each token
    whole   layers, as "0.outer", or kinds of layers that stay in fp32
    """

    name: str
    tokens: frozenset[str]
    whole: frozenset[str]


def linear_by(recipe: Recipe, inputs: Mapping[str, Array]) -> Linear:
    """Draw linear layers by a recipe. `inputs` has for each layer's name what went into it, (vectors, in)."""

    def draw(drawing: Drawing, vectors: str, name: str, weights: Array, bias: Array) -> str:
        kind = name.partition(".")[2]
        if {name, kind} & recipe.whole:
            return in_fp32(drawing, vectors, name, weights, bias)
        seen = inputs[name]
        if kind in recipe.tokens and -seen.min() * ONE_SIDED < seen.max():
            return _one_sided(drawing, vectors, seen, weights, bias)
        by, share = (_by_token, SHARE_BY_TOKEN) if kind in recipe.tokens else (_by_layer, SHARE)
        layer = smoothed(seen, weights, share)
        divided = drawing.of("Mul", vectors, drawing.constant((1 / layer.divisor).astype(np.float32)))
        return by(drawing, divided, layer, bias)

    return draw


def _by_layer(drawing: Drawing, vectors: str, layer: Smoothed, bias: Array) -> str:
    """One scale for all inputs."""
    least, top = min(0.0, float(layer.inputs.min())), max(LEAST, float(layer.inputs.max()))
    whole, scale = rounded(layer.weights, layer.inputs)
    return _product(drawing, vectors, (least, top), whole, scale, bias)


def _by_token(drawing: Drawing, vectors: str, layer: Smoothed, bias: Array) -> str:
    """Divide each token's vector by its largest number."""
    largest = np.maximum(np.abs(layer.inputs).max(1, keepdims=True), LEAST)
    top = _largest(drawing, drawing.of("Abs", vectors), LEAST)
    whole, scale = rounded(layer.weights, layer.inputs / largest)
    return _times(drawing, vectors, top, (-1.0, 1.0), whole, scale, bias)


def _one_sided(drawing: Drawing, vectors: str, seen: Array, weights: Array, bias: Array) -> str:
    """Divide each token's vector by its largest number, or by half of what is typical, if that is more.

    Smoothing, which makes weights coarser, would not pay.
    """
    largest = seen.max(1, keepdims=True)
    floor = float(np.median(largest)) / 2
    whole, scale = rounded(weights, seen / np.maximum(largest, floor))
    ends = min(0.0, float(seen.min())) / floor, 1.0
    return _times(drawing, vectors, _largest(drawing, vectors, floor), ends, whole, scale, bias)


def _largest(drawing: Drawing, vectors: str, floor: float) -> str:
    top = drawing.of("ReduceMax", vectors, drawing.constant(np.array([-1])), keepdims=1)
    return drawing.of("Max", top, drawing.constant(np.float32(floor)))


def _times(
    drawing: Drawing,
    vectors: str,
    top: str,
    ends: tuple[float, float],
    whole: Array,
    scale: Array,
    bias: Array,
) -> str:
    """Multiply vectors divided by `top`, and take that back."""
    found = _product(drawing, drawing.of("Div", vectors, top), ends, whole, scale, None)
    return drawing.of("Add", drawing.of("Mul", found, top), drawing.constant(bias))


def _product(
    drawing: Drawing,
    vectors: str,
    ends: tuple[float, float],
    whole: Array,
    scale: Array,
    bias: Array | None,
) -> str:
    """Take inputs between two ends in 256 steps, and multiply."""
    least, top = ends
    step = np.float32((top - least) / STEPS)
    how = drawing.constant(step), drawing.constant(np.uint8(round(-least / float(step))))
    quantized = drawing.of("QuantizeLinear", vectors, *how)
    weights, scales = drawing.constant(whole), drawing.constant(scale.astype(np.float32))
    zeros = drawing.constant(np.zeros(len(scale), np.int8))
    given = [quantized, weights, how[0], scales, how[1], zeros]
    given += [] if bias is None else [drawing.constant(bias)]
    return drawing.of("MatMulIntegerToFloat", *given, fused=True)
