"""Has what is watched moved away from the reference? A test that may be looked at as often as one likes.

The reference has, with probability 1 - alpha / 2, all its means within their bounds; and who bets that a
mean of what came after has moved out of these bounds, wins much with probability alpha / 2 at most, ever:
`statistics.sequential`. Both together, a drift is reported where there is none with probability alpha at
most, over all looks, all measures and both directions. Source: Podkopaev and Ramdas 2022, "Tracking the risk
of a deployed model and detecting harmful distribution shifts", who hold a confidence sequence of what is
watched against a bound of what was; theirs is the tolerance, too: less than it is no drift worth a call.

What changes half way would be found late among all that came before it. So a new bet begins with every
period, on what comes from there on, and the j-th may spend 1 / (j (j + 1)) of the level, which sums to one:
an e-detector (Shin, Ramdas and Rinaldo 2023, "E-detectors: a nonparametric framework for sequential change
detection"). The period whose bet won most is where the drift is likely to have begun. The periods are counted
from the end of the reference, whatever else is asked of a look: a bet that were to begin elsewhere at each
look would be another bet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from polarity.statistics.enough import FOR_A_GATE
from polarity.statistics.gates import Judgement
from polarity.statistics.sequential import Bounds, bounds, log_evidence
from polarity.types import UnmappedReason
from polarity.watch.series import LANGUAGES, Kind, Series

ALPHA: Final = 0.05  # of ever reporting a drift where there is none, over all looks and measures
MOST_NAMES: Final[Mapping[Kind, int]] = {
    "language": LANGUAGES + 2,  # all others together, and those that are not guessed
    "unmapped": 2 * len(get_args(UnmappedReason)),  # of each backend
}
NAMED: Final = 3  # of what drifted, in one line
TOLERANCE: Final = 0.02  # of a share: a difference that nobody would act on


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What one measure was in the reference and what it is since a period, with bounds for every look.

    `since` is the place of that period among the watched ones: where it likely began to differ, if it
    `is_found`, else the first. `at_least` is how far it has moved at least, with its sign, beyond all
    doubt that the level leaves; 0 where it may not have moved. `log_evidence` is what was won, in nats,
    above what reports a drift.
    """

    kind: Kind
    name: str
    n_before: int
    before: float | None
    before_bounds: Bounds
    n_after: int
    after: float | None
    after_bounds: Bounds
    since: int
    at_least: float
    log_evidence: float
    is_found: bool


def drifts_of(
    series: Sequence[Series],
    *,
    tolerance: float = TOLERANCE,
    alpha: float = ALPHA,
    starts: Sequence[int] | None = None,
) -> list[Drift]:
    """Test every series; those that drifted come first, the surest before the others.

    `starts` are the places of the watched periods with which a bet begins; all of them by default.

    >>> import numpy as np
    >>> steady, moved = ([[500, 500]] * 4, [[500, 500]] * 2 + [[300, 700]] * 2)
    >>> values, named = np.array([0.0, 1.0]), {"A": steady, "B": moved}
    >>> series = [Series("label", name, values, np.array(counts), 1) for name, counts in named.items()]
    >>> [(drift.name, drift.is_found, drift.since, round(drift.at_least, 2)) for drift in drifts_of(series)]
    [('B', True, 1, 0.08), ('A', False, 0, 0.0)]
    """
    found = [_drift(each, tolerance, alpha / 2 * _share(each, series), starts) for each in series]
    return sorted(found, key=lambda drift: (not drift.is_found, -drift.log_evidence))


def _share(series: Series, every: Sequence[Series]) -> float:
    """Say what part of the level a series may spend: all kinds have alike, and so have the names of one.

    What is not seen yet has its part, too: were it shared among those there are, what came later would be
    on top. Only labels and candidates are as many as there are.
    """
    names = MOST_NAMES.get(series.kind) or sum(each.kind == series.kind for each in every)
    return 1 / (len(get_args(Kind)) * names)


def _drift(series: Series, tolerance: float, alpha: float, starts: Sequence[int] | None) -> Drift:
    """Test one; the reference and what comes after it may each be wrong with probability `alpha`."""
    before = bounds(series.values, series.before, alpha)
    places = range(len(series.after)) if starts is None else starts
    gains = gains_of(series, before, tolerance, alpha, places)
    is_found = bool((gains >= 0).any())
    bet = int(gains.argmax()) if is_found else 0
    since = places[bet] if is_found else 0
    counts = np.asarray(series.after[since:].sum(0))
    after = bounds(series.values, counts, float(_levels(bet + 1, alpha)[bet]))
    return Drift(
        kind=series.kind,
        name=series.name,
        n_before=int(series.before.sum()),
        before=series.mean_of(series.before),
        before_bounds=before,
        n_after=int(counts.sum()),
        after=series.mean_of(counts),
        after_bounds=after,
        since=since,
        at_least=max(0.0, after.low - before.high) or min(0.0, after.high - before.low),
        log_evidence=float(gains.max(initial=-np.inf)),
        is_found=is_found,
    )


def gains_of(
    series: Series, before: Bounds, tolerance: float, alpha: float, starts: Sequence[int] | None = None
) -> NDArray[np.float64]:
    """Say of each watched period how much more, in nats, a bet from there on won than reports a drift.

    Or only of the periods at the places `starts`, (starts,).

    The bet is against the mean being within the bounds of what was `before`, or outside by no more than
    `tolerance`. It reaches 0 in any period, at any look, with probability `alpha` at most if that is so.

    >>> moved = Series("label", "A", np.array([0.0, 1.0]), np.array([[50, 50], [50, 50], [0, 100]]), 1)
    >>> gains_of(moved, Bounds(0.4, 0.6), 0.02, 0.05).round().tolist()
    [0.0, 38.0]
    """
    onward = np.asarray(series.after[::-1].cumsum(0)[::-1])  # from each period on, (periods, values)
    onward = onward if starts is None else onward[[*starts]]
    above, below = min(1.0, before.high + tolerance), max(0.0, before.low - tolerance)
    won = np.maximum(
        log_evidence(series.values, onward, above, against="at_most"),
        log_evidence(series.values, onward, below, against="at_least"),
    )
    return np.asarray(won + np.log(_levels(len(onward), alpha) / 2))


def _levels(periods: int, alpha: float) -> NDArray[np.float64]:
    """Part a level among bets of which one begins with every period, however many there will be."""
    starts = np.arange(1, periods + 1)
    return np.asarray(alpha / (starts * (starts + 1)))


def judgement_of(drifts: Sequence[Drift]) -> Judgement:
    """Say what all tests come to: failed where anything drifted, inconclusive where too little is known."""
    moved = [drift for drift in drifts if drift.is_found]
    if moved:
        named = "; ".join(_said(drift) for drift in moved[:NAMED])
        more = f"; and {len(moved) - NAMED} more drifted" if len(moved) > NAMED else ""
        return Judgement(status="failed", reason=f"{named}{more}")
    for what, n in (
        ("the reference holds", max((drift.n_before for drift in drifts), default=0)),
        ("what came after it is", max((drift.n_after for drift in drifts), default=0)),
    ):
        if n < FOR_A_GATE:
            return Judgement(status="inconclusive", reason=f"{what} {n:,} decisions, fewer than {FOR_A_GATE}")
    return Judgement(status="passed", reason="no drift is shown")


def _said(drift: Drift) -> str:
    named = drift.kind if drift.kind == drift.name else f"{drift.kind} {drift.name}"
    return f"{named} went from {drift.before:.3f} to {drift.after:.3f}"
