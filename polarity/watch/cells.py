"""Decisions counted alike by alike: all that is watched is taken from such counts, and no row is looked at.

A category is what a backend's outcome counts as: a label, ABSTAINED, FAILED, or `UNMAPPED reason`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from polarity.store.alike import KNOWN_STEPS, STEPS


class Cell(NamedTuple):
    """`n` decisions of a period that are alike in all that is watched, as `store.alike` names it."""

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
    """Cells as one array a field, (cells,). `confidence` and `unknown` are shares, NaN where not known."""

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

    >>> cell = Cell(0, 1, "POSITIVE", None, "bert", 195, 40, "en", 0, "POSITIVE", None, 3)
    >>> found = cells_of([cell, cell._replace(confidence=200, known=None)])
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
        confidence=np.array(named["confidence"], np.float64) / STEPS,  # None is NaN
        unknown=1 - np.array(named["known"], np.float64) / KNOWN_STEPS,
    )


def counted(
    shares: NDArray[np.float64], n: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Count alike shares as one: (cells,) and (cells,) become (different ones,) and (different ones,).

    >>> [found.tolist() for found in counted(np.array([0.5, 1.0, 0.5]), np.array([1, 2, 3]))]
    [[0.5, 1.0], [4, 2]]
    """
    values, places = np.unique(shares, return_inverse=True)
    return values, np.bincount(places, n, len(values)).astype(np.int64)


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    made = np.empty(len(values), object)
    made[:] = values
    return made
