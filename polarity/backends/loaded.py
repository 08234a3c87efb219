"""A checkpoint in memory: texts -> readings by its tokenizer, and readings -> logits by a runtime."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from polarity.backends.calls import Text
from polarity.backends.facts import Facts, Wanted, stamp_of
from polarity.backends.overflow import readings
from polarity.backends.plain.tokenizer import read_tokenizer
from polarity.backends.runtimes.base import Runtime
from polarity.backends.tokens import Tokens
from polarity.errors import CheckpointError


class LoadedClassifier:
    """A sequence classifier and its tokenizer in this process. See `TextClassifier`."""

    is_up = True

    def __init__(self, runtime: Runtime, tokens: Tokens, wanted: Wanted) -> None:
        self.runtime, self.tokens = runtime, tokens
        self._overflow = wanted.overflow
        names, positions, _ = runtime.shape
        length = min(wanted.max_length, tokens.max_length, positions)
        self.facts = Facts(names, tokens.frame, length, stamp_of(wanted.source))

    @classmethod
    def load(cls, wanted: Wanted) -> Self:
        """Load the checkpoint that is wanted.

        Raises:
            CheckpointError: it is missing, corrupt, not safetensors, or no classifier that can be used.
        """
        if not Path(wanted.source).is_dir():
            from polarity.backends.hub import folder_of

            wanted = wanted._replace(source=str(folder_of(wanted.source)))
        tokens = _tokens(wanted.source)
        runtime = _runtime(wanted, tokens)
        if tokens.size > runtime.shape.vocabulary:
            raise CheckpointError(
                f"{wanted.source!r} has a tokenizer with more tokens than its network knows"
            )
        return cls(runtime, tokens, wanted)

    def read(self, texts: Sequence[str]) -> list[Text]:
        """Tokenize texts, and cut what is too long into readings."""
        _, frame, length, _ = self.facts
        encoded = self.tokens.encode(texts)
        return [Text(len(ids), readings(ids, frame, length, self._overflow)) for ids in encoded]

    def score(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        return self.runtime.logits(rows)

    def close(self) -> None:
        """Do nothing: memory is let go of by itself."""


def _runtime(wanted: Wanted, tokens: Tokens) -> Runtime:
    """Load the network; torch is imported only where it runs it."""
    if wanted.optimized:
        from polarity.backends.runtimes.opening import opened

        return opened(wanted.optimized, wanted.threads)
    from polarity.backends.runtimes.torch import TorchRuntime

    return TorchRuntime.load(wanted, tokens)


def _tokens(source: str) -> Tokens:
    """Read the tokenizer of a folder or hub id, without transformers where it is a BERT's."""
    plain = read_tokenizer(Path(source))
    if plain:
        return plain
    from polarity.backends.by_transformers import load_tokens

    return load_tokens(source)
