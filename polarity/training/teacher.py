"""Distillation: a larger classifier's distributions, taught beside the gold labels.

The student learns from both (Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural
network"): the gold label says what is right, the teacher how sure one can be of it. The teacher also says
how neutral a text is whose file knows no neutral. Its answers are worked out once, before the first step,
and kept beside the run as they come: a run that goes on asks for the rest.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from transformers import AutoTokenizer

from polarity.backends.by_transformers import check_network, check_tokenizer
from polarity.backends.input_form import read_input_form
from polarity.backends.network import load_classifier, load_pretrained, position_limit
from polarity.backends.temperature import weights_hash
from polarity.errors import TrainingError
from polarity.training.dataset import DataSet
from polarity.training.device import Precision, autocast, best_device, computed_by, memory_errors, padded

BATCH_TOKENS = 2048  # with padding
SAVE_EVERY_S = 300.0  # what a kill costs at most
ANSWERS, QUESTION = "answers", "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """Who teaches, and how much of it counts.

    `checkpoint` is a folder or hub id of a classifier with the student's labels, in any order. `weight`
    is the teacher's share of the loss, the gold label has the rest; `temperature` flattens both sides'
    distributions before they are compared (`loss.distillation`).
    """

    checkpoint: str
    weight: float = 0.5
    temperature: float = 2.0

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the run record."""
        return {**self.source(), "weight": self.weight, "temperature": self.temperature}

    def source(self) -> dict[str, str]:
        """Name the checkpoint: a folder by its weights, wherever it lies."""
        folder = Path(self.checkpoint)
        if not folder.is_dir():
            return {"checkpoint": self.checkpoint}
        return {"checkpoint": folder.name, "weights_sha256": weights_hash(folder)}


def teach(
    sets: Sequence[DataSet],
    teacher: Teacher,
    label_names: Sequence[str],
    kept_at: Path,
    *,
    max_length: int,
    precision: Precision,
    on_text: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[DataSet]:
    """Give the same sets with the teacher's distribution as each example's `taught`.

    `label_names` are the student's, in the order of its label indices. Of a text `max_length` tokens are
    read. The answers are kept in the file `kept_at`, and those that are there are not asked for again.
    `on_text` hears how many texts of how many are answered.

    Raises:
        CheckpointError: the teacher cannot be loaded.
        TrainingError: it has other labels than the student, or its answers cannot be kept, or answers to
            another question are there.
    """
    texts = [example.text for part in sets for example in part.examples]
    asked_of = [teacher.source(), computed_by(precision), max_length, list(label_names)]
    whole = json.dumps([asked_of, texts])
    kept = _Kept(kept_at, hashlib.sha256(whole.encode()).hexdigest())
    answers = kept.read()
    if answers is None:
        answers = torch.full((len(texts), len(label_names)), torch.nan)
    if answers.isnan().any():
        asked = _Asked(teacher.checkpoint, label_names, max_length=max_length, precision=precision)
        _answer(texts, asked, answers, kept, on_text)
    rows: Iterator[list[float]] = iter(answers.tolist())
    return [
        replace(part, examples=[replace(example, taught=tuple(next(rows))) for example in part.examples])
        for part in sets
    ]


class _Kept(NamedTuple):
    """The file of the answers to one question; a text without an answer yet has no numbers there."""

    path: Path
    question: str

    def read(self) -> torch.Tensor | None:
        """Give the answers; None where there are none."""
        try:
            with safe_open(self.path, "pt") as file:
                if file.metadata() == {QUESTION: self.question}:
                    answers: torch.Tensor = file.get_tensor(ANSWERS)
                    return answers
        except (OSError, SafetensorError):  # a broken file holds nothing that could not be asked again
            return None
        problem = "holds a teacher's answers for another run: go on with that one, or remove the file"
        raise TrainingError(f"{self.path}: {problem}")

    def write(self, answers: torch.Tensor) -> None:
        """Put `answers` in place of what was there."""
        partial = self.path.with_name(f"{self.path.name}.partial")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            save_file({ANSWERS: answers}, partial, {QUESTION: self.question})
            partial.replace(self.path)
        except (OSError, SafetensorError) as error:
            raise TrainingError(f"{self.path}: the teacher's answers cannot be kept: {error}") from error


class _Asked:
    """A teacher, loaded: what it says, in the order of the student's labels."""

    def __init__(
        self, checkpoint: str, label_names: Sequence[str], *, max_length: int, precision: Precision
    ) -> None:
        model, missing = load_classifier(checkpoint)
        self._tokenizer = load_pretrained(AutoTokenizer, checkpoint)
        self._form = read_input_form(Path(checkpoint))
        check_network(model, missing, checkpoint)
        check_tokenizer(self._tokenizer, checkpoint)
        self._columns = _columns(model.config.id2label, label_names, checkpoint)
        self._model = model.to(best_device()).eval()
        self._checkpoint, self._precision = checkpoint, precision
        self._max_length = min(max_length, position_limit(model))

    def encoded(self, texts: list[str]) -> list[list[int]]:
        """Give the ids that are read of each text."""
        given = [*map(self._form.given, texts)]
        found = self._tokenizer(given, truncation=True, max_length=self._max_length)
        ids: list[list[int]] = found["input_ids"]
        return ids

    @torch.inference_mode()
    def distributions(self, batch: Sequence[Sequence[int]]) -> torch.Tensor:
        """Give one distribution a text, (texts, labels)."""
        device = self._model.device
        with memory_errors("at the teacher"), autocast(device, self._precision):
            logits = self._model(**padded(batch, self._tokenizer.pad_token_id, device)).logits
        answers: torch.Tensor = logits.float().softmax(-1)[:, self._columns].cpu()
        if not answers.isfinite().all():
            raise TrainingError(f"the teacher {self._checkpoint!r} gives no numbers: its weights are broken")
        return answers


def _answer(
    texts: Sequence[str],
    asked: _Asked,
    answers: torch.Tensor,
    kept: _Kept,
    on_text: Callable[[int, int], None],
) -> None:
    """Fill in the rows of `answers` that have no numbers, and keep them every few minutes."""
    left = answers.isnan().any(1).nonzero().flatten().tolist()
    ids = asked.encoded([texts[place] for place in left])
    saved, done = time.monotonic(), len(texts) - len(left)
    for batch in _batches([len(row) for row in ids]):
        answers[[left[at] for at in batch]] = asked.distributions([ids[at] for at in batch])
        done += len(batch)
        on_text(done, len(texts))
        if time.monotonic() - saved >= SAVE_EVERY_S:
            kept.write(answers)
            saved = time.monotonic()
    kept.write(answers)


def _columns(id2label: dict[int, str], label_names: Sequence[str], source: str) -> list[int]:
    index_of = {name: index for index, name in id2label.items()}
    if sorted(index_of) != sorted(label_names):
        known, wanted = ", ".join(sorted(index_of)), ", ".join(sorted(label_names))
        raise TrainingError(f"the teacher {source!r} knows {known}, not {wanted}")
    return [index_of[name] for name in label_names]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Cut places, the longest text first, into batches of so many tokens with padding.

    The longest first: if memory does not suffice, that is seen at once.

    >>> [len(batch) for batch in _batches([1024, 2, 1000, 1024])]
    [2, 2]
    """
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
