"""Distillation: a larger classifier's distributions, taught beside the gold labels.

The student learns from both (Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural
network"): the gold label says what is right, the teacher how sure one can be of it. The teacher also says
how neutral a text is whose file knows no neutral. Its answers are worked out once, before the first step,
and kept beside the run: a run that goes on does not ask again.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from transformers import AutoTokenizer

from polarity.backends.network import load_classifier, load_pretrained, position_limit
from polarity.calibration import weights_hash
from polarity.errors import TrainingError
from polarity.training.dataset import DataSet
from polarity.training.device import Precision, autocast, best_device, padded

BATCH_TOKENS = 2048  # with padding
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
        """Plain values for the run record: a folder is named by its weights, wherever it lies."""
        folder = Path(self.checkpoint)
        named = {"weights_sha256": weights_hash(folder)} if folder.is_dir() else {}
        name = folder.name if folder.is_dir() else self.checkpoint
        return {"checkpoint": name, **named, "weight": self.weight, "temperature": self.temperature}


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
    read. The answers are kept in the file `kept_at`, and taken from there if they are to the same
    question. `on_text` hears how many texts of how many are answered.

    Raises:
        CheckpointError: the teacher cannot be loaded.
        TrainingError: it has other labels than the student, or its answers cannot be kept.
    """
    texts = [example.text for part in sets for example in part.examples]
    whole = json.dumps([teacher.as_dict(), max_length, precision, list(label_names), texts])
    question = hashlib.sha256(whole.encode()).hexdigest()
    answers = _kept(kept_at, question)
    if answers is None:
        answers = _ask(
            texts,
            teacher.checkpoint,
            label_names,
            max_length=max_length,
            precision=precision,
            on_text=on_text,
        )
        _keep(answers, kept_at, question)
    rows: Iterator[list[float]] = iter(answers.tolist())
    return [
        replace(part, examples=[replace(example, taught=tuple(next(rows))) for example in part.examples])
        for part in sets
    ]


def _kept(path: Path, question: str) -> torch.Tensor | None:
    """Read the answers to `question`; None where there are none, or to another one."""
    try:
        with safe_open(path, "pt") as file:
            return file.get_tensor(ANSWERS) if file.metadata() == {QUESTION: question} else None
    except (OSError, SafetensorError):  # a broken file holds nothing that could not be asked again
        return None


def _keep(answers: torch.Tensor, path: Path, question: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    try:
        save_file({ANSWERS: answers}, partial, {QUESTION: question})
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path}: the teacher's answers cannot be kept: {error}") from error


@torch.inference_mode()
def _ask(
    texts: Sequence[str],
    checkpoint: str,
    label_names: Sequence[str],
    *,
    max_length: int,
    precision: Precision,
    on_text: Callable[[int, int], None],
) -> torch.Tensor:
    """Give the distribution of each text, (texts, labels), in the order of `label_names`."""
    model, _ = load_classifier(checkpoint)
    model = model.to(best_device()).eval()
    columns = _columns(model.config.id2label, label_names, checkpoint)
    tokenizer = load_pretrained(AutoTokenizer, checkpoint)
    length = min(max_length, position_limit(model))
    ids: list[list[int]] = tokenizer(list(texts), truncation=True, max_length=length)["input_ids"]
    answers = torch.empty(len(texts), len(label_names))
    done = 0
    for batch in _batches([len(row) for row in ids]):
        with autocast(model.device, precision):
            logits = model(**padded([ids[at] for at in batch], tokenizer.pad_token_id, model.device)).logits
        answers[batch] = logits.float().softmax(-1)[:, columns].cpu()
        done += len(batch)
        on_text(done, len(texts))
    return answers


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
