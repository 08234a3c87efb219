"""What stands behind the engine: a classifier of texts, in this process or in one of its own."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from polarity.backends.calls import Text
from polarity.backends.overflow import Frame


class Facts(NamedTuple):
    """What is known of a checkpoint once it is loaded.

    names         of its labels, in the order of the logits
    frame         the tokens that its tokenizer puts around a text
    max_length    tokens that it reads at once
    temperature   that its answers are divided by
    """

    names: Sequence[str]
    frame: Frame
    max_length: int
    temperature: float


class TextClassifier(Protocol):
    """Tokenizes texts, and scores their readings. Each of both is called on one thread only."""

    facts: Facts

    @property
    def is_up(self) -> bool:
        """Whether it can answer now."""
        ...

    def read(self, texts: Sequence[str]) -> Sequence[Text]:
        """Tokenize texts, and cut what is too long into readings."""
        ...

    def score(self, rows: Sequence[Sequence[int]]) -> Sequence[Sequence[float]]:
        """Give a logit for each label, for each row of ids."""
        ...

    def close(self) -> None:
        """Let go of it. May be called twice."""
        ...
