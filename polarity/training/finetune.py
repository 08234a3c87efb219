"""Fine-tuning: encoder and softmax head trained together, end to end, by cross-entropy.

The road: tokenize once -> length-grouped batches -> AdamW with warm-up and linear decay -> evaluate
each epoch -> keep the best -> write a checkpoint, whole or not at all.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.metrics import f1_score
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

from polarity.backends.bert import load_pretrained
from polarity.errors import TrainingError
from polarity.training.dataset import Example

LOWER = "lower the learning rate"
GROUP = 50  # batches that are sorted by length together: padding is small and order still random


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """What a run is made of.

    `precision` "auto" takes bf16 autocast where the processor has it; without `threads` torch
    chooses how many it uses.
    """

    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 5e-5
    weight_decay: float = 0.01
    warm_up: float = 0.06
    max_length: int = 128
    seed: int = 0
    precision: str = "auto"
    threads: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the run record."""
        return asdict(self)


class Progress(NamedTuple):
    """One step done, of `steps` in the whole run."""

    step: int
    steps: int
    loss: float


class EpochResult(NamedTuple):
    """Mean training loss of an epoch and the macro-F1 of each dev set after it."""

    epoch: int
    loss: float
    macro_f1: dict[str, float]

    @property
    def score(self) -> float:
        """What "best" means: the unweighted mean over the dev sets."""
        return sum(self.macro_f1.values()) / len(self.macro_f1)


class Encoded(NamedTuple):
    """A tokenized example: its token ids, its label, the labels it competes with."""

    ids: list[int]
    label: int
    competing: frozenset[int]


@dataclass(frozen=True, slots=True)
class FineTuned:
    """The best model of a run, its tokenizer, and the curve that led to it."""

    model: Any
    tokenizer: Any
    curve: tuple[EpochResult, ...]
    best: EpochResult
    device: str
    threads: int


def fine_tune(
    train: Sequence[Example],
    dev: Mapping[str, Sequence[Example]],
    label_names: Sequence[str],
    base: str,
    options: TrainingOptions,
    *,
    on_step: Callable[[Progress], None] = lambda _: None,
    on_epoch: Callable[[EpochResult], None] = lambda _: None,
) -> FineTuned:
    """Train `base` on `train`; keep the epoch with the best mean macro-F1 over the `dev` sets.

    `label_names` are the checkpoint's label names, in the order of the examples' label indices.

    Raises:
        TrainingError: no examples, a label without examples, or a loss or weights that overflow.
        CheckpointError: `base` cannot be loaded.
    """
    _check(train, dev, label_names)
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)  # the head's first weights and every dropout; batches have their own
    tokenizer = load_pretrained(AutoTokenizer, base)
    model = _classifier(base, label_names)
    max_length = min(options.max_length, model.config.max_position_embeddings)
    encoded = _encode(train, tokenizer, max_length)
    encoded_dev = {name: _encode(examples, tokenizer, max_length) for name, examples in dev.items()}
    trainer = _Trainer(model, tokenizer.pad_token_id, options, len(encoded))
    curve: list[EpochResult] = []
    best_weights: dict[str, torch.Tensor] = {}
    for epoch in range(1, options.epochs + 1):
        loss = trainer.run_epoch(encoded, random.Random(f"{options.seed}:{epoch}"), on_step)
        f1 = {name: _macro_f1(model, rows, tokenizer.pad_token_id) for name, rows in encoded_dev.items()}
        curve.append(EpochResult(epoch, loss, f1))
        if curve[-1] is _best(curve):
            best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        on_epoch(curve[-1])
    model.load_state_dict(best_weights)
    device, threads = str(model.device), torch.get_num_threads()
    return FineTuned(model, tokenizer, tuple(curve), _best(curve), device, threads)


def _best(curve: Sequence[EpochResult]) -> EpochResult:
    """The first of equals: it has had the least time to overfit."""
    return max(curve, key=lambda result: result.score)


def _check(
    train: Sequence[Example], dev: Mapping[str, Sequence[Example]], label_names: Sequence[str]
) -> None:
    if not train:
        raise TrainingError("no training examples")
    if not dev or not all(dev.values()):
        raise TrainingError("no dev examples to choose the best epoch by")
    seen = {example.label for example in train}
    missing = [name for index, name in enumerate(label_names) if index not in seen]
    if missing:
        raise TrainingError(f"no training example is labelled {', '.join(missing)}")


def _classifier(base: str, label_names: Sequence[str]) -> Any:
    names = dict(enumerate(label_names))
    return load_pretrained(
        AutoModelForSequenceClassification,
        base,
        num_labels=len(names),
        id2label=names,
        label2id={name: index for index, name in names.items()},
        dtype=torch.float32,
    )


def _encode(examples: Sequence[Example], tokenizer: Any, max_length: int) -> list[Encoded]:
    ids = tokenizer([example.text for example in examples], truncation=True, max_length=max_length)[
        "input_ids"
    ]
    return [
        Encoded(row, example.label, example.competing) for row, example in zip(ids, examples, strict=True)
    ]


def length_grouped(examples: Sequence[Encoded], size: int, rng: random.Random) -> Iterator[list[Encoded]]:
    """Yield every example once, in batches of similar length and random order."""
    order = list(examples)
    rng.shuffle(order)
    batches: list[list[Encoded]] = []
    for start in range(0, len(order), size * GROUP):
        group = sorted(order[start : start + size * GROUP], key=lambda example: len(example.ids))
        batches += [group[at : at + size] for at in range(0, len(group), size)]
    rng.shuffle(batches)
    yield from batches


class _Trainer:
    """Steps a model through epochs; the learning rate's way down is laid out over all of them."""

    def __init__(self, model: Any, pad_id: int, options: TrainingOptions, examples: int) -> None:
        self._model, self._pad_id, self._options = model, pad_id, options
        self._steps = options.epochs * -(-examples // options.batch_size)
        self._done = 0
        self._optimizer = _optimizer(model, options)
        self._schedule = get_linear_schedule_with_warmup(
            self._optimizer, int(self._steps * options.warm_up), self._steps
        )
        fast = _fast_dtype(model.device) is torch.bfloat16
        self._bf16 = options.precision == "bf16" or (options.precision == "auto" and fast)

    def run_epoch(
        self, examples: Sequence[Encoded], rng: random.Random, on_step: Callable[[Progress], None]
    ) -> float:
        """Train on every example once; give the mean loss of the steps."""
        self._model.train()
        losses = []
        for batch in length_grouped(examples, self._options.batch_size, rng):
            losses.append(self._step(batch))
            self._done += 1
            on_step(Progress(self._done, self._steps, losses[-1]))
        return float(np.mean(losses))

    def _step(self, batch: Sequence[Encoded]) -> float:
        device = self._model.device
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=self._bf16):
            logits = self._model(**_padded(batch, self._pad_id, device)).logits
        targets = torch.tensor([example.label for example in batch], device=device)
        loss = masked_cross_entropy(logits.float(), targets, [example.competing for example in batch])
        if not torch.isfinite(loss):
            raise TrainingError(f"the loss is {loss.item()!r} at step {self._done + 1}: {LOWER}")
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._schedule.step()
        return float(loss.item())


def _optimizer(model: Any, options: TrainingOptions) -> torch.optim.Optimizer:
    """AdamW; biases and layer norms are not decayed (Devlin et al. 2019, appendix A.2)."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": options.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.learning_rate, fused=True)


def _padded(batch: Sequence[Encoded], pad_id: int, device: torch.device) -> dict[str, torch.Tensor]:
    width = max(len(example.ids) for example in batch)
    ids = torch.full((len(batch), width), pad_id)
    mask = torch.zeros((len(batch), width), dtype=torch.long)
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        mask[row, : len(example.ids)] = 1
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}


def masked_cross_entropy(
    logits: torch.Tensor, targets: torch.Tensor, competing: Sequence[frozenset[int]]
) -> torch.Tensor:
    """Mean cross-entropy of a softmax over each row's competing labels only.

    `logits` is (batch, labels), `targets` (batch,); the result is a scalar in nats.

    >>> even = torch.zeros(1, 3)
    >>> round(masked_cross_entropy(even, torch.tensor([0]), [frozenset({0, 2})]).item(), 4)
    0.6931
    """
    return torch.nn.functional.cross_entropy(
        logits.masked_fill(~_allowed(logits, competing), -torch.inf), targets
    )


def _allowed(logits: torch.Tensor, competing: Sequence[frozenset[int]]) -> torch.Tensor:
    rows = [[index in allowed for index in range(logits.shape[1])] for allowed in competing]
    return torch.tensor(rows, device=logits.device)


@torch.inference_mode()
def _macro_f1(model: Any, examples: Sequence[Encoded], pad_id: int) -> float:
    model.eval()
    gold: list[int] = []
    predicted: list[int] = []
    ordered = sorted(examples, key=lambda example: len(example.ids))
    for start in range(0, len(ordered), 64):
        batch = ordered[start : start + 64]
        logits = model(**_padded(batch, pad_id, model.device)).logits
        if not torch.isfinite(logits).all():  # the last step of an epoch can break what its loss did not show
            raise TrainingError(f"the weights overflowed: {LOWER}")
        allowed = _allowed(logits, [example.competing for example in batch])
        predicted += logits.masked_fill(~allowed, -torch.inf).argmax(-1).tolist()
        gold += [example.label for example in batch]
    return float(f1_score(gold, predicted, average="macro", labels=sorted(set(gold)), zero_division=0.0))


def _fast_dtype(device: torch.device) -> torch.dtype:
    """Choose bfloat16 where the device multiplies it in hardware, float32 elsewhere."""
    if device.type != "cpu":
        return torch.bfloat16
    abilities = torch.cpu.get_capabilities()
    native = abilities.get("avx512_bf16") or abilities.get("amx_bf16")
    return torch.bfloat16 if native else torch.float32
