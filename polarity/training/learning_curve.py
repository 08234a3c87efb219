"""What more labels would bring: the same training on growing parts of the data.

Each part holds the smaller ones, and each has the labels in the shares of the whole. Beside the
encoder stands what costs nothing: logistic regression over words and word pairs, on the same rows.
An encoder that does not beat it is not worth its price.
"""

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from polarity.contract import Contract
from polarity.errors import RecordError, TrainingError
from polarity.pages.charts import lines_chart
from polarity.pages.markdown import table
from polarity.records import replacing
from polarity.training.checkpoint import checkpoint_names, versions
from polarity.training.dataset import DataSet, Example, TrainingSets
from polarity.training.device import computed_by
from polarity.training.finetune import fine_tune
from polarity.training.options import TrainingOptions
from polarity.training.recipe import Recipe
from polarity.training.run import TrainingData, base_path, load_sets
from polarity.training.trainer import Listeners, Progress

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
    """The points, smallest part first, and what they were made of: `origin` names base, data and versions."""

    points: tuple[Point, ...]
    options: Mapping[str, Any]
    origin: Mapping[str, Any]

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


def measure(
    data: TrainingData,
    contract: Contract,
    base: str,
    options: TrainingOptions,
    folder: Path,
    *,
    sizes: Sequence[int] | None = None,
    on_short: Callable[[int], None] = lambda _: None,
    on_point: Callable[[LearningCurve], None] = lambda _: None,
    on_unwritten: Callable[[RecordError], None] = lambda _: None,
    on_step: Callable[[int, int, Progress], None] = lambda _part, _parts, _done: None,
) -> LearningCurve:
    """Read the files, train `base` on parts of them, and keep the curve in `folder` after each part.

    Without `sizes` they are the usual ones: `on_short` hears how many rows there are if they do not reach
    the largest. `on_point` hears the curve so far, and `on_unwritten` why it could not be kept: a full
    disk must not cost the parts that are still to come. `on_step` hears which part of how many is under
    way, from 1, and how far it is.

    Raises:
        RecordError: nothing can be written into `folder`, or a file or row cannot be used.
        TrainingError: see `load_sets` and `learning_curve`.
    """
    make_folder(folder)
    sets = load_sets(data, contract, options.seed)
    rows = [example for part in sets.train for example in part.examples]
    if sizes is None and len(rows) < SIZES[-1]:
        on_short(len(rows))
    chosen = sizes or sizes_within(len(rows))

    def kept(curve: LearningCurve) -> None:
        on_point(curve)
        try:
            write_learning_curve(curve, folder)
        except RecordError as error:
            on_unwritten(error)

    return learning_curve(
        rows,
        sets.dev,
        checkpoint_names(contract),
        base_path(base),
        options,
        sizes=chosen,
        origin=_origin(sets, base, options),
        on_point=kept,
        on_step=lambda part, done: on_step(part, len(chosen), done),
    )


def _origin(sets: TrainingSets, base: str, options: TrainingOptions) -> dict[str, Any]:
    return {
        "base": base,
        "data": [file.as_dict() for file in sets.files],
        "dev": [file.as_dict() for file in sets.dev_files],
        "holdout": sets.holdout,
        "versions": versions(),
        "computed by": computed_by(options.precision),
    }


def left_out(recipe: Recipe) -> list[str]:
    """Name the keys of a recipe that say nothing to a curve: it is of gold labels, each row alike.

    >>> from polarity.training.recipe import recipe_of
    >>> left_out(recipe_of([Path("a.csv")], overrides=["data.0.weight=0.5", "teacher.checkpoint=large"]))
    ['teacher', 'data.0.weight']
    """
    said = ["teacher"] if recipe.teacher else []
    return said + [f"data.{at}.weight" for at, part in enumerate(recipe.data) if part.weight != 1]


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

    Every part is trained for the same number of epochs, so a larger one takes more steps. What is
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
        point = Point(len(rows), tuned.curve[-1].macro_f1, words_baseline(rows, dev), tuned.seconds)
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


def make_folder(folder: Path) -> None:
    """Make sure that there is a folder to write into: before anything is trained, not after.

    Raises:
        RecordError: it is a file, or nothing can be written into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (FileExistsError, NotADirectoryError):
        raise RecordError("cannot be written into: it is no folder", path=folder) from None
    except OSError as error:
        raise RecordError(f"cannot be written into: {error.strerror}", path=folder) from None


def write_learning_curve(curve: LearningCurve, folder: Path) -> None:
    """Write `learning_curve.json`, `.md` and `.svg` into `folder`, each whole or not at all.

    Raises:
        RecordError: one of them cannot be written.
    """
    make_folder(folder)
    contents = {"json": curve.as_json(), "md": curve.as_markdown(), "svg": curve.as_svg()}
    for suffix, content in contents.items():
        with replacing(folder / f"learning_curve.{suffix}") as file:
            file.write(content)


def _mean(scores: Mapping[str, float]) -> float:
    return sum(scores.values()) / len(scores)
