"""What stands behind the engine: a classifier of texts, in this process or in one of its own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

from polarity.backends.calls import Text
from polarity.backends.overflow import Frame, Overflow

WEIGHTS: Final = "model.safetensors"


Read = Callable[[Sequence[str]], Sequence[Text]]


class Score(Protocol):
    """Gives a logit for each label, for each row of ids; `is_lone` where nothing else is to be scored."""

    def __call__(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> Sequence[Sequence[float]]:
        """Score rows."""
        ...


class Wanted(NamedTuple):
    """What is to be loaded, and how: of the settings `[bert]` those that a process of its own is told.

    source     a folder or hub id
    threads    None: all processors that may be used
    optimized  the folder of what was made of it for another library than torch
    """

    source: str
    precision: Literal["fp32", "bf16"] = "fp32"
    max_length: int = 512
    overflow: Overflow = "window"
    threads: int | None = None
    optimized: Path | None = None


class Facts(NamedTuple):
    """What is known of a checkpoint once it is loaded.

    names         of its labels, in the order of the logits
    frame         the tokens that its tokenizer puts around a text
    max_length    tokens that it reads at once
    stamp         of the file of its weights, by which another one is told: see `stamp_of`
    runtime       what runs it, and in what precision, as "onnxruntime int8"
    at_once       how many threads may have rows scored side by side
    """

    names: Sequence[str]
    frame: Frame
    max_length: int
    stamp: str
    runtime: str
    at_once: int = 1


def stamp_of(checkpoint: str) -> str:
    """Say when and how large the weights of a folder were written; nothing of a hub id."""
    try:
        found = (Path(checkpoint) / WEIGHTS).stat()
    except OSError:
        return ""
    return f"{found.st_size} bytes at {found.st_mtime_ns} ns"


class TextClassifier(Protocol):
    """Tokenizes texts, on one thread, and scores their readings, on as many as its facts say."""

    @property
    def facts(self) -> Facts:
        """What is known of it, once it is loaded.

        Raises:
            CheckpointError: it cannot be used.
        """
        ...

    @property
    def is_up(self) -> bool:
        """Whether it can answer now."""
        ...

    def read(self, texts: Sequence[str]) -> Sequence[Text]:
        """Tokenize texts, and cut what is too long into readings."""
        ...

    def score(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> Sequence[Sequence[float]]:
        """Give a logit for each label, for each row of ids; see `Runtime.logits`."""
        ...

    def close(self) -> None:
        """Let go of it. May be called twice."""
        ...
