"""BERT as an ONNX graph: ids and mask to logits, attention as one operator.

The last layer is `plain.network`'s: keys and values of all tokens, all else of the first one only.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from polarity.backends.plain.config import BertConfig

Array = NDArray[Any]
FUSED: Final = "com.microsoft"  # the domain of ONNX Runtime's operators, which OpenVINO reads, too
OPSET: Final = 18
IR: Final = 10


class Drawing:
    """Nodes and constants of a graph under way. A value is known by its name."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def constant(self, value: Any) -> str:
        """Add a constant."""
        name = f"constant{len(self._constants)}"
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def of(self, operator: str, *inputs: str, fused: bool = False, **attributes: Any) -> str:
        """Add a node with one output."""
        return self.several(1, operator, *inputs, fused=fused, **attributes)[0]

    def in_floats(self, value: str) -> str:
        """Add the same numbers in fp32."""
        return self.of("Cast", value, to=onnx.TensorProto.FLOAT)

    def several(
        self, count: int, operator: str, *inputs: str, fused: bool = False, **attributes: Any
    ) -> list[str]:
        """Add a node with so many outputs."""
        outputs = [f"{operator}{len(self._nodes)}.{at}" for at in range(count)]
        domain = FUSED if fused else ""
        self._nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, **attributes))
        return outputs

    def model(self, logits: str, labels: int, shown: Mapping[str, int]) -> onnx.ModelProto:
        """Give the whole; `shown` are values that come out beside the logits, and their last sizes."""
        self._nodes.append(helper.make_node("Identity", [logits], ["logits"]))
        info, table = helper.make_tensor_value_info, ["texts", "tokens"]
        inputs = [
            info("ids", onnx.TensorProto.INT64, table),
            info("mask", onnx.TensorProto.INT32, table),
        ]
        outputs = [info("logits", onnx.TensorProto.FLOAT, ["texts", labels])]
        outputs += [info(name, onnx.TensorProto.FLOAT, ["texts", None, size]) for name, size in shown.items()]
        graph = helper.make_graph(self._nodes, "bert", inputs, outputs, [*self._constants.values()])
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR)


Linear = Callable[[Drawing, str, str, Array, Array], str]
"""Draws a layer: the drawing, its input, its name as in "0.inner", weights (in, out), bias -> its output."""


Lookup = Callable[[Drawing, Array], str]
"""Draws what the ids stand for: the drawing, a table of vectors (words, size) -> its output."""


def as_saved(drawing: Drawing, table: Array) -> str:
    """Draw a lookup in fp32; a table that was saved as fp16 stays so: half as large, as exact."""
    half = table.astype(np.float16)
    if not np.array_equal(half, table):
        return drawing.of("Gather", drawing.constant(table), "ids")
    return drawing.in_floats(drawing.of("Gather", drawing.constant(half), "ids"))


def in_fp32(drawing: Drawing, vectors: str, _name: str, weights: Array, bias: Array) -> str:
    """Draw a linear layer as it is."""
    return drawing.of("Add", drawing.of("MatMul", vectors, drawing.constant(weights)), drawing.constant(bias))


def bert_graph(
    config: BertConfig,
    weights: Mapping[str, Array],
    linear: Linear = in_fp32,
    lookup: Lookup = as_saved,
    shown: Mapping[str, int] | None = None,
) -> onnx.ModelProto:
    """Draw a BERT whose linear layers `linear` draws, and `lookup` the vectors of its words.

    `weights` are fp32, under their saved names; `shown` are values that come out, too, and their last sizes.
    """
    bert = _Bert(Drawing(), config, weights, linear, lookup)
    labels = len(config.names)
    return bert.drawing.model(bert.logits(), labels, {} if shown is None else shown)


class _Bert:
    """Draws the parts of one network."""

    def __init__(
        self,
        drawing: Drawing,
        config: BertConfig,
        weights: Mapping[str, Array],
        linear: Linear,
        lookup: Lookup,
    ) -> None:
        self.drawing, self._config, self._weights = drawing, config, weights
        self._draw, self._lookup = linear, lookup
        self._first = [drawing.constant(np.array([at])) for at in (0, 1, 1)]  # from, to, axis: of each text

    def logits(self) -> str:
        """Draw all of it."""
        vectors, last = self._embedded(), self._config.layers - 1
        for at in range(self._config.layers):
            vectors = self._layer(vectors, at, is_last=at == last)
        first = self.drawing.of("Squeeze", vectors, self._first[1])
        pooled = self.drawing.of("Tanh", self._small(first, "bert.pooler.dense"))
        return self._small(pooled, "classifier")

    def _embedded(self) -> str:
        drawing, table = self.drawing, "bert.embeddings.{}_embeddings.weight"
        words, positions, types = (
            self._weights[table.format(what)] for what in ("word", "position", "token_type")
        )
        length = drawing.of("Shape", "ids", start=1, end=2)
        placed = drawing.of("Slice", drawing.constant(positions + types[0]), self._first[0], length)
        found = drawing.of("Add", self._lookup(drawing, words), placed)
        scale, shift = self._norm("bert.embeddings.LayerNorm")
        return drawing.of("LayerNormalization", found, scale, shift, epsilon=self._config.epsilon)

    def _layer(self, vectors: str, at: int, *, is_last: bool) -> str:
        drawing, name = self.drawing, f"bert.encoder.layer.{at}."
        own = drawing.of("Slice", vectors, *self._first) if is_last else vectors
        query, key, value = (
            self._linear(of, f"{at}.{part}", f"{name}attention.self.{part}")
            for part, of in (("query", own), ("key", vectors), ("value", vectors))
        )
        heads = self._config.heads
        seen = drawing.of("MultiHeadAttention", query, key, value, "", "mask", fused=True, num_heads=heads)
        attended = self._linear(seen, f"{at}.output", f"{name}attention.output.dense")
        found = self._added(attended, own, f"{name}attention.output.LayerNorm")
        inner = drawing.of(
            "Gelu", self._linear(found, f"{at}.inner", f"{name}intermediate.dense"), fused=True
        )
        outer = self._linear(inner, f"{at}.outer", f"{name}output.dense")
        return self._added(outer, found, f"{name}output.LayerNorm")

    def _added(self, vectors: str, before: str, norm: str) -> str:
        scale, shift = self._norm(norm)
        epsilon = self._config.epsilon
        return self.drawing.of(
            "SkipLayerNormalization", vectors, before, scale, shift, fused=True, epsilon=epsilon
        )

    def _linear(self, vectors: str, short: str, name: str) -> str:
        weights, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return self._draw(self.drawing, vectors, short, weights.T, bias)

    def _small(self, vectors: str, name: str) -> str:
        """One vector a text: too little to save anything on."""
        return in_fp32(
            self.drawing, vectors, name, self._weights[f"{name}.weight"].T, self._weights[f"{name}.bias"]
        )

    def _norm(self, name: str) -> tuple[str, str]:
        scale, shift = (self.drawing.constant(self._weights[f"{name}.{kind}"]) for kind in ("weight", "bias"))
        return scale, shift
