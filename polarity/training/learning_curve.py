"""What more labels would bring: the same training on growing parts of the data.

Each part holds the smaller ones, and each has the labels in the shares of the whole. Beside the
encoder stands what costs nothing: logistic regression over words and word pairs, on the same rows.
An encoder that does not beat it is not worth its price.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from polarity.charts import lines_chart
from polarity.errors import TrainingError
from polarity.markdown import table
from polarity.training.dataset import DataSet, Example
from polarity.training.finetune import Listeners, Progress, TrainingOptions, fine_tune

SIZES = (500, 1000, 2000, 4000, 8000)
ENCODER, WORDS = "fine-tuned encoder", "logistic regression over words"


class Point(NamedTuple):
    """Macro-F1 on each dev set after training on `rows` rows, and the seconds that took."""

    rows: int
    encoder: Mapping[str, float]
    words: Mapping[str, float]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """The points, smallest part first, and what they were made of."""

    points: tuple[Point, ...]
    options: Mapping[str, Any]

    def as_json(self) -> str:
        """Spell it as one JSON object."""
        points = [point._asdict() for point in self.points]
        return json.dumps({**asdict(self), "points": points}, indent=2, ensure_ascii=False) + "\n"

    def as_markdown(self) -> str:
        """Spell it as a table, one line a part."""
        names = list(self.points[0].encoder)
        header = ["rows", *(f"{name}: {kind}" for name in names for kind in ("encoder", "words")), "seconds"]
        rows = []
        for point in self.points:
            shares = [f"{side[name]:.3f}" for name in names for side in (point.encoder, point.words)]
            rows.append([str(point.rows), *shares, f"{point.seconds:.0f}"])
        return "".join(f"{line}\n" for line in table(header, rows))

    def as_svg(self) -> str:
        """Draw it: the mean over the dev sets, for both."""
        series = {
            ENCODER: [(float(point.rows), _mean(point.encoder)) for point in self.points],
            WORDS: [(float(point.rows), _mean(point.words)) for point in self.points],
        }
        return lines_chart(series, title="What more labels bring", x="labelled rows", y="macro-F1")


def learning_curve(
    train: Sequence[Example],
    dev: Mapping[str, Sequence[Example]],
    label_names: Sequence[str],
    base: str,
    options: TrainingOptions,
    *,
    sizes: Sequence[int] = SIZES,
    on_point: Callable[[Point], None] = lambda _: None,
    on_step: Callable[[Progress], None] = lambda _: None,
) -> LearningCurve:
    """Train `base` on parts of `train` of the given `sizes`, each from the start.

    Every part is trained for the same number of epochs, so a larger one takes more steps. The best
    epoch is chosen on `dev`, which flatters every size alike.

    Raises:
        TrainingError: fewer rows than the largest size, or whatever `fine_tune` raises.
    """
    if max(sizes) > len(train):
        raise TrainingError(f"a part of {max(sizes)} rows cannot be drawn from {len(train)}")
    points = []
    for rows in nested_parts(train, sorted(sizes), options.seed):
        tuned = fine_tune(
            [DataSet(examples=rows)], dev, label_names, base, options, listeners=Listeners(on_step=on_step)
        )
        points.append(Point(len(rows), tuned.best.macro_f1, words_baseline(rows, dev), tuned.seconds))
        on_point(points[-1])
    return LearningCurve(points=tuple(points), options=options.as_dict())


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


def write_learning_curve(curve: LearningCurve, folder: Path) -> None:
    """Write `learning_curve.json`, `.md` and `.svg` into `folder`.

    Raises:
        TrainingError: one of them cannot be written.
    """
    contents = {"json": curve.as_json(), "md": curve.as_markdown(), "svg": curve.as_svg()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, content in contents.items():
            (folder / f"learning_curve.{suffix}").write_text(content, "utf-8")
    except OSError as error:
        raise TrainingError(f"{folder}: cannot be written: {error.strerror}") from error


def _mean(scores: Mapping[str, float]) -> float:
    return sum(scores.values()) / len(scores)
