"""Where it goes worst: decisions that are alike in something, and how many of them are likely right.

What is likely right is the mean confidence, where no label counts as 0 and a label without confidence not
at all. A slice is worse than the rest beyond luck where its bounds end below those of the rest, each of them
at its part of the level; both hold at every look.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from polarity.statistics.enough import FOR_A_PART
from polarity.statistics.sequential import Bounds, bounds
from polarity.store.alike import TOKENS
from polarity.watch.cells import Cells, counted
from polarity.watch.series import UNGUESSED, differing, mapped

ALPHA: Final = 0.05
KNOWN: Final = (0.5, 0.8, 0.95)  # where each slice of the share known but the first begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The `n` decisions that are alike in `of`, and how they fare; a share is None where it is undefined."""

    of: str
    name: str
    n: int
    right: float
    bounds: Bounds
    rest: float
    is_worse: bool
    no_label: float
    disagreement: float | None


def worst_slices(cells: Cells) -> list[Slice]:
    """Give the slices of at least 30 decisions, the one with fewest likely right first.

    A way to slice that has one slice only says nothing, and is left out.

    >>> from polarity.watch.cells import Cell, cells_of
    >>> cell = Cell(0, 1, "POSITIVE", None, "bert", 195, None, "en", None, "POSITIVE", None, 900)
    >>> found = worst_slices(cells_of([cell, cell._replace(language="de", confidence=110, n=100)]))
    >>> [(slice.of, slice.name, slice.n, round(slice.right, 3), slice.is_worse) for slice in found]
    [('language', 'de', 100, 0.55, True), ('language', 'en', 900, 0.975, False)]
    """
    counted = cells.where(~np.isnan(cells.confidence) | (cells.label == None))  # noqa: E711 - each for itself
    slices = [part for part in _parts(counted) if counted.n[part[2]].sum() >= FOR_A_PART]
    found = [_slice(counted, *part, ALPHA / 2 / len(slices)) for part in slices]
    return sorted(found, key=lambda part: (part.right, part.of, part.name))


def _parts(cells: Cells) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    for of, names in (
        ("label", mapped(cells.label, lambda label: label or "no label")),
        ("language", mapped(cells.language, lambda code: code or UNGUESSED)),
        ("length", mapped(cells.size, _size)),
        ("share of the text that is known", mapped(np.nan_to_num(1 - cells.unknown, nan=-1.0), _known)),
        ("decided by", cells.decided_by),
        ("setup", mapped(cells.setup, str)),
    ):
        different = sorted({name for name in names.tolist() if name is not None})
        if len(different) > 1:
            yield from ((of, name, names == name) for name in different)


def _slice(cells: Cells, of: str, name: str, kept: NDArray[np.bool_], alpha: float) -> Slice:
    inside, outside = cells.where(kept), cells.where(~kept)
    rights = [np.nan_to_num(part.confidence) for part in (inside, outside)]
    ours, rest = (
        bounds(*counted(right, part.n), alpha) for right, part in zip(rights, (inside, outside), strict=True)
    )
    differs, both = differing(inside)
    n_both = inside.n[both].sum()
    return Slice(
        of=of,
        name=name,
        n=inside.total,
        right=_mean(rights[0], inside.n),
        bounds=ours,
        rest=_mean(rights[1], outside.n),
        is_worse=ours.high < rest.low,
        no_label=float(inside.n[inside.label == None].sum() / inside.total),  # noqa: E711 - each for itself
        disagreement=float(inside.n[differs].sum() / n_both) if n_both else None,
    )


def _mean(shares: NDArray[np.float64], n: NDArray[np.int64]) -> float:
    return float(shares @ n / n.sum())


def _size(place: Any) -> str | None:
    """Name a text's length by its place among `TOKENS`."""
    if place is None:
        return None
    first = TOKENS[place - 1] + 1 if place else 0
    return f"{first} to {TOKENS[place]} tokens" if place < len(TOKENS) else f"over {TOKENS[-1]} tokens"


def _known(share: float) -> str | None:
    """Name the slice of a share; one below 0 is not known."""
    if share < 0:
        return None
    at = sum(share >= first for first in KNOWN)
    if not at:
        return f"below {KNOWN[0]}"
    return f"{KNOWN[at - 1]} to {KNOWN[at]}" if at < len(KNOWN) else f"{KNOWN[-1]} and more"
