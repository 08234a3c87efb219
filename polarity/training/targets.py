"""What a row teaches: its label, and where people rated it or voted, a distribution over all labels."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from scipy.stats import norm

from polarity.errors import RecordError
from polarity.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """How a numeric column becomes labels: `cut_offs` part the contract's ordered labels.

    With a `spread` above 0, in units of the rating, a rating is a normal distribution around itself,
    and its training target the mass that falls to each label: a 0.6 beside a cut of 0.7 is nearly as
    much the one label as the other (ordered probit, McKelvey and Zavoina 1975).

    >>> Ratings(column="stars", cut_offs=(2.5, 3.5)).index(3.0)
    1
    """

    column: str
    cut_offs: tuple[float, ...]
    spread: float = 0.0

    def index(self, rating: float) -> int:
        """Count the cut-offs below `rating`."""
        return sum(rating > cut for cut in self.cut_offs)

    def target(self, rating: float) -> tuple[float, ...] | None:
        """Spread `rating` over the labels; None where there is no spread.

        >>> Ratings(column="stars", cut_offs=(2.5, 3.5), spread=1.0).target(2.5)
        (0.5, 0.3413, 0.1587)
        """
        if not self.spread:
            return None
        below = [0.0, *(float(norm.cdf(cut, rating, self.spread)) for cut in self.cut_offs), 1.0]
        return tuple(round(high - low, 4) for low, high in itertools.pairwise(below))


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """How the votes in a column become a distribution: each label has the share of people who chose it.

    A vote for one of `abstain` chooses none, and every label has the same part of it: on DynaSent's
    development sets the others who saw a text that one called mixed said positive, negative and neutral
    in .35, .41 and .24 of their votes.
    """

    column: str
    abstain: tuple[str, ...] = ()

    def counted(
        self, cast: object, labels: Sequence[str], label_of: Callable[[str], str | None]
    ) -> tuple[float, ...]:
        """Count what was `cast`, a table of numbers by label, for each of the `labels`, in their order.

        `label_of` reads the table's names as a contract does.

        >>> votes, known = Votes(column="votes", abstain=("mixed",)), {"bad": "BAD", "good": "GOOD"}
        >>> votes.counted({"good": 3, "bad": 1, "mixed": 1}, ["BAD", "GOOD"], known.get)
        (1.5, 3.5)

        Raises:
            RecordError: it is no such table, a name is no label, a number is negative or no number, or
                nobody voted.
        """
        if not isinstance(cast, Mapping):
            raise RecordError(
                f'column {self.column!r} holds no votes, such as {{"{labels[0]}": 3}}: {cast!r}'
            )
        counts = dict.fromkeys(labels, 0.0)
        for name, value in cast.items():
            votes, chosen = number(value), self._chosen(name, labels, label_of)
            if votes is None or votes < 0:
                raise RecordError(f"column {self.column!r}: {name!r} has no number of votes: {value!r}")
            for label in chosen:
                counts[label] += votes / len(chosen)
        if not sum(counts.values()):
            raise RecordError(f"column {self.column!r}: nobody voted: {dict(cast)!r}")
        return tuple(counts.values())

    def _chosen(
        self, name: str, labels: Sequence[str], label_of: Callable[[str], str | None]
    ) -> Sequence[str]:
        if name.casefold() in map(str.casefold, self.abstain):
            return labels
        label = label_of(name)
        if label is None:
            known, way_out = ", ".join([*labels, *self.abstain]), "name it under labels or abstain"
            raise RecordError(f"column {self.column!r}: {name!r} is not one of {known}: {way_out}")
        return [label]


class Target(NamedTuple):
    """The index of a row's label, and the distribution over all labels, where one is known."""

    label: int
    distribution: tuple[float, ...] | None = None


def rated(record: Record, ratings: Ratings) -> Target:
    """Read what the rating of a row teaches.

    Raises:
        RecordError: it has none, or it is no number.
    """
    value = _cell(record, ratings.column, "a rating")
    rating = number(value)
    if rating is None:
        raise RecordError(f"column {ratings.column!r} is not a number: {value!r}")
    return Target(ratings.index(rating), ratings.target(rating))


def voted(
    record: Record, votes: Votes, labels: Sequence[str], label_of: Callable[[str], str | None]
) -> Target:
    """Read what the votes on a row teach; its label is its own, or if it has none, that of most votes.

    Raises:
        RecordError: it has no votes, or they are none (`Votes.counted`), or no label has the most.
    """
    counts = votes.counted(_cell(record, votes.column, "votes"), labels, label_of)
    distribution = tuple(count / sum(counts) for count in counts)
    if record.label is not None:
        return Target(labels.index(record.label), distribution)
    most = max(counts)
    if counts.count(most) > 1:
        tied = " and ".join(label for label, count in zip(labels, counts, strict=True) if count == most)
        raise RecordError(f"the row has no label, and as many votes for {tied}")
    return Target(counts.index(most), distribution)


def _cell(record: Record, column: str, what: str) -> Any:
    if column not in record.extra:
        found = ", ".join(map(repr, record.extra)) or "none"
        lack = f"no {what}" if record.label else f"neither a label nor {what}"
        raise RecordError(f"the row has {lack}; its other columns: {found}")
    return record.extra[column]


def number(value: object) -> float | None:
    """Read a finite number, or None: "nan", which Python reads as one, stands below no cut-off.

    >>> number("2.5"), number(True), number("nan")
    (2.5, None, None)
    """
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
