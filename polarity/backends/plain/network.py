"""BERT in torch: Devlin et al. 2019, "BERT: Pre-training of deep bidirectional transformers", as a function.

Its last layer is made for the first token only, since its classifier reads no other one. Keys and values are
still made of all tokens; query, output and the two large products behind are made of one. In a network of n
layers that saves about 5 / 6 of 1 / n of the work: of a layer's 24 products of size by size for each token
(query, key, value, output; 8 and 8 behind) 4 are left.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.nn.functional import embedding, gelu, layer_norm, linear, scaled_dot_product_attention

from polarity.backends.facts import WEIGHTS
from polarity.backends.plain.config import BertConfig
from polarity.backends.runtimes.base import Shape

IGNORED: Final = "bert.embeddings.position_ids"  # 0, 1, 2, ..., which older versions saved
LINEAR: Final = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
NORMS: Final = ("attention.output.LayerNorm", "output.LayerNorm")


class PlainBert:
    """`weights` under the names that they are saved by; see `names_of`."""

    def __init__(self, config: BertConfig, weights: Mapping[str, Tensor]) -> None:
        self.config, self.weights = config, weights
        positions, words = (
            len(weights[f"bert.embeddings.{what}_embeddings.weight"]) for what in ("position", "word")
        )
        self.shape = Shape(config.names, positions, words)

    @classmethod
    def load(cls, folder: Path, config: BertConfig, dtype: torch.dtype) -> Self | None:
        """Load it; None where the file is not there, or is broken, or holds other weights than these."""
        try:
            with safe_open(folder / WEIGHTS, "pt") as file:
                names = {*file.keys()} - {IGNORED}
                if names != names_of(config.layers):
                    return None
                weights = {name: file.get_tensor(name).to(dtype) for name in names}
        except (OSError, SafetensorError):
            return None
        return cls(config, weights) if _fit(weights, config) else None

    def __call__(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Give logits, (texts, labels), for ids and mask of shape (texts, tokens): 1 marks what is read."""
        tokens = embedding(ids, self.weights["bert.embeddings.word_embeddings.weight"])
        tokens = tokens + self.weights["bert.embeddings.token_type_embeddings.weight"][0]
        tokens = tokens + self.weights["bert.embeddings.position_embeddings.weight"][: ids.shape[1]]
        tokens = self._norm(tokens, "bert.embeddings.LayerNorm")
        seen = None if bool(mask.all()) else mask.bool()[:, None, None, :]
        last = self.config.layers - 1
        for at in range(self.config.layers):
            tokens = self._layer(tokens, seen, at, wanted=1 if at == last else ids.shape[1])
        return self._linear(self._linear(tokens[:, 0], "bert.pooler.dense").tanh(), "classifier")

    def _layer(self, tokens: Tensor, seen: Tensor | None, at: int, *, wanted: int) -> Tensor:
        """Give of a layer's vectors, (texts, tokens, size), the first ones that are wanted."""
        name, own = f"bert.encoder.layer.{at}", tokens[:, :wanted]
        query, key, value = (
            self._linear(vectors, f"{name}.attention.self.{part}")
            .unflatten(-1, (self.config.heads, -1))
            .transpose(1, 2)
            for part, vectors in (("query", own), ("key", tokens), ("value", tokens))
        )
        attended = scaled_dot_product_attention(query, key, value, attn_mask=seen).transpose(1, 2).flatten(2)
        added = self._linear(attended, f"{name}.attention.output.dense") + own
        found = self._norm(added, f"{name}.attention.output.LayerNorm")
        inner = gelu(self._linear(found, f"{name}.intermediate.dense"))
        return self._norm(self._linear(inner, f"{name}.output.dense") + found, f"{name}.output.LayerNorm")

    def _linear(self, vectors: Tensor, name: str) -> Tensor:
        return linear(vectors, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, vectors: Tensor, name: str) -> Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return layer_norm(vectors, weight.shape, weight, bias, self.config.epsilon)


def names_of(layers: int) -> set[str]:
    """Name the weights of a BERT with so many layers and a classifier.

    >>> len(names_of(1)), min(names_of(1))
    (25, 'bert.embeddings.LayerNorm.bias')
    """
    parts = [f"bert.encoder.layer.{at}.{part}" for at in range(layers) for part in (*LINEAR, *NORMS)]
    parts += ["bert.embeddings.LayerNorm", "bert.pooler.dense", "classifier"]
    tables = {f"bert.embeddings.{what}_embeddings.weight" for what in ("word", "position", "token_type")}
    return {f"{part}.{kind}" for part in parts for kind in ("weight", "bias")} | tables


def _fit(weights: Mapping[str, Tensor], config: BertConfig) -> bool:
    """Whether the sizes go together: a label each, and heads that divide the vectors."""
    labels, size = weights["classifier.weight"].shape
    return labels == len(config.names) and size % config.heads == 0
