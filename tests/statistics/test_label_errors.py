"""Likely errors of labels."""

import numpy as np

from polarity.statistics.label_errors import suspects


def _noisy(seed: int, rows: int = 600, wrong: float = 0.1) -> tuple[list[int], np.ndarray, set[int]]:
    """Labels of three, some of them turned wrong, and a model that is right four times of five."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, rows)
    logits = random.normal(0, 1, (rows, 3))
    logits[np.arange(rows), truth] += 3.0
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    turned = random.random(rows) < wrong
    given = np.where(turned, (truth + random.integers(1, 3, rows)) % 3, truth)
    return given.tolist(), chances, set(np.flatnonzero(turned).tolist())


def test_turned_labels_are_found_and_few_others() -> None:
    """Most of the turned labels are found, and of those found first nearly all were turned."""
    given, chances, turned = _noisy(seed=3)
    found = [one.row for one in suspects(given, chances)]
    assert len(turned & set(found)) / len(turned) > 0.7
    first = found[: len(found) // 4]
    assert len(turned & set(first)) / len(first) > 0.9


def test_the_likeliest_error_stands_first() -> None:
    """Rows are in the order of their margins."""
    given, chances, _ = _noisy(seed=4)
    margins = [one.margin for one in suspects(given, chances)]
    assert sorted(margins) == margins
    assert len(margins) > 1


def test_a_label_that_no_row_has_is_never_proposed() -> None:
    """Nobody knows how sure the model is of it where it is right."""
    assert [] == suspects([0, 0], [[0.9, 0.1], [0.1, 0.9]])


def test_a_label_of_which_the_model_is_always_unsure_is_held_to_less() -> None:
    """0.45 of a label that gets 0.4 on average is confident, though another label has more."""
    chances = [[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4], [0.5, 0.5]]
    assert [4] == [one.row for one in suspects([0, 0, 1, 1, 0], chances)]


def test_nothing_of_nothing() -> None:
    """No rows, no errors."""
    assert [] == suspects([], np.zeros((0, 3)))
