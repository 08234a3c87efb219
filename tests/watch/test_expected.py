"""Expected accuracy without gold."""

import numpy as np

from polarity.watch.cells import cells_of
from polarity.watch.expected import expected_of

from .counting import cell


def test_calibrated_confidence_gives_the_accuracy() -> None:
    """Labels are right as often as their confidence says: the share that is right is what is expected."""
    rng = np.random.default_rng(2)
    steps = rng.integers(67, 201, 20_000)
    right = rng.random(20_000) < steps / 200
    found = expected_of(cells_of(cell(confidence=int(step)) for step in steps))
    assert found.share is not None
    assert abs(found.share - right.mean()) < 0.01
    assert found.bounds.low < found.share < found.bounds.high


def test_what_got_no_label_has_no_accuracy() -> None:
    """It is counted elsewhere; a label without confidence is counted here."""
    found = expected_of(
        cells_of([cell(n=10), cell(label=None, confidence=None, n=5), cell(confidence=None, n=3)])
    )
    assert (10, 3) == (found.n, found.without)


def test_of_nothing_nothing_is_expected() -> None:
    """No share, and bounds that say nothing."""
    found = expected_of(cells_of([]))
    assert (0, None, (0.0, 1.0)) == (found.n, found.share, tuple(found.bounds))
