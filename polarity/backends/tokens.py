"""What a tokenizer is to a classifier: ids of texts, and what batches and windows must know of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from polarity.backends.overflow import Frame


@dataclass(frozen=True)
class Tokens:
    """A tokenizer.

    encode       texts -> the ids of each, framed and not cut
    frame        what it puts around a text
    max_length   tokens that it was made for
    pad_id       what fills a row, on the left or on the right
    unknown_id   what stands for a word that it does not know; None: it knows all
    size         how many tokens it knows
    """

    encode: Callable[[Sequence[str]], list[list[int]]]
    frame: Frame
    max_length: int
    pad_id: int
    pads_left: bool
    unknown_id: int | None
    size: int
