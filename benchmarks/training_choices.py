"""What was tried when the shipped checkpoint's recipe was chosen: short, equal runs, each with ONE thing changed.

    python benchmarks/training_choices.py ../shared/data OUT.md --seeds 2

The reference has the options of recipes/polarity.toml, but for the batch size and the epochs, and no teacher. Its rows
are drawn from the recipe's files in the shares that an epoch of the recipe has of them, without the held-out texts.
All runs of a seed have the same rows, except that nothing takes the place of rated files that are left out.
"""

import argparse
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from training_speed import machine

from polarity.contract import load_contract
from polarity.pages.markdown import table
from polarity.training.checkpoint import checkpoint_names
from polarity.training.dataset import DataSet, Example, LabelledFile
from polarity.training.device import computed_by
from polarity.training.finetune import fine_tune
from polarity.training.options import TrainingOptions
from polarity.training.recipe import read_recipe
from polarity.training.run import TrainingData, base_path, load_sets

RECIPE = Path(__file__).parent.parent / "recipes" / "polarity.toml"
BATCH, SPREAD = 32, 0.5
SOFT, HARD, LEFT_OUT = "soft targets", "hard labels", "files left out"
OPTIONS: Mapping[str, Sequence[Any]] = {
    "representation": ("cls", "mean", "max"),
    "two_class": ("masked", "plain"),
    "label_smoothing": (0.0, 0.1),
    "class_weights": ("none", "balanced"),
    "layer_decay": (1.0, 0.9, 0.8),
    "learning_rate": (5e-5, 1e-4, 2e-4),
}
RATINGS = "ratings"
ASKED = (*OPTIONS, RATINGS)


class Choice(NamedTuple):
    """One way to train."""

    name: str
    options: TrainingOptions
    ratings: str


class Part(NamedTuple):
    """The rows of one file, how many of them an epoch of the recipe sees, and whether ratings label them."""

    examples: list[Example]
    seen: float
    is_rated: bool


class Bench(NamedTuple):
    """What all runs share."""

    parts: list[Part]
    dev: dict[str, list[Example]]
    labels: list[str]
    base: str
    rows: int
    seeds: int

    def figures(self, choice: Choice) -> list[list[float]]:
        """Macro-F1 on each dev set and their mean, for each seed."""
        found = []
        for seed in range(self.seeds):
            sets = drawn(self.parts, self.rows, choice.ratings, seed)
            tuned = fine_tune(sets, self.dev, self.labels, self.base, replace(choice.options, seed=seed))
            found.append([*tuned.curve[-1].macro_f1.values(), tuned.curve[-1].score])
        return found


def choices(options: TrainingOptions, ratings: str, only: Sequence[str]) -> Iterator[Choice]:
    """The reference, then each of its neighbours in what is asked about."""
    yield Choice("reference", options, ratings)
    for name, values in OPTIONS.items():
        for value in values:
            if name in only and value != getattr(options, name):
                yield Choice(f"{name} {value}", replace(options, **{name: value}), ratings)
    for other in (SOFT, HARD, LEFT_OUT):
        if RATINGS in only and other != ratings:
            yield Choice(f"ratings: {other}", options, other)


def read_parts(data: TrainingData, dev_rows: int) -> tuple[list[Part], dict[str, list[Example]]]:
    """Read every file once, ratings as soft targets, and cut the dev sets."""
    sets = load_sets(replace(data, files=[softened(file) for file in data.files]), load_contract(), 0)
    parts = [
        Part(part.examples, len(part.examples) * part.weight, file.ratings is not None)
        for part, file in zip(sets.train, data.files, strict=True)
    ]
    dev = {name: random.Random(0).sample(rows, min(dev_rows, len(rows))) for name, rows in sets.dev.items()}
    return parts, dev


def softened(file: LabelledFile) -> LabelledFile:
    if not file.ratings:
        return file
    return replace(file, ratings=replace(file.ratings, spread=file.ratings.spread or SPREAD))


def drawn(parts: Sequence[Part], rows: int, ratings: str, seed: int) -> list[DataSet]:
    """Draw about `rows` in all, of each file its share."""
    whole = sum(part.seen for part in parts)
    sets = []
    for part in parts:
        count = min(len(part.examples), max(1, round(rows * part.seen / whole)))
        examples = random.Random(seed).sample(part.examples, count)
        if part.is_rated and ratings == HARD:
            examples = [replace(example, target=None) for example in examples]
        if not (part.is_rated and ratings == LEFT_OUT):
            sets.append(DataSet(examples=examples))
    return sets


def cells(figures: Sequence[Sequence[float]], reference: Sequence[Sequence[float]]) -> list[str]:
    """Spell the figures, and how far the mean is from the reference's, seed by seed."""
    differences = [one[-1] - other[-1] for one, other in zip(figures, reference, strict=True)]
    return [*map(spread, zip(*figures, strict=True)), spread(differences, "+.3f")]


def spread(values: Sequence[float], form: str = ".3f") -> str:
    mean = f"{sum(values) / len(values):{form}}"
    return f"{mean} ± {(max(values) - min(values)) / 2:.3f}" if len(values) > 1 else mean


def main() -> None:
    parser = argparse.ArgumentParser(description="Short training runs, each with one thing changed.")
    parser.add_argument("data_root", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--dev-rows", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--only", action="append", choices=ASKED, help="may be repeated; default: everything")
    parser.add_argument("--base", help="default: the recipe's")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    recipe = read_recipe(RECIPE)
    data = recipe.training_data(given.data_root, RECIPE.parent)
    parts, dev = read_parts(data, given.dev_rows)
    base = given.base or recipe.base
    bench = Bench(parts, dev, checkpoint_names(load_contract()), base_path(base), given.rows, given.seeds)
    options = replace(
        recipe.options,
        batch_size=BATCH,
        epochs=given.epochs,
        threads=given.threads,
        precision="auto",
        patience=None,
    )
    is_soft = any(file.ratings and file.ratings.spread for file in data.files)
    header = ["changed", *dev, "mean", "mean against the reference"]
    rows: list[list[str]] = []
    reference: list[list[float]] = []
    for choice in choices(options, SOFT if is_soft else HARD, given.only or ASKED):
        started = time.perf_counter()
        figures = bench.figures(choice)
        reference = reference or figures
        rows.append([choice.name, *cells(figures, reference)])
        print(f"{' | '.join(rows[-1])} | {time.perf_counter() - started:.0f} s", flush=True)
    given.out.write_text(
        page(bench, options, is_soft=is_soft, base=base, table_of_runs="\n".join(table(header, rows))),
        "utf-8",
    )


def page(bench: Bench, options: TrainingOptions, *, is_soft: bool, base: str, table_of_runs: str) -> str:
    counts = ", ".join(f"{name} {len(rows)}" for name, rows in bench.dev.items())
    settings = ", ".join(f"{name} {getattr(options, name)}" for name in (*OPTIONS, "max_length"))
    return f"""\
# What was tried for the recipe

- Base: {base}, {computed_by("auto")["dtype"]}; epochs: {options.epochs}, batches of {BATCH}; no teacher.
- Rows: {bench.rows:,}, drawn from the recipe's files in their shares of an epoch; seeds: {bench.seeds}.
- Reference: {settings}, ratings as {SOFT if is_soft else HARD}.
- Figures: macro-F1 after the last epoch, on drawn dev rows ({counts}); a set without NEUTRAL is judged over
  its own two labels.
- With several seeds: the mean ± half the range. Each seed draws other training rows, and differences are taken
  seed by seed.

{table_of_runs}

{machine()}.
"""


if __name__ == "__main__":
    main()
