"""What goes into each linear layer on calibration texts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from polarity.backends.plain.config import BertConfig
from polarity.backends.runtimes.onnxruntime import values
from polarity.backends.runtimes.padding import padded
from polarity.optimizing.graph import Array, Drawing, bert_graph, in_fp32

KEPT: Final = 4_000  # vectors of each layer
SEED: Final = 0


def layer_inputs(
    config: BertConfig, weights: Mapping[str, Array], batches: Sequence[Sequence[Sequence[int]]]
) -> dict[str, Array]:
    """Give for each linear layer's name some of the vectors, (vectors, in), that went into it."""
    sources: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def watched(drawing: Drawing, vectors: str, name: str, weights: Array, bias: Array) -> str:
        sources[name], sizes[vectors] = vectors, len(weights)
        return in_fp32(drawing, vectors, name, weights, bias)

    model = bert_graph(config, weights, watched, shown=sizes).SerializeToString()
    share = min(1.0, KEPT / sum(len(row) for batch in batches for row in batch))
    seen: dict[str, list[Array]] = {name: [] for name in sizes}
    for name, found in _seen(model, [*sizes], batches, share):
        seen[name].append(found)
    joined = {name: np.concatenate(parts) for name, parts in seen.items()}
    return {name: joined[source] for name, source in sources.items()}


def _seen(
    model: bytes, names: Sequence[str], batches: Sequence[Sequence[Sequence[int]]], share: float
) -> Iterator[tuple[str, Array]]:
    """Draw a share of the vectors of tokens; where a layer has one vector a text, take all."""
    chance = np.random.default_rng(SEED)
    tables = [padded(batch) for batch in batches]
    for (_, mask), found in zip(tables, values(model, names, tables), strict=True):
        is_drawn = (mask == 1) & (chance.random(mask.shape) < share)
        for name, vectors in zip(names, found, strict=True):
            yield name, vectors[is_drawn] if vectors.shape[1] == mask.shape[1] else vectors[:, 0]
