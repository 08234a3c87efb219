"""`watch`: a store -> what its decisions look like, what drifted, where it goes worst, and what changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from polarity.errors import SettingsError
from polarity.settings import WatchSettings
from polarity.statistics.gates import Judgement
from polarity.store import PRIMARY, Event, Setup, Store
from polarity.texts.moments import Window, length_of, moment_of, window_of
from polarity.watch.cells import Cells, cells_of
from polarity.watch.drift import ALPHA, Drift, drifts_of, judgement_of
from polarity.watch.expected import Expected, expected_of
from polarity.watch.reading import Repeats, cells_in, first_time, pairs_in, repeats_in, setups_of, sides_of
from polarity.watch.series import BINARY, Series, series_of
from polarity.watch.slices import Slice, worst_slices
from polarity.watch.windows import ROUND, every_for, periods_of

REFERENCE: Final = 1_000  # decisions, the first of the side, where no reference is named
SINCE: Final = "monday"
STATEMENT_S: Final = 600  # of a database that counts months of decisions: nobody waits for this but who asked


class Question(NamedTuple):
    """What to look at: the decisions of a `side`, held against a `reference`, up to but without `until`.

    What changed is said since `since`. Without a reference it is the first 1,000 decisions, without `every`
    there are as many periods as a picture shows apart.
    """

    since: datetime
    until: datetime
    reference: Window | None = None
    every: timedelta | None = None
    side: str = PRIMARY
    tolerance: float = 0.02


class SeenSetup(NamedTuple):
    """A way to answer, how many decisions it made before and since, and the period in which it first did."""

    number: int
    setup: Setup
    before: int
    since: int
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was found. The first `reference` of the `periods` are what the others are held against.

    `drifts` hold what came after the reference against it, `changes` what came since `question.since`
    against as long a time before it. `slices` and `expected_since` are of what came since then, too.
    """

    store: str
    question: Question
    created: datetime
    periods: tuple[Window, ...]
    reference: int
    counts: tuple[int, ...]
    series: tuple[Series, ...]
    drifts: tuple[Drift, ...]
    judgement: Judgement
    expected_before: Expected
    expected_after: Expected
    expected_since: Expected
    changes: tuple[Drift, ...]
    changes_from: datetime | None
    slices: tuple[Slice, ...]
    setups: tuple[SeenSetup, ...]
    events: tuple[Event, ...]
    repeats: Repeats


def likely_since(found: Watched, drift: Drift) -> datetime:
    """Say when the period begins in which something is likely to have changed."""
    return found.periods[found.reference + drift.since].since


def question_of(settings: WatchSettings, *, since: str = SINCE, now: datetime | None = None) -> Question:
    """Put the question that the settings describe.

    Raises:
        SettingsError: a time in it is none.
    """
    now = now or datetime.now(UTC)
    return Question(
        since=moment_of(since, now),
        until=now,
        reference=window_of(settings.reference, now) if settings.reference else None,
        every=length_of(settings.every) if settings.every else None,
        tolerance=settings.tolerance,
    )


def watch(store: Store, question: Question) -> Watched:
    """Look at a store. What lies in it is read once, and its texts not at all.

    Raises:
        StoreError: the store cannot be read.
        SettingsError: the reference is not over, or there are too many periods.
    """
    reference = question.reference or _first_ones(store, question)
    if reference.until > question.until:
        raise SettingsError(f"the reference ends at {reference.until:%Y-%m-%d %H:%M} UTC, which is not over")
    every = question.every or every_for(question.until - reference.since)
    whole = periods_of(reference.since, reference.until, question.until, every)
    periods = _cut(whole, question.since)
    ends = sum(period.until <= reference.until for period in periods)
    cells = cells_of(cells_in(store, periods, question.side))
    repeats = repeats_in(store, periods, question.side, cells.total)
    series = [*series_of(cells, len(periods), ends), *_beside(store, periods, question.side, repeats, ends)]
    drifts = drifts_of(
        series,
        tolerance=question.tolerance,
        alpha=ALPHA if question.every else ALPHA / len(ROUND),  # any of these lengths may be chosen one day
        starts=_starts(whole, periods[ends:]),
    )
    at = sum(period.until <= question.since for period in periods)
    from_ = sum(period.since < question.since - (question.until - question.since) for period in periods)
    is_since = cells.period >= at
    return Watched(
        store=store.name,
        question=question._replace(reference=reference, every=every),
        created=datetime.now(UTC),
        periods=tuple(periods),
        reference=ends,
        counts=tuple(np.bincount(cells.period, cells.n, len(periods)).astype(int).tolist()),
        series=tuple(series),
        drifts=tuple(drifts),
        judgement=judgement_of(drifts),
        expected_before=expected_of(cells.where(cells.period < ends)),
        expected_after=expected_of(cells.where(cells.period >= ends)),
        expected_since=expected_of(cells.where(is_since)),
        changes=tuple(_changes(series, from_, at, question.tolerance)),
        changes_from=periods[from_].since if from_ < at < len(periods) else None,
        slices=tuple(worst_slices(cells.where(is_since))),
        setups=tuple(_setups(store, cells, periods, at)),
        events=tuple(store.events(since=question.since)),
        repeats=repeats,
    )


def _first_ones(store: Store, question: Question) -> Window:
    """Give the time of the first 1,000 decisions; all there are where they are fewer."""
    first = first_time(store, question.side)
    end = first_time(store, question.side, REFERENCE)
    until = question.until if end is None else min(end, question.until)
    return Window(until if first is None else min(first, until), until)


def _cut(periods: Sequence[Window], at: datetime) -> list[Window]:
    """Let a period begin at a time."""
    cut = []
    for period in periods:
        inside = period.since < at < period.until
        cut += [Window(period.since, at), Window(at, period.until)] if inside else [period]
    return cut


def _starts(whole: Sequence[Window], cut: Sequence[Window]) -> list[int]:
    """Give the places of the cut periods with which a whole one begins."""
    begin = {period.since for period in whole}
    return [at for at, period in enumerate(cut) if period.since in begin]


def _beside(
    store: Store, periods: Sequence[Window], side: str, repeats: Repeats, reference: int
) -> Iterator[Series]:
    """Give what is not in the decisions themselves: how labels repeat, and what the candidates said."""
    if repeats.noise.any():
        yield Series("noise", "the same text again", BINARY, repeats.noise, reference)
    for candidate in sides_of(store):
        counts = pairs_in(store, periods, side, candidate) if candidate != side else None
        if counts is not None and counts.any():
            yield Series("shadow", f"against {candidate}", BINARY, counts, reference)


def _changes(series: Sequence[Series], first: int, at: int, tolerance: float) -> list[Drift]:
    """Hold what came from period `at` on against what came from period `first` up to there."""
    cut = [replace(each, counts=each.counts[first:], reference=at - first) for each in series]
    both = [each for each in cut if each.before.any() and each.after.any()]
    return drifts_of(both, tolerance=tolerance) if both else []


def _setups(store: Store, cells: Cells, periods: Sequence[Window], at: int) -> Iterator[SeenSetup]:
    known = setups_of(store)
    for number in np.unique(cells.setup).tolist():
        ours = cells.where(cells.setup == number)
        since = ours.where(ours.period >= at).total
        first = periods[int(ours.period.min())].since
        yield SeenSetup(number, known[number], ours.total - since, since, first)
