"""Rows of any lengths as one table, for networks that hide padding by a mask."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def padded(
    rows: Sequence[Sequence[int]], columns: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Make a table of ids, (rows, columns), with 0 for padding, and one that marks with 1 what is none.

    `columns`: None for as many as the longest row has.

    >>> ids, mask = padded([[5, 6, 7], [8]])
    >>> ids.tolist(), mask.tolist()
    ([[5, 6, 7], [8, 0, 0]], [[1, 1, 1], [1, 0, 0]])
    """
    lengths = np.array([len(row) for row in rows])
    is_read = np.arange(columns or lengths.max()) < lengths[:, None]
    ids = np.zeros(is_read.shape, np.int64)
    ids[is_read] = np.concatenate([np.asarray(row, np.int64) for row in rows])
    return ids, is_read.astype(np.int32)
