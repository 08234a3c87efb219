"""Fine-tuning: encoder and softmax head trained together, end to end, by cross-entropy.

The road: tokenize once -> length-grouped batches -> AdamW with warm-up and linear decay -> evaluate
each epoch -> keep the best. Every few minutes the whole state is handed to the caller, so that a run
that was killed goes on as if nothing had happened.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

import numpy as np
import torch
from pydantic import ConfigDict, Field
from sklearn.metrics import f1_score
from transformers import AutoTokenizer

from polarity.backends.network import Representation, load_pretrained, new_classifier, position_limit
from polarity.errors import CheckpointError, TrainingError
from polarity.training.dataset import DataSet, Example
from polarity.training.device import Precision, autocast, best_device, memory_errors, padded
from polarity.training.loss import balanced_weights, distillation, masked_cross_entropy, targets_of
from polarity.training.optimizer import adamw, pace, set_pace
from polarity.training.sampling import epoch_size, length_grouped, rows_of_epoch
from polarity.training.state import EpochResult, State, best_of
from polarity.training.teacher import Teacher

LOWER = "lower the learning rate"
SAVE_EVERY_S = 300.0  # what a kill costs at most


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """What a run is made of.

    `layer_decay` is what each layer's learning rate is of the one above it (Howard and Ruder 2018);
    1 trains all alike. `two_class` says what a file that lacks some labels teaches: "masked" nothing
    about them, "plain" that they are wrong. `representation` is what the head reads: the first token's
    vector, or the mean or maximum of all tokens' vectors. `patience` ends a run after that many epochs
    without a better one. `precision` "auto" takes bf16 autocast where the processor has it; without `threads`
    torch chooses how many it uses. The bounds are held where a recipe is read.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    epochs: Annotated[int, Field(strict=True, ge=1)] = 3
    batch_size: Annotated[int, Field(strict=True, ge=1)] = 32
    learning_rate: Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)] = 5e-5
    layer_decay: Annotated[float, Field(strict=True, gt=0.0, le=1.0)] = 1.0
    weight_decay: Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)] = 0.01
    warm_up: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 0.06
    label_smoothing: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    two_class: Literal["masked", "plain"] = "masked"
    representation: Representation = "cls"
    max_length: Annotated[int, Field(strict=True, ge=8)] = 128
    patience: Annotated[int, Field(strict=True, ge=1)] | None = None
    seed: Annotated[int, Field(strict=True)] = 0
    precision: Precision = "auto"
    threads: Annotated[int, Field(strict=True, ge=1)] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the run record."""
        return asdict(self)


class Progress(NamedTuple):
    """One step done, of `steps` in the whole run; `rate` is examples a second since the start."""

    step: int
    steps: int
    loss: float
    rate: float


class Encoded(NamedTuple):
    """A tokenized example."""

    ids: list[int]
    example: Example


@dataclass(frozen=True, slots=True)
class FineTuned:
    """The best model of a run, its tokenizer, and the curve that led to it.

    `seconds` were spent on it, those before a resumption among them.
    """

    model: Any
    tokenizer: Any
    curve: tuple[EpochResult, ...]
    best: EpochResult
    device: str
    threads: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who hears of a run: of each step, of each epoch, and of a state worth keeping."""

    on_step: Callable[[Progress], None] = lambda _: None
    on_epoch: Callable[[EpochResult], None] = lambda _: None
    on_state: Callable[[State], None] = lambda _: None


SILENT = Listeners()


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
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)  # the head's first weights and every dropout; batches have their own
    tokenizer = load_pretrained(AutoTokenizer, base)
    if tokenizer.pad_token_id is None:
        raise CheckpointError(f"{base!r} has a tokenizer without a padding token")
    model = new_classifier(base, list(label_names), options.representation).to(best_device())
    max_length = min(options.max_length, position_limit(model))
    encoded = [_Part(_encode(part.examples, tokenizer, max_length), part.weight) for part in train]
    if options.two_class == "plain":
        encoded = [part.with_every_label(len(label_names)) for part in encoded]
    encoded_dev = {name: _encode(rows, tokenizer, max_length) for name, rows in dev.items()}
    trainer = _Trainer(model, tokenizer.pad_token_id, options, encoded, listeners, teacher)
    if state:
        trainer.restore(state)
    while not trainer.is_done:
        trainer.run_epoch()
        trainer.end_epoch(
            {name: _macro_f1(model, rows, tokenizer.pad_token_id) for name, rows in encoded_dev.items()}
        )
    model.load_state_dict(trainer.best_weights)
    return FineTuned(
        model,
        tokenizer,
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


def _encode(examples: Sequence[Example], tokenizer: Any, max_length: int) -> list[Encoded]:
    if not examples:
        return []
    texts = [example.text for example in examples]
    ids = tokenizer(texts, truncation=True, max_length=max_length)["input_ids"]
    return [Encoded(row, example) for row, example in zip(ids, examples, strict=True)]


class _Part(NamedTuple):
    """A data set, tokenized."""

    rows: list[Encoded]
    weight: float

    def with_every_label(self, labels: int) -> "_Part":
        every = frozenset(range(labels))
        return self._replace(
            rows=[Encoded(ids, replace(example, competing=every)) for ids, example in self.rows]
        )


class _Trainer:
    """Steps a model through epochs; the learning rate's way down is laid out over all of them."""

    def __init__(
        self,
        model: Any,
        pad_id: int,
        options: TrainingOptions,
        parts: Sequence[_Part],
        listeners: Listeners,
        teacher: Teacher | None,
    ) -> None:
        self._model, self._pad_id, self._options, self._teacher = model, pad_id, options, teacher
        self._parts, self._listeners = [part for part in parts if part.rows], listeners
        size = sum(epoch_size(len(part.rows), part.weight) for part in self._parts)
        self._steps_of_epoch = -(-size // options.batch_size)
        self._steps = options.epochs * self._steps_of_epoch
        self._done = 0
        self._losses: list[float] = []
        self.curve: list[EpochResult] = []
        self.best_weights: dict[str, torch.Tensor] = {}
        self._optimizer = adamw(
            model,
            learning_rate=options.learning_rate,
            layer_decay=options.layer_decay,
            weight_decay=options.weight_decay,
        )
        self._class_weights = self._weigh() if options.class_weights == "balanced" else None
        self._before, self._started = 0.0, time.monotonic()
        self._saved, self._seen = self._started, 0

    def _weigh(self) -> torch.Tensor:
        labels: int = self._model.config.num_labels
        counts = torch.zeros(labels)
        for part in self._parts:
            found = torch.tensor([row.example.label for row in part.rows])
            counts += part.weight * torch.bincount(found, minlength=labels)
        return balanced_weights(counts).to(self._model.device)

    @property
    def seconds(self) -> float:
        """What the run took so far, before and after resumptions."""
        return self._before + time.monotonic() - self._started

    @property
    def is_done(self) -> bool:
        """Say whether the last epoch is over, or the best one too long ago."""
        if len(self.curve) == self._options.epochs:
            return True
        patience = self._options.patience
        if patience is None or not self.curve:
            return False
        return len(self.curve) - best_of(self.curve).epoch >= patience

    def run_epoch(self) -> None:
        """Train on the rest of the epoch under way."""
        epoch, seed = len(self.curve) + 1, self._options.seed
        rows = [row for part in self._parts for row in rows_of_epoch(part.rows, part.weight, epoch, seed)]
        batches = length_grouped(rows, self._options.batch_size, random.Random(f"{seed}:{epoch}"))
        self._model.train()
        for batch in islice(batches, len(self._losses), None):
            self._losses.append(self._step(batch))
            self._done += 1
            self._seen += len(batch)
            rate = self._seen / (time.monotonic() - self._started)
            self._listeners.on_step(Progress(self._done, self._steps, self._losses[-1], rate))
            if time.monotonic() - self._saved >= SAVE_EVERY_S:
                self._save()

    def end_epoch(self, macro_f1: dict[str, float]) -> None:
        """Write the epoch into the curve, and keep its weights if it is the best so far."""
        self.curve.append(EpochResult(len(self.curve) + 1, float(np.mean(self._losses)), macro_f1))
        self._losses = []
        if self.curve[-1] is best_of(self.curve):
            self.best_weights = {
                name: tensor.detach().clone() for name, tensor in self._model.state_dict().items()
            }
        self._save()
        self._listeners.on_epoch(self.curve[-1])

    def _step(self, batch: Sequence[Encoded]) -> float:
        step, width = self._done + 1, max(len(row.ids) for row in batch)
        with memory_errors(f"at step {step}, {len(batch)} rows of {width} tokens"):
            loss = self._loss(batch)
            if not torch.isfinite(loss):
                raise TrainingError(f"the loss is {loss.item()!r} at step {step}: {LOWER}")
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
            set_pace(self._optimizer, pace(self._done, self._steps, self._options.warm_up))
            self._optimizer.step()  # the first one allocates its moments
        return float(loss.item())

    def _loss(self, batch: Sequence[Encoded]) -> torch.Tensor:
        device = self._model.device
        with autocast(device, self._options.precision):
            logits = self._model(**padded([row.ids for row in batch], self._pad_id, device)).logits
        logits, examples = logits.float(), [row.example for row in batch]
        targets = targets_of(examples, logits.shape[1], smoothing=self._options.label_smoothing)
        competing = _competing(examples, logits.shape[1])
        gold = masked_cross_entropy(logits, targets.to(device), competing.to(device), self._class_weights)
        if not self._teacher:
            return gold
        taught = torch.tensor([example.taught for example in examples]).to(device)
        return torch.lerp(gold, distillation(logits, taught, self._teacher.temperature), self._teacher.weight)

    def _save(self) -> None:
        self._saved = time.monotonic()
        tensors = {f"model.{name}": tensor for name, tensor in self._model.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        for index, moments in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in moments.items()}
        tensors["random"] = torch.get_rng_state()
        if self._model.device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state()
        state = State(
            tensors={name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
            steps=self._done,
            losses=self._losses,
            curve=self.curve,
            seconds=self.seconds,
        )
        self._listeners.on_state(state)

    def restore(self, state: State) -> None:
        """Stand where `state` was taken."""
        self._model.load_state_dict(_under("model.", state.tensors))
        self.best_weights = _under("best.", state.tensors)
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in _under("optimizer.", state.tensors).items():
            index, key = name.split(".")
            moments.setdefault(int(index), {})[key] = tensor
        self._optimizer.load_state_dict({**self._optimizer.state_dict(), "state": moments})
        torch.set_rng_state(state.tensors["random"])
        if self._model.device.type == "cuda":
            torch.cuda.set_rng_state(state.tensors["random.cuda"])
        self._done, self._losses, self.curve = state.steps, list(state.losses), list(state.curve)
        self._before = state.seconds


def _under(prefix: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _competing(examples: Sequence[Example], labels: int) -> torch.Tensor:
    return torch.tensor([[index in example.competing for index in range(labels)] for example in examples])


@torch.inference_mode()
def _macro_f1(model: Any, examples: Sequence[Encoded], pad_id: int) -> float:
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
        competing = _competing([row.example for row in batch], logits.shape[1]).to(logits.device)
        predicted += logits.masked_fill(~competing, -torch.inf).argmax(-1).tolist()
        gold += [row.example.label for row in batch]
    return float(f1_score(gold, predicted, average="macro", labels=sorted(set(gold)), zero_division=0.0))
