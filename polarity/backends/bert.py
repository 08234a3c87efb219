"""The BERT backend: any sequence classifier with a softmax, on a thread of its own.

A batch is sorted by length and cut by a budget of padded tokens, so that a short text never pays
for a long one. One failing batch fails its own texts only.

Company and padding change the shapes of the matrix products, and with them the order of their sums:
in fp32 a probability moves by less than 1e-6, whoever else is in the batch. In bf16 it moves in the
second digit, so bf16 is chosen by a person and never by what the processor can do.
"""

import asyncio
import logging
import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, Self

import huggingface_hub
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging as transformers_logging

from polarity.backends.base import well_formed
from polarity.contract import Contract
from polarity.errors import BackendUnavailable, CheckpointError
from polarity.settings import BertSettings
from polarity.types import Failure, RawOutput, Scores, Usage

log = logging.getLogger(__name__)

HUB_TIMEOUT_S = 10.0
MAX_DETAIL = 300  # characters of another library's message
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


class Encoded(NamedTuple):
    """A tokenized text and its place among the texts asked."""

    place: int
    ids: list[int]
    truncated: bool


class BertBackend:
    """Scores texts with a fine-tuned classifier. See `PolarityBackend`."""

    name = "bert"

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        max_length: int,
        batch_tokens: int,
        dtype: torch.dtype,
        source: str,
    ) -> None:
        self.model = source
        self._network = model.to(dtype).eval()
        self._tokenizer = tokenizer
        self._names = [model.config.id2label[index] for index in range(model.config.num_labels)]
        self._max_length = min(max_length, tokenizer.model_max_length, position_limit(model))
        self._batch_tokens = batch_tokens
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="polarity-bert")
        self._closed = False

    @classmethod
    def load(cls, settings: BertSettings, contract: Contract) -> Self:
        """Load the checkpoint that the settings name and hold its labels against the contract.

        Raises:
            CheckpointError: it is missing, corrupt, not safetensors, or does not fit the contract.
        """
        source = settings.checkpoint or str(files("polarity").joinpath("checkpoint"))
        if settings.threads:
            torch.set_num_threads(settings.threads)
        model, loading = load_pretrained(
            AutoModelForSequenceClassification, source, dtype=torch.float32, output_loading_info=True
        )
        tokenizer = load_pretrained(AutoTokenizer, source)
        contract.check_binding(list(model.config.id2label.values()))
        check_classifier(model, tokenizer, loading["missing_keys"], source)
        return cls(
            model,
            tokenizer,
            max_length=settings.max_length,
            batch_tokens=settings.batch_tokens,
            dtype=DTYPES[settings.precision],
            source=_public_name(settings.checkpoint),
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
        answers: dict[int, RawOutput] = {}
        try:
            rows = self._encode([well_formed(text) for text in texts])
        except Exception as error:  # noqa: BLE001 - a text that the tokenizer chokes on is not the backend's end
            return _failures(len(texts), error)
        for batch in token_batches(rows, self._batch_tokens):
            for encoded, answer in zip(batch, self._score_or_fail(batch), strict=True):
                answers[encoded.place] = answer
        return [answers[place] for place in range(len(texts))]

    def _encode(self, texts: list[str]) -> list[Encoded]:
        """Tokenize. One token more than is read is asked for: it tells whether a text is truncated."""
        rows = self._token_ids(texts, self._max_length + 1)
        return [self._cut(place, ids, texts[place]) for place, ids in enumerate(rows)]

    def _cut(self, place: int, ids: list[int], text: str) -> Encoded:
        """Let the tokenizer cut what is too long: it knows which of its own tokens stay at the end."""
        if len(ids) <= self._max_length:
            return Encoded(place, ids, truncated=False)
        return Encoded(place, self._token_ids([text], self._max_length)[0], truncated=True)

    def _token_ids(self, texts: list[str], max_length: int) -> list[list[int]]:
        encoded: list[list[int]] = self._tokenizer(texts, truncation=True, max_length=max_length)["input_ids"]
        return encoded

    def _score_or_fail(self, batch: Sequence[Encoded]) -> Sequence[RawOutput]:
        try:
            return self._score(batch)
        except Exception as error:  # noqa: BLE001 - whatever broke this batch must not break the others
            return _failures(len(batch), error)

    @torch.inference_mode()
    def _score(self, batch: Sequence[Encoded]) -> list[RawOutput]:
        padded = self._tokenizer.pad({"input_ids": [encoded.ids for encoded in batch]}, return_tensors="pt")
        logits = self._network(**padded.to(self._network.device)).logits.float()
        rows = logits.double().softmax(-1).tolist()
        return [self._answer(encoded, row) for encoded, row in zip(batch, rows, strict=True)]

    def _answer(self, encoded: Encoded, row: list[float]) -> RawOutput:
        if not all(map(math.isfinite, row)):  # the softmax of what is not finite is not a number
            return Failure(reason="internal", detail="the classifier's logits are not finite")
        return Scores(
            probabilities=dict(zip(self._names, row, strict=True)),
            source="softmax",
            tokens=len(encoded.ids),
            truncated=encoded.truncated,
            usage=Usage(prompt_tokens=len(encoded.ids)),
        )


def _failures(count: int, error: Exception) -> list[RawOutput]:
    """Fail some texts for what broke them; call it where the error is handled."""
    log.error("%d texts failed", count, exc_info=error)
    return [Failure(reason="internal", detail=f"{type(error).__name__} in the classifier")] * count


def _public_name(checkpoint: str | None) -> str:
    """Name a checkpoint to callers, who need not know where on this machine it lies."""
    if checkpoint is None:
        return "packaged checkpoint"
    return Path(checkpoint).resolve().name if Path(checkpoint).is_dir() else checkpoint


def token_batches(rows: Sequence[Encoded], budget: int) -> Iterator[list[Encoded]]:
    """Cut rows, shortest first, into batches of at most `budget` tokens with padding.

    A row longer than the budget is a batch of its own.

    >>> rows = [Encoded(0, [1] * 4, False), Encoded(1, [1] * 2, False), Encoded(2, [1] * 2, False)]
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


def position_limit(model: Any) -> int:
    """Find how many tokens the network has positions for.

    RoBERTa and its kin count positions from behind the padding id, and declare that many too many.
    """
    limit: int = getattr(model.config, "max_position_embeddings", None) or sys.maxsize
    for name, part in model.named_modules():
        if name.endswith("position_embeddings") and getattr(part, "padding_idx", None) is not None:
            limit -= part.padding_idx + 1
    return limit if limit > 0 else sys.maxsize  # XLNet says -1


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


def load_pretrained(factory: Any, source: str, **options: Any) -> Any:
    """Load with transformers from a folder or a hub id: safetensors only, no remote code.

    Raises:
        CheckpointError: with what is wrong, where transformers has many errors for it.
    """
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    if factory is not AutoTokenizer:
        options["use_safetensors"] = True
    is_folder = Path(source).is_dir()
    if not is_folder:
        options["local_files_only"] = not _is_on_hub(source)
    try:
        return factory.from_pretrained(source, trust_remote_code=False, **options)
    except Exception as error:  # transformers, safetensors, tokenizers and json each raise their own
        reason = f"{type(error).__name__}: {error}"
        what = "cannot be loaded" if is_folder else "is no folder here and cannot be loaded from the hub"
        raise CheckpointError(f"{source!r} {what}: {_one_line(reason)}") from error


def _is_on_hub(source: str) -> bool:
    """Ask the hub once for a source that is no folder; if it does not answer, the cache is what is left.

    The loaders would ask for every file, again and again: most of a minute before they give up.
    """
    try:
        huggingface_hub.model_info(source, timeout=HUB_TIMEOUT_S)
    except huggingface_hub.errors.HFValidationError:
        raise CheckpointError(f"{source!r}: no such folder") from None
    except huggingface_hub.errors.RepositoryNotFoundError:
        raise CheckpointError(f"{source!r}: no such folder, and the hub has no such model") from None
    except Exception as error:  # noqa: BLE001 - the hub's client, HTTP and sockets each raise their own
        log.info("the hub does not answer: %s", error)
        return False
    return True


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_DETAIL else f"{line[:MAX_DETAIL]}..."
