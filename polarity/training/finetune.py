"""Fine-tuning: encoder and softmax head trained together, end to end, by cross-entropy.

The road: tokenize once -> length-grouped batches -> AdamW with warm-up and linear decay -> evaluate
each epoch -> keep the best. Every few minutes the whole state is handed to the caller, so that a run
that was killed goes on as if nothing had happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from sklearn.metrics import f1_score
from transformers import AutoConfig, AutoTokenizer

from polarity.backends.input_form import InputForm, learnt_form
from polarity.backends.network import load_pretrained, new_classifier, position_limit
from polarity.errors import CheckpointError, TrainingError
from polarity.statistics.collapse import collapse
from polarity.training.dataset import DataSet, Example
from polarity.training.device import best_device, fix_order, memory_errors, padded
from polarity.training.options import TrainingOptions
from polarity.training.state import EpochResult, State, best_of
from polarity.training.teacher import Teacher
from polarity.training.trainer import LOWER, SILENT, Encoded, Listeners, Part, Trainer, competing_labels


@dataclass(frozen=True, slots=True)
class FineTuned:
    """The best model of a run, its tokenizer, and the curve that led to it.

    `seconds` were spent on it, those before a resumption among them.
    """

    model: Any
    tokenizer: Any
    input_form: InputForm
    curve: tuple[EpochResult, ...]
    best: EpochResult
    device: str
    threads: int
    seconds: float


def fine_tune(
    train: Sequence[DataSet],
    dev: Mapping[str, Sequence[Example]],
    label_names: Sequence[str],
    base: str,
    options: TrainingOptions,
    *,
    teacher: Teacher | None = None,
    listeners: Listeners = SILENT,
    state: State | None = None,
) -> FineTuned:
    """Train `base` on `train`; keep the epoch with the best mean macro-F1 over the `dev` sets.

    `label_names` are the checkpoint's label names, in the order of the examples' label indices.
    With a `teacher`, whose answers the examples carry (`teacher.teach`), its share of the loss is theirs.
    With the `state` of an earlier run of the same data and options, go on where it stood: the
    weights at the end are those of a run that never stopped, to the last bit.

    Raises:
        TrainingError: no examples, a label without examples, a loss or weights that overflow, or a
            batch for which memory does not suffice.
        CheckpointError: `base` cannot be loaded.
    """
    _check(train, dev, label_names)
    if options.base_share:
        _check_knows(base, label_names)
    if options.threads:
        torch.set_num_threads(options.threads)
    fix_order(best_device())
    torch.manual_seed(options.seed)  # the head's first weights and every dropout; batches have their own
    tokenizer = _padding_tokenizer(base)
    model = new_classifier(base, list(label_names), options.representation).to(best_device())
    max_length = min(options.max_length, position_limit(model))
    form = learnt_form(
        [[example.text for example in part.examples] for part in train],
        emoji=1 if options.emoji == "named" else None,
    )

    def encode(examples: Sequence[Example]) -> list[Encoded]:
        return _encode(examples, tokenizer, form, max_length)

    encoded = [Part(encode(part.examples), part.weight) for part in train]
    if options.two_class == "plain":
        encoded = [part.with_every_label(len(label_names)) for part in encoded]
    encoded_dev = {name: encode(rows) for name, rows in dev.items()}
    trainer = Trainer(model, tokenizer.pad_token_id, options, encoded, listeners, teacher)
    if state:
        trainer.restore(state)
    while not trainer.is_done:
        trainer.run_epoch()
        judged = trainer.judged()
        answers = {name: _answers(judged, rows, tokenizer.pad_token_id) for name, rows in encoded_dev.items()}
        macro_f1 = {name: _macro_f1(answered) for name, answered in answers.items()}
        trainer.end_epoch(judged, macro_f1, _collapsed(answers.values(), label_names))
    model.load_state_dict(trainer.best_weights)
    return FineTuned(
        model,
        tokenizer,
        form,
        tuple(trainer.curve),
        best_of(trainer.curve),
        str(model.device),
        torch.get_num_threads(),
        trainer.seconds,
    )


def _check(
    train: Sequence[DataSet], dev: Mapping[str, Sequence[Example]], label_names: Sequence[str]
) -> None:
    if not any(part.examples for part in train):
        raise TrainingError("no training examples")
    if not dev or not all(dev.values()):
        raise TrainingError("no dev examples to choose the best epoch by")
    seen = {example.label for part in train for example in part.examples}
    missing = [name for index, name in enumerate(label_names) if index not in seen]
    if missing:
        raise TrainingError(f"no training example is labelled {', '.join(missing)}")


def _check_knows(base: str, label_names: Sequence[str]) -> None:
    """Make sure that the base has a head whose share can be kept: a new one's weights are drawn."""
    known = load_pretrained(AutoConfig, base).label2id
    if sorted(known) != sorted(label_names):
        wanted = ", ".join(label_names)
        raise TrainingError(f"base_share: {base!r} is no classifier of {wanted}: nothing of it can be kept")


def _padding_tokenizer(base: str) -> Any:
    tokenizer = load_pretrained(AutoTokenizer, base)
    if tokenizer.pad_token_id is None:
        raise CheckpointError(f"{base!r} has a tokenizer without a padding token")
    return tokenizer


def _encode(examples: Sequence[Example], tokenizer: Any, form: InputForm, max_length: int) -> list[Encoded]:
    if not examples:
        return []
    texts = [form.given(example.text) for example in examples]
    ids = tokenizer(texts, truncation=True, max_length=max_length)["input_ids"]
    return [Encoded(row, example) for row, example in zip(ids, examples, strict=True)]


class _Answers(NamedTuple):
    """Of each row of a dev set, the label it has and the one it was given."""

    gold: list[int]
    predicted: list[int]


@torch.inference_mode()
def _answers(model: Any, examples: Sequence[Encoded], pad_id: int) -> _Answers:
    model.eval()
    gold: list[int] = []
    predicted: list[int] = []
    ordered = sorted(examples, key=lambda example: len(example.ids))
    for start in range(0, len(ordered), 64):
        batch = ordered[start : start + 64]
        with memory_errors("on the dev rows"):
            logits = model(**padded([row.ids for row in batch], pad_id, model.device)).logits
        if not torch.isfinite(logits).all():  # the last step of an epoch can break what its loss did not show
            raise TrainingError(f"the weights overflowed: {LOWER}")
        competing = competing_labels([row.example for row in batch], logits.shape[1]).to(logits.device)
        predicted += logits.masked_fill(~competing, -torch.inf).argmax(-1).tolist()
        gold += [row.example.label for row in batch]
    return _Answers(gold, predicted)


def _macro_f1(answers: _Answers) -> float:
    gold, predicted = answers
    return float(f1_score(gold, predicted, average="macro", labels=sorted(set(gold)), zero_division=0.0))


def _collapsed(answers: Iterable[_Answers], label_names: Sequence[str]) -> str | None:
    """Judge the rows of all dev sets together."""
    sets = list(answers)
    gold = [label_names[label] for found in sets for label in found.gold]
    return collapse(gold, [label_names[label] for found in sets for label in found.predicted])
