"""A checkpoint in memory: texts -> readings by its tokenizer, and readings -> logits by a runtime."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from polarity.backends.calls import Text
from polarity.backends.facts import Facts, Wanted, stamp_of
from polarity.backends.input_form import AS_IT_IS, InputForm, read_input_form
from polarity.backends.overflow import readings
from polarity.backends.plain.tokenizer import read_tokenizer
from polarity.backends.runtimes.base import Runtime
from polarity.backends.runtimes.processors import usable_processors
from polarity.backends.tokens import Tokens
from polarity.errors import CheckpointError
from polarity.types import Known

TWO_TEXTS = ("Good.", "It broke on the first day.")  # of different lengths: one of them is padded


class LoadedClassifier:
    """A sequence classifier and its tokenizer in this process. See `TextClassifier`."""

    is_up = True

    def __init__(
        self, runtime: Runtime, tokens: Tokens, wanted: Wanted, input_form: InputForm = AS_IT_IS
    ) -> None:
        self.runtime, self.tokens, self._input = runtime, tokens, input_form
        self._overflow = wanted.overflow
        names, positions, _ = runtime.shape
        length = min(wanted.max_length, tokens.max_length, positions)
        at_once = min(runtime.at_once, usable_processors())
        self.facts = Facts(names, tokens.frame, length, stamp_of(wanted.source), runtime.name, at_once)

    @classmethod
    def load(cls, wanted: Wanted) -> Self:
        """Load the checkpoint that is wanted, and let it answer two texts at once.

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
        loaded = cls(runtime, tokens, wanted, read_input_form(Path(wanted.source)))
        _check_answers(loaded, wanted.source)
        return loaded

    def read(self, texts: Sequence[str]) -> list[Text]:
        """Tokenize texts, and cut what is too long into readings."""
        frame, length = self.facts.frame, self.facts.max_length
        encoded = self.tokens.encode([*map(self._input.given, texts)])
        return [
            Text(len(ids), readings(ids, frame, length, self._overflow), self._known(text, ids))
            for text, ids in zip(texts, encoded, strict=True)
        ]

    def _known(self, text: str, ids: Sequence[int]) -> Known:
        own = len(ids) - sum(self.tokens.frame)
        unknown = 0 if self.tokens.unknown_id is None else ids.count(self.tokens.unknown_id)
        return self._input.known(text, 1 - unknown / own if own > 0 else 0.0)  # of nothing nothing is known

    def score(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        return self.runtime.logits(rows, is_lone=is_lone)

    def close(self) -> None:
        """Do nothing: memory is let go of by itself."""


def _check_answers(loaded: LoadedClassifier, source: str) -> None:
    """Refuse, before any customer, what cannot pad, gives no numbers, or not as many as it has names."""
    rows = [ids for text in loaded.read(TWO_TEXTS) for ids in text.readings]
    try:
        found = loaded.score(rows) if rows else []
    except Exception as error:  # each network has its own for rows that it cannot pad
        from polarity.backends.hub import one_line

        raise CheckpointError(f"{source!r} cannot answer two texts at once: {one_line(error)}") from error
    if not all(math.isfinite(logit) for row in found for logit in row):
        raise CheckpointError(f"{source!r} gives logits that are no numbers: are its weights broken?")
    names = loaded.facts.names
    if any(len(row) != len(names) for row in found):
        given, known = len(found[0]), ", ".join(names)
        raise CheckpointError(f"{source!r} gives {given} logits, and names {len(names)} labels: {known}")


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
