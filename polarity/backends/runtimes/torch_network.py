"""A classifier as torch runs it, whoever has loaded it."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from polarity.backends.runtimes.base import Shape


@dataclass(frozen=True)
class Network:
    """A classifier: ids and mask, (texts, tokens), to logits, (texts, labels); 1 marks what is read."""

    logits: Callable[[Tensor, Tensor], Tensor]
    shape: Shape
