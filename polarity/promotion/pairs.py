"""Shadow pairs: what the primary answered a caller, and what a candidate said behind it of the same text.

A text counts once, by its first pair. Shadow traffic is drawn by the texts' hashes, so a text that comes
every minute comes into the sample each time or never, and each further pair of it says nothing new of whether
the two sides agree. The second one says how steady a side is: see `Steadiness`. All later ones are passed
over: what was once counted of a text must not change with what comes, or a bet on it is none
(`statistics.betting`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from polarity.comparison.pairs import FAILED, UNMAPPED, kind_of
from polarity.settings.pair_measures import SIDES

Words = tuple[str, str]  # the categories of the primary's answer and of the candidate's
READ = ("unmapped", "text_unreadable")  # problem codes of an answer that came and states no label


class Said(NamedTuple):
    """What one side made of a text: its label, or UNMAPPED or FAILED; in how many ms; for how much money."""

    category: str
    latency_ms: float
    cost: float | None = None


class Gold(NamedTuple):
    """What a person says of a text. `chance` is the probability with which it came to be looked at.

    `least` is the least one that any text could have had by then.
    """

    label: str
    chance: float = 1.0
    least: float = 1.0


class ShadowPair(NamedTuple):
    """Both sides' word on one text, which is named by its hash; `gold` where it is known."""

    text: str
    primary: Said
    candidate: Said
    gold: Gold | None = None


class Graded(NamedTuple):
    """A text with gold, as far as its labels go."""

    gold: Gold
    primary: str
    candidate: str


def category_of(label: str | None, error: str | None) -> str:
    """Name what a decision counts as, by its label or else its problem's code.

    >>> category_of("POSITIVE", None), category_of(None, "unmapped"), category_of(None, "deadline")
    ('POSITIVE', 'UNMAPPED', 'FAILED')
    """
    if label is not None:
        return label
    return UNMAPPED if error in READ else FAILED


class Steadiness(NamedTuple):
    """One text that was answered twice: how often two answers of a side differ, and of both.

    Shares in [0, 1], over what was an answer; None where a side has fewer than two, or none to compare.
    """

    primary: float | None
    candidate: float | None
    between: float | None

    @property
    def excess(self) -> float | None:
        """How much more the sides differ than their own moods explain, in [-1, 1].

        The energy distance of the two sides' answers (Szekely and Rizzo 2013, "Energy statistics: a class of
        statistics based on distances"), halved.
        """
        if self.primary is None or self.candidate is None or self.between is None:
            return None
        return self.between - (self.primary + self.candidate) / 2


def steadiness(first: Words, second: Words) -> Steadiness:
    """Measure one text's answers, (primary's, candidate's) each of the two times.

    >>> steadiness(("POSITIVE", "POSITIVE"), ("POSITIVE", "NEUTRAL"))
    Steadiness(primary=0.0, candidate=1.0, between=0.5)
    """
    ours, theirs = ([said for said in side if said != FAILED] for side in zip(first, second, strict=True))
    pairs = [kind_of(one, other) != "agreement" for one in ours for other in theirs]
    return Steadiness(_differing(ours), _differing(theirs), sum(pairs) / len(pairs) if pairs else None)


def _differing(said: list[str]) -> float | None:
    return float(said[0] != said[1]) if len(said) > 1 else None


@dataclass(slots=True)
class Tally:
    """All that is kept of any number of pairs: counts, times and costs, not the texts.

    `answers` counts texts by both sides' categories, `repeated` those that came again by their first two.
    """

    pairs: int = 0
    answers: Counter[Words] = field(default_factory=Counter)
    latencies: Mapping[str, list[float]] = field(default_factory=lambda: {side: [] for side in SIDES})
    costs: Mapping[str, list[float]] = field(default_factory=lambda: {side: [] for side in SIDES})
    graded: Counter[Graded] = field(default_factory=Counter)
    repeated: Counter[tuple[Words, Words]] = field(default_factory=Counter)
    _first: dict[str, Words | None] = field(default_factory=dict)  # None: it has come again

    @property
    def texts(self) -> int:
        """How many different texts there are."""
        return self.answers.total()

    def add(self, pair: ShadowPair) -> None:
        """Count one pair.

        >>> tally = Tally()
        >>> for _ in range(2):
        ...     tally.add(ShadowPair("0cc6", Said("POSITIVE", 8.0), Said("NEUTRAL", 250.0)))
        >>> tally.pairs, tally.texts, dict(tally.answers)
        (2, 1, {('POSITIVE', 'NEUTRAL'): 1})
        """
        self.pairs += 1
        said = (pair.primary.category, pair.candidate.category)
        if pair.text in self._first:
            if (first := self._first[pair.text]) is not None:
                self.repeated[first, said] += 1
                self._first[pair.text] = None
            return
        self._first[pair.text] = said
        self.answers[said] += 1
        for side, found in zip(SIDES, (pair.primary, pair.candidate), strict=True):
            self.latencies[side].append(found.latency_ms)
            if found.cost is not None:
                self.costs[side].append(found.cost)
        if pair.gold is not None:
            self.graded[Graded(pair.gold, *said)] += 1


def tally_of(pairs: Iterable[ShadowPair]) -> Tally:
    """Count pairs, in whatever order they are kept: a text's first one stands for it."""
    tally = Tally()
    for pair in pairs:
        tally.add(pair)
    return tally
