"""The steps of a run: batches to losses to better weights, and every few minutes a state to go on from."""

import copy
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from polarity.errors import TrainingError
from polarity.training.dataset import Example
from polarity.training.device import autocast, memory_errors, padded
from polarity.training.loss import balanced_weights, distillation, masked_cross_entropy, targets_of
from polarity.training.optimizer import adamw, pace, set_pace
from polarity.training.options import TrainingOptions
from polarity.training.sampling import epoch_size, length_grouped, rows_of_epoch
from polarity.training.state import EpochResult, State, best_of
from polarity.training.teacher import Teacher

LOWER = "lower the learning rate"
SAVE_EVERY_S = 300.0  # what a kill costs at most


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who hears of a run: of each step, of each epoch, and of a state worth keeping."""

    on_step: Callable[[Progress], None] = lambda _: None
    on_epoch: Callable[[EpochResult], None] = lambda _: None
    on_state: Callable[[State], None] = lambda _: None


SILENT = Listeners()


class Part(NamedTuple):
    """A data set, tokenized."""

    rows: list[Encoded]
    weight: float

    def with_every_label(self, labels: int) -> "Part":
        """Let every label compete in each row, those too that the file does not know."""
        every = frozenset(range(labels))
        return self._replace(
            rows=[Encoded(ids, replace(example, competing=every)) for ids, example in self.rows]
        )


class Trainer:
    """Steps a model through epochs; the learning rate's way down is laid out over all of them."""

    def __init__(
        self,
        model: Any,
        pad_id: int,
        options: TrainingOptions,
        parts: Sequence[Part],
        listeners: Listeners,
        teacher: Teacher | None,
    ) -> None:
        self._model, self._pad_id, self._options, self._teacher = model, pad_id, options, teacher
        self._parts, self._listeners = [part for part in parts if part.rows], listeners
        size = sum(epoch_size(len(part.rows), part.weight) for part in self._parts)
        self._steps_of_epoch = -(-size // options.batch_size)
        self._epochs = options.epochs_of(self._steps_of_epoch)
        self._steps = self._epochs * self._steps_of_epoch
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
        self._average = (
            AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(options.averaging))
            if options.averaging
            else None
        )
        self._begun = (
            [weights.detach().clone() for weights in model.parameters()] if options.base_share else []
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

    def judged(self) -> Any:
        """Give the model that is to be measured: the weights or their average, and in it the base's share."""
        model, share = self._average.module if self._average else self._model, self._options.base_share
        if not share:
            return model
        mixed = copy.deepcopy(model)
        with torch.no_grad():
            for weights, begun in zip(mixed.parameters(), self._begun, strict=True):
                weights.lerp_(begun, share)
        return mixed

    @property
    def is_done(self) -> bool:
        """Say whether the last epoch is over, or the best one too long ago."""
        if len(self.curve) == self._epochs:
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

    def end_epoch(self, judged: Any, macro_f1: dict[str, float], collapsed: str | None) -> None:
        """Write the epoch into the curve, and keep the weights that were `judged` if they are the best."""
        loss = float(np.mean(self._losses))
        self.curve.append(EpochResult(len(self.curve) + 1, loss, macro_f1, collapsed))
        self._losses = []
        if self.curve[-1] is best_of(self.curve):
            self.best_weights = {
                name: tensor.detach().cpu().clone() for name, tensor in judged.state_dict().items()
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
            if self._average:
                self._average.update_parameters(self._model)
        return float(loss.item())

    def _loss(self, batch: Sequence[Encoded]) -> torch.Tensor:
        device = self._model.device
        with autocast(device, self._options.precision):
            logits = self._model(**padded([row.ids for row in batch], self._pad_id, device)).logits
        logits, examples = logits.float(), [row.example for row in batch]
        targets = targets_of(examples, logits.shape[1], smoothing=self._options.label_smoothing)
        competing = competing_labels(examples, logits.shape[1])
        gold = masked_cross_entropy(logits, targets.to(device), competing.to(device), self._class_weights)
        if not self._teacher:
            return gold
        taught = torch.tensor([example.taught for example in examples]).to(device)
        return torch.lerp(gold, distillation(logits, taught, self._teacher.temperature), self._teacher.weight)

    def _save(self) -> None:
        self._saved = time.monotonic()
        tensors = {f"model.{name}": tensor for name, tensor in self._model.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        if self._average:
            tensors |= {f"average.{name}": tensor for name, tensor in self._average.state_dict().items()}
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
        if self._average:
            self._average.load_state_dict(_under("average.", state.tensors))
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


def competing_labels(examples: Sequence[Example], labels: int) -> torch.Tensor:
    """Say which labels compete for each example, (examples, labels)."""
    return torch.tensor([[index in example.competing for index in range(labels)] for example in examples])
