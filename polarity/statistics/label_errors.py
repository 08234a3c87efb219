"""Labels that are likely wrong: confident learning.

Source: Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels". A
model counts as confident of a label where it gives it at least the probability that it gives it on average on
rows that have that label: so a label that it is always unsure of is held to less. A row is suspected where
the most probable of the labels that it is confident of is not the one that the row has.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Suspect(NamedTuple):
    """A row, by its place, that likely has the wrong label, and the label that it likely should have.

    `margin` is the probability of the label that it has, less that of the one it should have: the lower, the
    likelier the error.
    """

    row: int
    label: int
    margin: float


def suspects(given: Sequence[int], probabilities: ArrayLike) -> list[Suspect]:
    """Find labels that are likely wrong, the likeliest first.

    `given` holds each row's label as a column of `probabilities` (rows, labels), which must come from a model
    that was not trained on these rows: it would have learnt their errors. Both of two classes' rows are
    needed to find anything, and a label that no row has is never proposed.

    >>> sure, unsure = [0.95, 0.05], [0.6, 0.4]
    >>> suspects([0, 0, 1, 1], [sure, unsure, sure, [0.1, 0.9]])
    [Suspect(row=2, label=0, margin=-0.9)]
    """
    chances = np.asarray(probabilities, float)
    labels = np.asarray(given, int)
    if not len(labels):
        return []
    has = np.eye(chances.shape[1], dtype=bool)[labels]
    with np.errstate(invalid="ignore"):
        average = np.where(has.any(0), (chances * has).sum(0) / has.sum(0), np.inf)
    # Rows that are all alike are as probable as their mean, which rounding must not put above them.
    confident = np.where(chances >= average - 1e-9, chances, -np.inf)
    likely = confident.argmax(1)
    found = np.flatnonzero((confident.max(1) > -np.inf) & (likely != labels))
    margins = chances[found, labels[found]] - chances[found, likely[found]]
    order = np.argsort(margins, kind="stable")
    return [Suspect(int(found[at]), int(likely[found[at]]), round(float(margins[at]), 12)) for at in order]
