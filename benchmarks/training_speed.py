"""How fast is our training beside `transformers.Trainer` at its defaults, and is it as good?

    python benchmarks/training_speed.py ../shared/data/semeval/train.jsonl minilm 6000 \
        --dev ../shared/data/semeval/dev.jsonl

Same rows, network, first weights' seed, batch size, epochs, maximum length and learning rate (5e-5, the default of
both). Trainer tokenizes beforehand as we do, and pads each batch to its longest row. "End to end" runs from the texts
in memory to the last step: loading the network, tokenizing, training; "steady" from the end of the first step.
Judging by the dev rows is in neither: ours comes after each epoch, and the clock stands still until its best weights
are kept. The ways take turns, and the better run of each counts: on a shared machine the slower one measures the
neighbours. BASE is `minilm` or a folder. Without `--dev` a tenth of the rows is kept back.
"""

import argparse
import os
import platform
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.metrics import f1_score
from transformers import AutoTokenizer, PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from polarity.backends.network import load_pretrained, new_classifier
from polarity.pages.markdown import table
from polarity.records import read
from polarity.training.dataset import DataSet, Example, LabelledFile, load
from polarity.training.device import Precision, computed_by
from polarity.training.finetune import fine_tune
from polarity.training.holdout import holdout_hash
from polarity.training.options import TrainingOptions
from polarity.training.run import base_path
from polarity.training.trainer import Listeners

BATCH, MAX_LENGTH, SEED = 32, 128, 0
WARM_UP = 3 * BATCH  # rows
HEADER = (
    "training by",
    "examples/s, end to end",
    "times Trainer's",
    "examples/s, steady",
    "times Trainer's",
    "dev macro-F1",
)


class Task(NamedTuple):
    """What every way is given."""

    train: list[Example]
    dev: list[Example]
    labels: list[str]
    base: str
    epochs: int


class Run(NamedTuple):
    """Examples a second, end to end and without the start, and what came of it."""

    whole: float
    steady: float
    macro_f1: float


class Clock:
    """Remembers when a run began and when each step ended, and stands still while dev rows are judged."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.stood = 0.0
        self.ends: list[float] = []

    def tick(self) -> None:
        self.ends.append(time.perf_counter() - self.stood)

    def judged(self) -> None:
        self.stood = time.perf_counter() - self.ends[-1]

    def run(self, task: Task, macro_f1: float) -> Run:
        seen = task.epochs * len(task.train)
        return Run(
            seen / (self.ends[-1] - self.began), (seen - BATCH) / (self.ends[-1] - self.ends[0]), macro_f1
        )


class Ticks(TrainerCallback):  # type: ignore[misc] # transformers is not looked into
    """Lets Trainer tell a clock of its steps."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def on_step_end(self, *_: Any, **_named: Any) -> None:
        self.clock.tick()


def by_trainer(task: Task) -> Run:
    clock = Clock()
    torch.manual_seed(SEED)
    model = new_classifier(task.base, task.labels, "cls")
    tokenizer = load_pretrained(AutoTokenizer, task.base)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=BATCH,
            num_train_epochs=task.epochs,
            seed=SEED,
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
        )
        trainer = Trainer(
            model,
            arguments,
            train_dataset=encoded(task.train, tokenizer),
            processing_class=tokenizer,
            callbacks=[Ticks(clock)],
        )
        trainer.remove_callback(PrinterCallback)  # the table is what belongs on standard output
        trainer.train()
        clock.tick()  # a GPU is done with the last step only now
        predicted = np.argmax(trainer.predict(encoded(task.dev, tokenizer)).predictions, -1)
    gold = [example.label for example in task.dev]
    return clock.run(task, f1_score(gold, predicted, average="macro", labels=sorted(set(gold))))


def encoded(examples: Sequence[Example], tokenizer: Any) -> Any:
    columns = tokenizer([example.text for example in examples], truncation=True, max_length=MAX_LENGTH)
    return [
        {"labels": example.label, **{name: column[at] for name, column in columns.items()}}
        for at, example in enumerate(examples)
    ]


def by_ours(precision: Precision) -> Callable[[Task], Run]:
    def run(task: Task) -> Run:
        clock = Clock()
        options = TrainingOptions(
            epochs=task.epochs, batch_size=BATCH, max_length=MAX_LENGTH, seed=SEED, precision=precision
        )
        tuned = fine_tune(
            [DataSet(examples=task.train)],
            {"dev": task.dev},
            task.labels,
            task.base,
            options,
            listeners=Listeners(on_step=lambda _: clock.tick(), on_epoch=lambda _: clock.judged()),
        )
        return clock.run(task, tuned.curve[-1].macro_f1["dev"])

    return run


class Spelled(NamedTuple):
    """The labels of a file, each spelled in one way."""

    labels: Sequence[str]

    def label_of(self, text: str) -> str | None:
        return text if text in self.labels else None


def read_task(data: Path, dev: Path | None, rows: int | None, base: str, epochs: int) -> Task:
    labels = sorted({row.label for row in read(data) if row.label})
    known = Spelled(labels)
    judged = load([LabelledFile(path=dev)], known).examples if dev else []
    held_out = frozenset(filter(None, (holdout_hash(example.text) for example in judged)))
    train = load([LabelledFile(path=data, max_rows=rows)], known, holdout=held_out, seed=SEED).examples
    if not dev:
        random.Random(SEED).shuffle(train)
        cut = len(train) // 10
        judged, train = train[:cut], train[cut:]
    return Task(train, judged, labels, base_path(base), epochs)


def machine() -> str:
    """Name what the numbers depend on, on one line."""
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    parts = [
        found[1] if found else platform.machine(),
        f"{len(os.sched_getaffinity(0))} cores, {torch.get_num_threads()} torch threads",
        *([torch.cuda.get_device_name()] if torch.cuda.is_available() else []),
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("torch", "transformers", "accelerate")),
    ]
    return "; ".join(parts)


def lines_of(runs: Mapping[str, Sequence[Run]]) -> Iterator[list[str]]:
    """Spell each way's better run, and how it stands to that of the first."""
    best = {name: max(found) for name, found in runs.items()}
    rival = next(iter(best.values()))
    for name, run in best.items():
        yield [
            name,
            f"{run.whole:.1f}",
            f"{run.whole / rival.whole:.2f}",
            f"{run.steady:.1f}",
            f"{run.steady / rival.steady:.2f}",
            f"{run.macro_f1:.3f}",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Training speed beside transformers.Trainer.")
    parser.add_argument("data", type=Path)
    parser.add_argument("base")
    parser.add_argument("rows", type=int, nargs="?")
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    task = read_task(given.data, given.dev, given.rows, given.base, given.epochs)
    if len(task.train) < WARM_UP or not task.dev:
        parser.error(f"{len(task.train)} rows to train on are too few: at least {WARM_UP}")
    ways = {
        "transformers.Trainer, defaults (fp32)": by_trainer,
        "polarity, fp32": by_ours("fp32"),
        f"polarity, auto ({computed_by('auto')['dtype']})": by_ours("auto"),
    }
    by_trainer(task._replace(train=task.train[:WARM_UP]))  # what a process pays once is nobody's own
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for turn in range(given.repeats):
        for name, way in ways.items():
            runs[name].append(way(task))
            print(f"turn {turn + 1}, {name}: {runs[name][-1]}", file=sys.stderr, flush=True)
    print(f"{machine()}\n")
    print(
        f"{given.data.parent.name}/{given.data.name}, {given.base}: {len(task.train):,} rows, "
        f"{len(task.dev):,} dev rows, epochs: {task.epochs}, batches of {BATCH}, at most {MAX_LENGTH} tokens; "
        f"the better of {given.repeats} runs\n"
    )
    print("\n".join(table(HEADER, list(lines_of(runs)))))


if __name__ == "__main__":
    main()
