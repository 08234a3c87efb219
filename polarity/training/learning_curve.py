"""What more labels would bring: the same training on growing parts of the data.

Each part holds the smaller ones, and each has the labels in the shares of the whole. Beside the
encoder stands what costs nothing: logistic regression over words and word pairs, on the same rows.
An encoder that does not beat it is not worth its price.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from polarity.errors import TrainingError
from polarity.training.dataset import DataSet, Example
from polarity.training.finetune import fine_tune
from polarity.training.options import TrainingOptions
from polarity.training.trainer import Listeners, Progress

SIZES = (500, 1000, 2000, 4000, 8000)


class Point(NamedTuple):
    """Macro-F1 on each dev set after training on `rows` rows, and the seconds that took.

    `collapsed` says how the encoder's labels for the dev rows have collapsed, None where they have not.
    """

    rows: int
    encoder: Mapping[str, float]
    words: Mapping[str, float]
    seconds: float
    collapsed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """The points, smallest part first, and what they were made of: `origin` names base, data and versions."""

    points: tuple[Point, ...]
    options: Mapping[str, Any]
    origin: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Give it as one object of plain values."""
        return {**asdict(self), "points": [point._asdict() for point in self.points]}


def learning_curve(
    train: Sequence[Example],
    dev: Mapping[str, Sequence[Example]],
    label_names: Sequence[str],
    base: str,
    options: TrainingOptions,
    *,
    sizes: Sequence[int] = SIZES,
    origin: Mapping[str, Any] = MappingProxyType({}),
    on_point: Callable[[LearningCurve], None] = lambda _: None,
    on_step: Callable[[int, Progress], None] = lambda _part, _done: None,
) -> LearningCurve:
    """Train `base` on parts of `train` of the given `sizes`, each from the start.

    Every part is trained for the same number of epochs, so a larger one takes more steps; where the options
    name none, small parts have more epochs (`TrainingOptions.epochs_of`). What is
    measured is the model of the last epoch: the best one would have been chosen on the very rows that it
    is measured on, and the baseline has no such choice. `on_point` hears the curve so far after each
    part, whose `origin` it hands on; `on_step` the number of the part under way, from 1, and how far it is.

    Raises:
        TrainingError: fewer rows than the largest size, or whatever `fine_tune` raises.
    """
    if max(sizes) > len(train):
        raise TrainingError(f"a part of {max(sizes)} rows cannot be drawn from {len(train)}")
    curve = LearningCurve(points=(), options=options.as_dict(), origin=dict(origin))
    for part, rows in enumerate(nested_parts(train, sorted(sizes), options.seed), start=1):
        listeners = Listeners(on_step=partial(on_step, part))
        tuned = fine_tune([DataSet(examples=rows)], dev, label_names, base, options, listeners=listeners)
        last, words = tuned.curve[-1], words_baseline(rows, dev)
        point = Point(len(rows), last.macro_f1, words, tuned.seconds, last.collapsed)
        curve = replace(curve, points=(*curve.points, point))
        on_point(curve)
    return curve


def sizes_within(rows: int) -> list[int]:
    """Give the usual sizes, those above `rows` cut to it.

    >>> sizes_within(7200)
    [500, 1000, 2000, 4000, 7200]
    """
    return sorted({min(size, rows) for size in SIZES})


def nested_parts(rows: Sequence[Example], sizes: Sequence[int], seed: int) -> Iterator[list[Example]]:
    """Draw parts of the given, rising sizes; each begins with the one before.

    The labels are dealt out evenly, so that every part has them in about the shares of the whole.

    >>> rows = [Example(str(i), i % 4 == 0, frozenset({0, 1})) for i in range(8)]
    >>> [sum(row.label for row in part) for part in nested_parts(rows, [4, 8], seed=0)]
    [1, 2]
    """
    shuffled = random.Random(seed).sample(list(rows), len(rows))
    places: list[tuple[float, int]] = []  # where in the whole each row stands, by its rank among its label
    counts = {label: sum(row.label == label for row in rows) for label in {row.label for row in rows}}
    seen = dict.fromkeys(counts, 0)
    for index, row in enumerate(shuffled):
        places.append(((seen[row.label] + 0.5) / counts[row.label], index))
        seen[row.label] += 1
    order = [shuffled[index] for _, index in sorted(places)]
    for size in sizes:
        yield order[:size]


def words_baseline(train: Sequence[Example], dev: Mapping[str, Sequence[Example]]) -> dict[str, float]:
    """Give macro-F1 on each dev set of logistic regression over tf-idf of words and word pairs."""
    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10.0, max_iter=1000)
    )
    pipeline.fit([row.text for row in train], [row.label for row in train])
    scores = {}
    for name, rows in dev.items():
        gold = [row.label for row in rows]
        known = np.isin(pipeline.classes_, gold)  # as the encoder: labels that the set lacks do not compete
        shares = pipeline.predict_proba([row.text for row in rows])[:, known]
        predicted = pipeline.classes_[known][shares.argmax(1)]
        scores[name] = float(f1_score(gold, predicted, average="macro"))
    return scores
