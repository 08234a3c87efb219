"""Where two sides differ most: the compared pairs, cut by something that is known of each.

A slice is held against all other pairs by Fisher's exact test; the p of all slices together are
corrected by Holm's method, since among many slices one always looks bad.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from polarity.comparison.pairs import Pair, confidence
from polarity.statistics.enough import FOR_A_PART
from polarity.statistics.intervals import Interval, wilson
from polarity.texts import guessed
from polarity.types import Failure, Outcome

WORDS = (5, 10, 20, 50, 100, 200)  # the last text length of each slice
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9)  # where each slice but the first begins
MOST_VALUES = 1000  # of one column: the memory that slices take has an end
OTHER = "(other values)"
LONGEST = 100  # characters of a value
MISSING = "(none)"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The `n` compared pairs that are alike in `of`, and the share of them that differs.

    `p` is the chance of a share at least as far from that of all other pairs, corrected for the
    number of slices; None where there are no others.
    """

    of: str
    name: str
    n: int
    disagreement: Interval
    p: float | None


class Slicer:
    """Counts pairs by slice as they come. `names` are those of both sides, `columns` of the input."""

    def __init__(self, names: tuple[str, str], columns: Sequence[str] = ()) -> None:
        self._names, self._columns = names, tuple(dict.fromkeys(columns))
        self._counts: dict[str, dict[tuple[int, str], list[int]]] = defaultdict(dict)

    def add(self, pair: Pair, *, differs: bool) -> None:
        """Count a compared pair in every slice it belongs to."""
        for of, place in slices_of(pair, self._names, self._columns):
            counts = self._counts[of]
            known = place if place in counts or len(counts) < MOST_VALUES else (1, OTHER)
            count = counts.setdefault(known, [0, 0])
            count[0] += 1
            count[1] += differs

    def slices(self) -> tuple[Slice, ...]:
        """List the slices of at least `FOR_A_PART` pairs, where the two differ most first."""
        found = [
            (of, name, n, differing, _p(n, differing, counts.values()))
            for of, counts in self._counts.items()
            for (_, name), (n, differing) in counts.items()
            if n >= FOR_A_PART
        ]
        corrected = _holm([p for *_, p in found])
        slices = [
            Slice(of=of, name=name, n=n, disagreement=wilson(differing, n), p=p)
            for (of, name, n, differing, _), p in zip(found, corrected, strict=True)
        ]
        return tuple(sorted(slices, key=lambda part: (-part.disagreement.value, part.of, part.name)))


def slices_of(
    pair: Pair, names: tuple[str, str], columns: Sequence[str] = ()
) -> Iterator[tuple[str, tuple[int, str]]]:
    """Give the slices that a pair belongs to: of what, and the slice's place among its like and its name.

    Those by a column are "of column NAME", so that no name of a column is one of ours.
    """
    yield "length", length_slice(pair.text)
    guess = guessed(pair.text)
    yield "language, guessed", (0, guess.name if guess else UNKNOWN)
    for name, answer in zip(names, (pair.left, pair.right), strict=True):
        if (sure := confidence(answer.outcome, -1.0)) >= 0:
            yield f"confidence of {name}", share_slice(sure)
        if (covered := _coverage(answer.outcome)) is not None:
            yield f"coverage of {name}", share_slice(covered)
    for column in columns:
        yield f"column {column}", (0, _value(pair.columns.get(column)))


def length_slice(text: str) -> tuple[int, str]:
    """Name the slice of a text's length, and its place among the others.

    >>> length_slice("It broke"), length_slice("so " * 201)
    ((0, '1 to 5 words'), (6, 'over 200 words'))
    """
    words = len(text.split())
    at = sum(words > last for last in WORDS)
    first = WORDS[at - 1] + 1 if at else 1
    return at, f"{first} to {WORDS[at]} words" if at < len(WORDS) else f"over {WORDS[-1]} words"


def share_slice(share: float) -> tuple[int, str]:
    """Name the slice of a confidence or a coverage, and its place among the others.

    >>> share_slice(0.2), share_slice(0.85), share_slice(1.0)
    ((0, 'below 0.5'), (4, '0.8 to 0.9'), (5, '0.9 and more'))
    """
    at = sum(share >= first for first in SHARES)
    if not at:
        return at, f"below {SHARES[0]}"
    return at, f"{SHARES[at - 1]} to {SHARES[at]}" if at < len(SHARES) else f"{SHARES[-1]} and more"


def _coverage(outcome: Outcome) -> float | None:
    return None if isinstance(outcome, Failure) else outcome.coverage


def _value(value: Any) -> str:
    return MISSING if value in (None, "") else shortened(str(value))


def shortened(value: str) -> str:
    """Cut a value that is too long to name a slice: those that begin alike become one.

    >>> len(shortened("so " * 1000))
    101
    """
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


def _p(n: int, differing: int, counts: Iterable[Sequence[int]]) -> float | None:
    numbers, differences = zip(*counts, strict=True)
    others, others_differing = sum(numbers) - n, sum(differences) - differing
    if not others:
        return None
    from scipy.stats import fisher_exact

    table = [[differing, n - differing], [others_differing, others - others_differing]]
    return float(fisher_exact(table).pvalue)


def _holm(ps: Sequence[float | None]) -> list[float | None]:
    """Correct the p for their number (Holm 1979, "A simple sequentially rejective [...] procedure")."""
    from statsmodels.stats.multitest import multipletests

    known = [p for p in ps if p is not None]
    corrected = iter(multipletests(known, method="holm")[1].tolist() if known else [])
    return [None if p is None else next(corrected) for p in ps]
