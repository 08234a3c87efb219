"""The learning curve trains on nested parts and measures both sides on the same rows."""

from pathlib import Path
from typing import Any

import pytest

from polarity.backends.input_form import AS_IT_IS
from polarity.errors import TrainingError
from polarity.training import learning_curve as curves
from polarity.training.finetune import FineTuned
from polarity.training.learning_curve import (
    learning_curve,
    nested_parts,
    sizes_within,
    words_baseline,
)
from polarity.training.state import EpochResult, best_of
from polarity.training.trainer import Listeners, Progress

from .conftest import OPTIONS
from .sentences import NAMES, examples


def test_each_part_holds_the_smaller_ones() -> None:
    """A larger part is the smaller one and more, so that what changes is the amount alone."""
    small, large = nested_parts(examples(), [12, 30], seed=0)

    assert large[:12] == small
    assert [len(small), len(large)] == [12, 30]


def test_a_part_has_the_labels_in_the_shares_of_the_whole() -> None:
    """Sixty rows of three labels alike give parts with as many of each, to one row."""
    (part,) = nested_parts(examples(), [12], seed=3)

    counts = [sum(row.label == label for row in part) for label in range(3)]

    assert max(counts) - min(counts) <= 1


def test_words_alone_tell_separable_sentences_apart() -> None:
    """The baseline really learns: on sentences told apart by their words it is right."""
    assert words_baseline(examples(), {"same": examples()}) == {"same": 1.0}


@pytest.mark.training
def test_the_curve_rises(tiny_base: Path) -> None:
    """One point a size, smallest first."""
    curve = learning_curve(examples(), {"same": examples()}, NAMES, str(tiny_base), OPTIONS, sizes=(60, 6))

    assert [point.rows for point in curve.points] == [6, 60]
    assert curve.points[0].encoder["same"] < curve.points[1].encoder["same"]


def test_a_part_larger_than_the_data_is_refused(tiny_base: Path) -> None:
    """Nobody gets a curve over rows that are not there."""
    with pytest.raises(TrainingError, match="a part of 61 rows cannot be drawn from 60"):
        learning_curve(examples(), {"same": examples()}, NAMES, str(tiny_base), OPTIONS, sizes=(61,))


def _fake(monkeypatch: pytest.MonkeyPatch, scores: tuple[float, ...]) -> None:
    """In place of training, a run with these scores after its epochs and a step that is heard."""

    def fine_tune(*_: Any, listeners: Listeners, **__: Any) -> FineTuned:
        listeners.on_step(Progress(1, 2, 0.5, 100.0))
        curve = tuple(EpochResult(at, 0.5, {"same": score}) for at, score in enumerate(scores, start=1))
        return FineTuned(None, None, AS_IT_IS, curve, best_of(curve), "cpu", 1, 1.0)

    monkeypatch.setattr(curves, "fine_tune", fine_tune)


def test_the_last_epoch_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best one would be chosen on the rows that it is measured on, and the baseline chooses nothing."""
    _fake(monkeypatch, (0.5, 0.9, 0.7))
    found = learning_curve(examples(), {"same": examples()}, NAMES, "base", OPTIONS, sizes=(60,))

    assert [{"same": 0.7}] == [point.encoder for point in found.points]


def test_the_curve_so_far_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each part with one more point; of each step it is said which part it is of."""
    _fake(monkeypatch, (0.5,))
    curves_so_far, steps = [], []
    learning_curve(
        examples(),
        {"same": examples()},
        NAMES,
        "base",
        OPTIONS,
        sizes=(30, 60),
        on_point=lambda curve: curves_so_far.append([point.rows for point in curve.points]),
        on_step=lambda part, done: steps.append((part, done.loss)),
    )

    assert [[30], [30, 60]] == curves_so_far
    assert [(1, 0.5), (2, 0.5)] == steps


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        (8000, [500, 1000, 2000, 4000, 8000]),
        (7200, [500, 1000, 2000, 4000, 7200]),
        (1000, [500, 1000]),
        (72, [72]),
    ],
)
def test_the_usual_sizes_go_to_what_there_is(rows: int, sizes: list[int]) -> None:
    """A tenth of 8,000 rows may have been drawn off to measure on: the largest part is the rest."""
    assert sizes == sizes_within(rows)
