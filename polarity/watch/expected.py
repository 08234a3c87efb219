"""How many labels are likely right, without gold: the mean of calibrated confidence.

A confidence that is calibrated says how often a label of that confidence is right, so its mean is the
expected accuracy: "average confidence" (AC), the baseline of Garg et al. 2022, "Leveraging unlabeled data to
predict out-of-distribution performance". It is as good as the calibration is for these very texts, which is
least certain where it counts most: texts unlike those it was fitted on. `benchmarks/expected_accuracy.py`
says by how much it misses there, and that their ATC and the difference of confidences miss as well.
"""

from dataclasses import dataclass

import numpy as np

from polarity.statistics.sequential import Bounds, bounds
from polarity.watch.cells import Cells, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Of `n` labels with a confidence, the share that is likely right, and its bounds for every look.

    The bounds are of the mean confidence, not of the truth. `without` counts labels that have none.
    """

    n: int
    share: float | None
    bounds: Bounds
    without: int


def expected_of(cells: Cells) -> Expected:
    """Give the expected accuracy of the labels that were given.

    >>> from polarity.watch.cells import Cell, cells_of
    >>> cell = Cell(0, 1, "POSITIVE", None, "bert", 180, None, None, None, "POSITIVE", None, 100)
    >>> found = expected_of(cells_of([cell, cell._replace(confidence=None, n=7)]))
    >>> found.n, round(found.share, 3), found.without
    (100, 0.9, 7)
    """
    labelled = cells.where(cells.label != None)  # noqa: E711 - each for itself
    sure = labelled.where(~np.isnan(labelled.confidence))
    n = sure.total
    return Expected(
        n=n,
        share=float(sure.confidence @ sure.n / n) if n else None,
        bounds=bounds(*counted(sure.confidence, sure.n)),
        without=labelled.total - n,
    )
