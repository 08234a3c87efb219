"""A checkpoint in memory: texts -> readings, and readings -> logits in one forward pass of torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from transformers import AutoTokenizer

from polarity.backends.calls import Text
from polarity.backends.facts import Facts
from polarity.backends.first_token import for_first_token
from polarity.backends.input_form import AS_IT_IS, InputForm, read_input_form
from polarity.backends.network import load_classifier, load_pretrained, position_limit
from polarity.backends.overflow import frame_of, readings
from polarity.backends.temperature import read_calibration
from polarity.errors import CheckpointError
from polarity.settings import BertSettings
from polarity.types import Known

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


class LoadedClassifier:
    """A sequence classifier and its tokenizer in this process. See `TextClassifier`."""

    is_up = True

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        settings: BertSettings,
        *,
        temperature: float = 1.0,
        input_form: InputForm = AS_IT_IS,
    ) -> None:
        self.network = for_first_token(model.to(DTYPES[settings.precision]).eval())
        self.tokenizer = tokenizer
        self._overflow, self._input = settings.overflow, input_form
        self.facts = Facts(
            names=tuple(model.config.id2label[index] for index in range(model.config.num_labels)),
            frame=frame_of(tokenizer),
            max_length=min(settings.max_length, tokenizer.model_max_length, position_limit(model)),
            temperature=temperature,
        )

    @classmethod
    def load(cls, settings: BertSettings) -> Self:
        """Load the checkpoint that the settings name.

        Raises:
            CheckpointError: it is missing, corrupt, not safetensors, no classifier that can be used, or has a
                calibration for other weights.
        """
        source = settings.source
        if settings.threads:
            torch.set_num_threads(settings.threads)
        model, missing = load_classifier(source)
        tokenizer = load_pretrained(AutoTokenizer, source)
        check_classifier(model, tokenizer, missing, source)
        calibration = read_calibration(Path(source)) if settings.calibration == "checkpoint" else None
        temperature = calibration.temperature if calibration else 1.0
        return cls(
            model, tokenizer, settings, temperature=temperature, input_form=read_input_form(Path(source))
        )

    def read(self, texts: Sequence[str]) -> list[Text]:
        """Tokenize texts, and cut what is too long into readings."""
        given = [self._input.given(text) for text in texts]
        encoded: list[list[int]] = self.tokenizer(given)["input_ids"]
        _, frame, length, _ = self.facts
        return [
            Text(len(ids), readings(ids, frame, length, self._overflow), self._known(text, ids))
            for text, ids in zip(texts, encoded, strict=True)
        ]

    def _known(self, text: str, ids: Sequence[int]) -> Known:
        own = max(1, len(ids) - sum(self.facts.frame))
        return self._input.known(text, 1 - ids.count(self.tokenizer.unk_token_id) / own)

    @torch.inference_mode()
    def score(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        ids, mask = self._padded(rows)
        device = self.network.device
        logits = self.network(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
        found: list[list[float]] = logits.double().tolist()
        return found

    def close(self) -> None:
        """Do nothing: memory is let go of by itself."""

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Make of rows a table of ids, (rows, longest), and one that marks with 1 what is no padding."""
        longest = max(map(len, rows))
        ids = torch.full((len(rows), longest), self.tokenizer.pad_token_id)
        mask = torch.zeros_like(ids)
        for at, row in enumerate(rows):
            is_left = self.tokenizer.padding_side == "left"
            own = slice(longest - len(row), longest) if is_left else slice(0, len(row))
            ids[at, own] = torch.tensor(row)
            mask[at, own] = 1
        return ids, mask


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
