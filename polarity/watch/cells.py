"""Decisions counted alike by alike: all that is watched is taken from such counts, and no row is looked at.

A category is what a backend's outcome counts as: a label, ABSTAINED, FAILED, or `UNMAPPED reason`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

HUNDREDTHS: Final = 100  # steps of a confidence
TWENTIETHS: Final = 20  # steps of the share of a text that is known
TOKENS: Final = (8, 16, 32, 64, 128)  # the last length of each slice


class Cell(NamedTuple):
    """`n` decisions of a period that are alike in all that is watched; None where something is not known.

    `confidence` is in hundredths and `known` in twentieths, rounded down; `size` is the place of the text's
    length among `TOKENS`.
    """

    period: int
    setup: int
    label: str | None
    error: str | None
    decided_by: str
    confidence: int | None
    known: int | None
    language: str | None
    size: int | None
    bert: str | None
    llm: str | None
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Many cells, as one array a field, (cells,); `confidence` and `unknown` are shares, NaN where not known.

    Of a share that was rounded down to a step, the middle of the step stands for it, and its end for the end.
    """

    period: NDArray[np.int64]
    setup: NDArray[np.int64]
    label: NDArray[Any]
    error: NDArray[Any]
    decided_by: NDArray[Any]
    confidence: NDArray[np.float64]
    unknown: NDArray[np.float64]
    language: NDArray[Any]
    size: NDArray[Any]
    bert: NDArray[Any]
    llm: NDArray[Any]
    n: NDArray[np.int64]

    def where(self, kept: NDArray[np.bool_]) -> Self:
        """Keep some of the cells; `kept` is (cells,)."""
        return type(self)(*(getattr(self, field.name)[kept] for field in fields(self)))

    @property
    def total(self) -> int:
        """How many decisions they count."""
        return int(self.n.sum())


def cells_of(cells: Iterable[Cell]) -> Cells:
    """Put cells together.

    >>> cell = Cell(0, 1, "POSITIVE", None, "bert", 97, 20, "en", 0, "POSITIVE", None, 3)
    >>> found = cells_of([cell, cell._replace(confidence=100, known=None)])
    >>> found.confidence.tolist(), found.unknown.tolist(), found.total
    ([0.975, 1.0], [0.0, nan], 6)
    """
    columns = list(zip(*cells, strict=True)) or [()] * len(Cell._fields)
    named: dict[str, Sequence[Any]] = dict(zip(Cell._fields, columns, strict=True))
    whole = {name: np.array(named[name], np.int64) for name in ("period", "setup", "n")}
    words = {
        name: _objects(named[name])
        for name in ("label", "error", "decided_by", "language", "size", "bert", "llm")
    }
    return Cells(
        **whole,
        **words,
        confidence=_middles(named["confidence"], HUNDREDTHS),
        unknown=1 - _middles(named["known"], TWENTIETHS),
    )


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _middles(steps: Sequence[int | None], of: int) -> NDArray[np.float64]:
    found = np.array(steps, np.float64)  # None is NaN
    return np.where(found >= of, 1.0, (found + 0.5) / of)
