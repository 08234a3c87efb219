"""The BERT backend: any sequence classifier with a softmax, behind one engine for all callers.

The engine batches rows of all calls by their length (`engine`, `turns`). A text that is read in several
windows is as many rows, and its answer their mean, to which the temperature is applied: that is what it
was fitted on.

Company and padding change the shapes of the matrix products, and with them the order of their sums:
in fp32 a probability moves by less than 1e-6, whoever else is in the batch. In bf16 it moves in the
second digit, so bf16 is chosen by a person and never by what the processor can do.
"""

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import torch
from transformers import AutoTokenizer

from polarity.backends.admission import Limits, most_tokens
from polarity.backends.base import well_formed
from polarity.backends.calls import Said, Text
from polarity.backends.engine import Engine, Numbers
from polarity.backends.forward import TorchNetwork
from polarity.backends.network import load_classifier, load_pretrained
from polarity.backends.overflow import Overflow, frame_of, readings
from polarity.backends.temperature import read_calibration
from polarity.contract import Contract
from polarity.errors import CheckpointError
from polarity.settings import BertSettings
from polarity.types import Failure, RawOutput, Scores, Usage

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
NO_LIMITS = Limits()


class Network(Protocol):
    """What scores rows of ids."""

    @property
    def names(self) -> Sequence[str]:
        """The labels' names, in the order of the logits."""
        ...

    @property
    def most_tokens(self) -> int:
        """How many tokens a row may have."""
        ...

    def score(self, rows: Sequence[Sequence[int]]) -> Sequence[Sequence[float]]:
        """Give a logit for each label, for each row."""
        ...


class BertBackend:
    """Scores texts with a fine-tuned classifier. See `PolarityBackend`."""

    name = "bert"

    def __init__(
        self,
        network: Network,
        tokenizer: Any,
        *,
        max_length: int,
        overflow: Overflow,
        batch_tokens: int,
        temperature: float,
        source: str,
        limits: Limits = NO_LIMITS,
    ) -> None:
        self.model = source
        self._network = network
        self._tokenizer = tokenizer
        self._max_length = min(max_length, tokenizer.model_max_length, network.most_tokens)
        self._overflow = overflow
        self._frame = frame_of(tokenizer)
        self._temperature = temperature
        self._deadline_s = limits.deadline_s
        self._engine = Engine(self._read, network.score, budget=batch_tokens, limits=limits)

    @classmethod
    def load(cls, settings: BertSettings, contract: Contract, *, limits: Limits = NO_LIMITS) -> Self:
        """Load the checkpoint that the settings name and hold its labels against the contract.

        Raises:
            CheckpointError: it is missing, corrupt, not safetensors, does not fit the contract, or has
                a calibration for other weights.
        """
        source = settings.source
        if settings.threads:
            torch.set_num_threads(settings.threads)
        model, missing = load_classifier(source)
        tokenizer = load_pretrained(AutoTokenizer, source)
        contract.check_binding(list(model.config.id2label.values()))
        check_classifier(model, tokenizer, missing, source)
        calibration = read_calibration(Path(source)) if settings.calibration == "checkpoint" else None
        return cls(
            TorchNetwork(
                model,
                dtype=DTYPES[settings.precision],
                pad_id=tokenizer.pad_token_id,
                padding_side=tokenizer.padding_side,
            ),
            tokenizer,
            max_length=settings.max_length,
            overflow=settings.overflow,
            batch_tokens=settings.batch_tokens,
            temperature=calibration.temperature if calibration else 1.0,
            source=settings.model,
            limits=limits,
        )

    @property
    def numbers(self) -> Numbers:
        """What the engine has done until now."""
        return self._engine.numbers

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Score each text.

        Raises:
            BackendUnavailable: the backend was closed.
            Overloaded: too much is waiting.
            TooManyTokens: these are more than one call may have.
        """
        if not texts:
            return []
        asked = self._engine.ask([well_formed(text) for text in texts], sum(map(self._most, texts)))
        try:
            async with asyncio.timeout(self._deadline_s):
                said = await asyncio.wrap_future(asked)
        except TimeoutError:
            late = Failure(
                reason="timeout", detail=f"no answer within {self._deadline_s:g} s: see bert.deadline_ms"
            )
            return [late] * len(texts)
        return [*map(self._answer, said)]

    async def aclose(self) -> None:
        """Let the work under way finish, then end the threads."""
        await asyncio.to_thread(self._engine.close)

    def _most(self, text: str) -> int:
        most = most_tokens(text, sum(self._frame))
        return most if self._overflow == "window" else min(most, self._max_length)

    def _read(self, texts: Sequence[str]) -> list[Text]:
        encoded: list[list[int]] = self._tokenizer(list(texts))["input_ids"]
        return [Text(len(ids), self._readings(ids)) for ids in encoded]

    def _readings(self, ids: list[int]) -> list[list[int]]:
        return readings(ids, self._frame, self._max_length, self._overflow)

    def _answer(self, said: Said) -> RawOutput:
        """Make one answer of a text out of what was said of its readings."""
        if not said.parts:
            detail = f"{said.tokens} tokens, and {self._max_length} are read: see bert.overflow"
            return Failure(reason="text_too_long", detail=detail)
        read = 0
        logits = []
        for part in said.parts:
            if isinstance(part, Exception):
                return Failure(reason="internal", detail=f"{type(part).__name__} in the classifier")
            read += part.tokens
            logits.append(part.logits)
        shares = mean_at_temperature(logits, self._temperature)
        if not all(map(math.isfinite, shares)):  # the softmax of what is not finite is not a number
            return Failure(reason="internal", detail="the classifier's logits are not finite")
        return Scores(
            probabilities=dict(zip(self._network.names, shares, strict=True)),
            source="softmax",
            tokens=read,
            truncated=read < said.tokens,
            usage=Usage(prompt_tokens=read),
        )


def mean_at_temperature(logits: Sequence[Sequence[float]], temperature: float) -> list[float]:
    """Average the distributions that these logits stand for, and divide the mean's logits by the temperature.

    The sum will do: what it is more than the mean, by a constant factor, the softmax does not see.

    >>> windows = [[math.log(0.9), math.log(0.1)], [math.log(0.7), math.log(0.3)]]
    >>> [round(share, 4) for share in mean_at_temperature(windows, 2.0)]  # 0.8 to 0.2, then its roots
    [0.6667, 0.3333]
    """
    logs = [[logit - total for logit in row] for row in logits for total in [_log_sum(row)]]
    summed = [_log_sum(label) / temperature for label in zip(*logs, strict=True)]
    total = _log_sum(summed)
    return [math.exp(log - total) for log in summed]


def _log_sum(logs: Sequence[float]) -> float:
    """Give the logarithm of the sum of what these are logarithms of: not a number where one is not."""
    top = max(logs)
    if top == -math.inf:
        return top
    return top + math.log(math.fsum(math.exp(log - top) for log in logs))


def check_classifier(model: Any, tokenizer: Any, missing: Sequence[str], source: str) -> None:
    """Refuse a checkpoint that loads and yet would answer nonsense, or nothing.

    Raises:
        CheckpointError: naming what is wrong with it.
    """
    if missing:
        names = ", ".join(sorted(missing)[:3])
        raise CheckpointError(f"{source!r} is no trained classifier: it has no weights for {names}")
    if model.config.problem_type == "multi_label_classification":
        raise CheckpointError(f"{source!r} is a multi-label classifier: its scores are no distribution")
    if sorted(model.config.id2label) != list(range(model.config.num_labels)):
        raise CheckpointError(f"{source!r} does not number its labels from 0: {dict(model.config.id2label)}")
    if tokenizer.pad_token_id is None:
        raise CheckpointError(f"{source!r} has a tokenizer without a padding token")
    if len(tokenizer) <= len(tokenizer.all_special_ids):  # made up where its files are missing
        raise CheckpointError(f"{source!r} has a tokenizer without any word: are its files missing?")
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:
        raise CheckpointError(f"{source!r} has a tokenizer with more tokens than its network knows")
