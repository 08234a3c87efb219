"""The BERT backend: any sequence classifier with a softmax, on a thread of its own.

A batch is sorted by length and cut by a budget of padded tokens, so that a short text never pays
for a long one. One failing batch fails its own texts only. A text that is read in several windows
is as many rows, and its answer their mean, to which the temperature is applied: that is what it was
fitted on.

Company and padding change the shapes of the matrix products, and with them the order of their sums:
in fp32 a probability moves by less than 1e-6, whoever else is in the batch. In bf16 it moves in the
second digit, so bf16 is chosen by a person and never by what the processor can do.
"""

import asyncio
import logging
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
from transformers import AutoTokenizer

from polarity.backends.base import well_formed
from polarity.backends.network import load_classifier, load_pretrained, position_limit
from polarity.backends.overflow import Overflow, frame_of, readings
from polarity.backends.temperature import read_calibration
from polarity.contract import Contract
from polarity.errors import BackendUnavailable, CheckpointError
from polarity.settings import BertSettings
from polarity.types import Failure, RawOutput, Scores, Usage

log = logging.getLogger(__name__)

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


class Encoded(NamedTuple):
    """One reading of a tokenized text, and the text's place among those asked."""

    place: int
    ids: list[int]


Reading = tuple[int, torch.Tensor] | Failure  # tokens, and each label name's log-probability


class BertBackend:
    """Scores texts with a fine-tuned classifier. See `PolarityBackend`."""

    name = "bert"

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        max_length: int,
        overflow: Overflow,
        batch_tokens: int,
        dtype: torch.dtype,
        temperature: float,
        source: str,
    ) -> None:
        self.model = source
        self._network = model.to(dtype).eval()
        self._tokenizer = tokenizer
        self._names = [model.config.id2label[index] for index in range(model.config.num_labels)]
        self._max_length = min(max_length, tokenizer.model_max_length, position_limit(model))
        self._overflow = overflow
        self._frame = frame_of(tokenizer)
        self._batch_tokens = batch_tokens
        self._temperature = temperature
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="polarity-bert")
        self._closed = False

    @classmethod
    def load(cls, settings: BertSettings, contract: Contract) -> Self:
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
            model,
            tokenizer,
            max_length=settings.max_length,
            overflow=settings.overflow,
            batch_tokens=settings.batch_tokens,
            dtype=DTYPES[settings.precision],
            temperature=calibration.temperature if calibration else 1.0,
            source=settings.model,
        )

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Score each text.

        Raises:
            BackendUnavailable: the backend was closed.
        """
        if self._closed:
            raise BackendUnavailable("the BERT backend is closed")
        if not texts:
            return []
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._predict, list(texts))

    async def aclose(self) -> None:
        """Let the work under way finish, then end the thread."""
        self._closed = True
        await asyncio.to_thread(self._thread.shutdown)

    def _predict(self, texts: list[str]) -> list[RawOutput]:
        try:
            encoded: list[list[int]] = self._tokenizer([well_formed(text) for text in texts])["input_ids"]
        except Exception as error:  # noqa: BLE001 - a text that the tokenizer chokes on is not the backend's end
            return [*_failures(len(texts), error)]
        rows = [Encoded(place, ids) for place, whole in enumerate(encoded) for ids in self._readings(whole)]
        answers: dict[int, list[Reading]] = {place: [] for place in range(len(texts))}
        for batch in token_batches(rows, self._batch_tokens):
            for row, answer in zip(batch, self._score_or_fail(batch), strict=True):
                answers[row.place].append(answer)
        return [self._answer(len(whole), answers[place]) for place, whole in enumerate(encoded)]

    def _readings(self, ids: list[int]) -> list[list[int]]:
        return readings(ids, self._frame, self._max_length, self._overflow)

    def _score_or_fail(self, batch: Sequence[Encoded]) -> Sequence[Reading]:
        try:
            return self._score(batch)
        except Exception as error:  # noqa: BLE001 - whatever broke this batch must not break the others
            return _failures(len(batch), error)

    @torch.inference_mode()
    def _score(self, batch: Sequence[Encoded]) -> list[Reading]:
        padded = self._tokenizer.pad({"input_ids": [row.ids for row in batch]}, return_tensors="pt")
        logits = self._network(**padded.to(self._network.device)).logits.double()
        return [(len(row.ids), logs) for row, logs in zip(batch, logits.log_softmax(-1).cpu(), strict=True)]

    def _answer(self, tokens: int, parts: Sequence[Reading]) -> RawOutput:
        """Make one answer of a text of so many tokens out of its readings."""
        if not parts:
            detail = f"{tokens} tokens, and {self._max_length} are read: see bert.overflow"
            return Failure(reason="text_too_long", detail=detail)
        read = 0
        logs = []
        for part in parts:
            if isinstance(part, Failure):
                return part
            read += part[0]
            logs.append(part[1])
        shares = mean_at_temperature(logs, self._temperature)
        if not all(map(math.isfinite, shares)):  # the softmax of what is not finite is not a number
            return Failure(reason="internal", detail="the classifier's logits are not finite")
        return Scores(
            probabilities=dict(zip(self._names, shares, strict=True)),
            source="softmax",
            tokens=read,
            truncated=read < tokens,
            usage=Usage(prompt_tokens=read),
        )


def _failures(count: int, error: Exception) -> list[Failure]:
    """Fail some texts for what broke them; call it where the error is handled."""
    log.error("%d texts failed", count, exc_info=error)
    return [Failure(reason="internal", detail=f"{type(error).__name__} in the classifier")] * count


def mean_at_temperature(logs: Sequence[torch.Tensor], temperature: float) -> list[float]:
    """Average the distributions that have these log-probabilities, and divide the mean's logits.

    The sum will do: what it is more than the mean, by a constant factor, the softmax does not see.

    >>> windows = [torch.tensor([0.9, 0.1]).log(), torch.tensor([0.7, 0.3]).log()]
    >>> [round(share, 4) for share in mean_at_temperature(windows, 2.0)]  # 0.8 to 0.2, then its roots
    [0.6667, 0.3333]
    """
    shares: list[float] = (torch.stack([*logs]).logsumexp(0) / temperature).softmax(-1).tolist()
    return shares


def token_batches(rows: Sequence[Encoded], budget: int) -> Iterator[list[Encoded]]:
    """Cut rows, shortest first, into batches of at most `budget` tokens with padding.

    A row longer than the budget is a batch of its own.

    >>> rows = [Encoded(0, [1] * 4), Encoded(1, [1] * 2), Encoded(2, [1] * 2)]
    >>> [[row.place for row in batch] for batch in token_batches(rows, budget=4)]
    [[1, 2], [0]]
    """
    batch: list[Encoded] = []
    for row in sorted(rows, key=lambda row: len(row.ids)):
        if batch and (len(batch) + 1) * len(row.ids) > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


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
