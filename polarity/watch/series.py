"""What is watched, period by period: shares and means of what lies in [0, 1]."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from polarity.comparison import kind_of
from polarity.comparison.pairs import FAILED, UNMAPPED
from polarity.watch.cells import Cells

Kind = Literal[
    "label", "no label", "confidence", "unknown", "language", "disagreement", "unmapped", "noise", "shadow"
]
BINARY: Final = np.array([0.0, 1.0])
LANGUAGES: Final = 5  # that are watched each for itself; what is left is "other"
UNGUESSED: Final = "not guessed"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One measure over time: how often each of its `values` (values,) came, `counts` (periods, values).

    The share of a name has the values 0 and 1. The first `reference` periods are what the others are held
    against.
    """

    kind: Kind
    name: str
    values: NDArray[np.float64]
    counts: NDArray[np.int64]
    reference: int

    @property
    def before(self) -> NDArray[np.int64]:
        """What the reference counts, (values,)."""
        return np.asarray(self.counts[: self.reference].sum(0))

    @property
    def after(self) -> NDArray[np.int64]:
        """What is watched, (periods, values)."""
        return self.counts[self.reference :]

    @property
    def means(self) -> list[float | None]:
        """The mean of each period; None where there is nothing."""
        return [self.mean_of(counts) for counts in self.counts]

    def mean_of(self, counts: NDArray[np.int64]) -> float | None:
        """Give the mean of what `counts`, (values,), counts; None of nothing."""
        n = counts.sum()
        return float(counts @ self.values / n) if n else None


def series_of(cells: Cells, periods: int, reference: int) -> list[Series]:
    """Give all that is watched of decisions; `cells` counts those of all periods.

    What nothing is known of is left out: without the LLM there is no disagreement.
    """
    make = _Maker(cells, periods, reference)
    found = [
        *make.shares("label", cells.label, cells.label != None),  # noqa: E711 - each for itself
        make.share("no label", "no label", cells.label == None),  # noqa: E711
        make.mean("confidence", cells.confidence),
        make.mean("unknown", cells.unknown),
        *make.shares("language", *_languages(cells, reference)),
        make.share("disagreement", "bert against llm", *differing(cells)),
        *_unmapped(make, "bert", cells.bert),
        *_unmapped(make, "llm", cells.llm),
    ]
    return [series for series in found if series.counts.any()]


class _Maker:
    """Counts a column of the cells by period."""

    def __init__(self, cells: Cells, periods: int, reference: int) -> None:
        self._cells, self._periods, self._reference = cells, periods, reference

    def share(
        self, kind: Kind, name: str, hit: NDArray[np.bool_], of: NDArray[np.bool_] | None = None
    ) -> Series:
        """Count those that `hit`, (cells,), among those of which it is asked, (cells,)."""
        asked = np.ones(len(hit), bool) if of is None else of
        hits, all_ = self._by_period(hit & asked), self._by_period(asked)
        return Series(kind, name, BINARY, np.stack([all_ - hits, hits], 1), self._reference)

    def shares(self, kind: Kind, names: NDArray[Any], of: NDArray[np.bool_]) -> Iterator[Series]:
        """Count each name that occurs."""
        for name in sorted(set(names[of])):
            yield self.share(kind, name, names == name, of)

    def mean(self, kind: Kind, shares: NDArray[np.float64]) -> Series:
        """Count each value that occurs; NaN is none."""
        known = ~np.isnan(shares)
        values, places = np.unique(shares[known], return_inverse=True)
        counts = np.zeros((self._periods, len(values)), np.int64)
        np.add.at(counts, (self._cells.period[known], places), self._cells.n[known])
        return Series(kind, kind, values, counts, self._reference)

    def _by_period(self, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
        found = np.bincount(self._cells.period[kept], self._cells.n[kept], self._periods)
        return np.asarray(found.astype(np.int64))


def _languages(cells: Cells, reference: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Name the reference's most frequent languages, and all others `OTHER`: so does what comes later."""
    names = np.where(cells.language == None, UNGUESSED, cells.language)  # noqa: E711 - each for itself
    ours = cells.period < reference
    frequent = tally(names[ours], cells.n[ours])
    kept = [name for name in sorted(frequent, key=lambda name: (-frequent[name], name)) if name != UNGUESSED]
    known = {*kept[:LANGUAGES], UNGUESSED}
    return mapped(names, lambda name: name if name in known else OTHER), np.ones(len(names), bool)


def differing(cells: Cells) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say of each cell whether BERT's and the LLM's answers differ, and whether there are both, (cells,)."""
    both = (cells.bert != None) & (cells.llm != None)  # noqa: E711 - each for itself
    both &= (cells.bert != FAILED) & (cells.llm != FAILED)
    pairs = mapped(cells.bert, _plain), mapped(cells.llm, _plain)
    differs = [asked and kind_of(*pair) != "agreement" for asked, *pair in zip(both, *pairs, strict=True)]
    return np.array(differs, bool), both


def _plain(category: str | None) -> str | None:
    return UNMAPPED if category is not None and category.startswith(UNMAPPED) else category


def _unmapped(make: _Maker, backend: str, categories: NDArray[Any]) -> Iterator[Series]:
    """Give each reason's share of a backend's answers."""
    answered = (categories != None) & (categories != FAILED)  # noqa: E711 - each for itself
    for category in sorted({str(name) for name in categories[answered] if str(name).startswith(UNMAPPED)}):
        name = f"{backend}: {category.removeprefix(UNMAPPED).strip()}"
        yield make.share("unmapped", name, categories == category, answered)


def tally(names: NDArray[Any], n: NDArray[np.int64]) -> Mapping[Any, int]:
    """Add up how often each name comes, (cells,) and (cells,).

    >>> tally(np.array(["en", "de", "en"], object), np.array([2, 1, 3]))
    {'en': 5, 'de': 1}
    """
    found: dict[Any, int] = {}
    for name, count in zip(names.tolist(), n.tolist(), strict=True):
        found[name] = found.get(name, 0) + count
    return found


def mapped(names: NDArray[Any], rename: Callable[[Any], Any]) -> NDArray[Any]:
    """Rename each name, every distinct one once.

    >>> mapped(np.array(["a", None], object), lambda name: name and name.upper()).tolist()
    ['A', None]
    """
    new = {name: rename(name) for name in set(names.tolist())}
    made = np.empty(len(names), object)
    made[:] = [new[name] for name in names.tolist()]
    return made
