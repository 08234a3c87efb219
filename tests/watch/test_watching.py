"""Looking at a store."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from polarity.errors import SettingsError
from polarity.settings import WatchSettings
from polarity.store import Store
from polarity.texts.moments import Window
from polarity.watch import Question, question_of, watch
from polarity.watch.windows import ROUND

from .stores import FORUM, REVIEWS, SETUP, START, entries, fill, shadowed, switched

DAY = timedelta(days=1)
END = START + 14 * DAY
WEEK = Window(START, START + 6 * DAY)


def _question(**changed: object) -> Question:
    known = Question(since=START + 7 * DAY, until=END, reference=WEEK, every=DAY)
    return known._replace(**changed)  # type: ignore[arg-type]  # by their names


@pytest.mark.slow
def test_a_switch_of_the_domain_half_way_is_found_and_dated(store: Store) -> None:
    """Labels, confidence, language and what the classifier knows moved; since the day of the switch."""
    middle = switched(store)
    found = watch(store, _question())
    moved = {(drift.kind, drift.name): drift for drift in found.drifts if drift.is_found}
    assert "failed" == found.judgement.status
    assert {
        ("label", "POSITIVE"),
        ("label", "NEGATIVE"),
        ("confidence", "confidence"),
        ("unknown", "unknown"),
    } <= {*moved}
    assert {middle} == {found.periods[found.reference + drift.since].since for drift in moved.values()}
    assert found.expected_since.share is not None
    assert found.expected_before.share is not None
    assert found.expected_since.share < found.expected_before.share - 0.1


@pytest.mark.slow
def test_a_domain_that_stays_does_not_drift(store: Store) -> None:
    """The same texts all the time: nothing is shown, whatever is looked at."""
    fill(store, entries(REVIEWS, 2000, START, END))
    found = watch(store, _question())
    assert ("passed", "no drift is shown") == (found.judgement.status, found.judgement.reason)
    assert [] == [change for change in found.changes if change.is_found]


@pytest.mark.slow
def test_what_changed_is_held_against_as_long_before(store: Store) -> None:
    """Three days since a time, and the three before it; a new setup is new, one that is gone is gone."""
    newer = replace(SETUP, polarity_version="0.6.0")
    since = START + 11 * DAY
    fill(
        store,
        entries(REVIEWS, 330, START, since),
        (replace(entry, setup=newer) for entry in entries(FORUM, 90, since, END, seed=1)),
    )
    store.note_event("promoted", {"candidate": "new"})
    found = watch(store, _question(since=since))
    assert since - 3 * DAY == found.changes_from
    assert {90} == {change.n_before for change in found.changes if change.kind == "label"} | {
        change.n_after for change in found.changes if change.kind == "label"
    }
    assert [("0.5.0", 330, 0, START), ("0.6.0", 0, 90, since)] == [
        (seen.setup.polarity_version, seen.before, seen.since, seen.first) for seen in found.setups
    ]
    assert ["promoted"] == [event.kind for event in found.events]


def test_a_time_within_a_period_parts_it(store: Store) -> None:
    """What changed since 11:40 is not what changed since noon."""
    fill(store, entries(REVIEWS, 280, START, END))
    since = START + 7 * DAY + timedelta(hours=11, minutes=40)
    found = watch(store, _question(since=since))
    assert since in [period.since for period in found.periods]
    assert 280 == sum(found.counts)


def test_what_is_asked_since_when_changes_no_test(store: Store) -> None:
    """A look parts a period to say what changed; the bets begin where they always do."""
    fill(store, entries(REVIEWS, 280, START, END))
    parted = START + 9 * DAY + timedelta(hours=11, minutes=40)
    plain, cut = (watch(store, _question(since=since)) for since in (START + 8 * DAY, parted))
    assert len(plain.periods) + 1 == len(cut.periods)
    assert [drift.log_evidence for drift in plain.drifts] == [drift.log_evidence for drift in cut.drifts]
    assert [drift.after_bounds for drift in plain.drifts] == [drift.after_bounds for drift in cut.drifts]


def test_periods_that_are_chosen_anew_share_the_level(store: Store) -> None:
    """Where nobody says how long a period is, each length that may be chosen one day has its part."""
    fill(store, entries(REVIEWS, 280, START, END))
    chosen, named = (watch(store, _question(every=every)) for every in (None, timedelta(hours=6)))
    assert chosen.periods == named.periods
    for drift in named.drifts:
        same = next(each for each in chosen.drifts if (each.kind, each.name) == (drift.kind, drift.name))
        assert same.log_evidence <= drift.log_evidence - math.log(len(ROUND)) + 1e-6


@pytest.mark.slow
def test_the_reference_is_the_first_thousand_where_none_is_named(store: Store) -> None:
    """It does not move with time, which is what the test rests on."""
    fill(store, entries(REVIEWS, 1400, START, END))
    found = watch(store, _question(reference=None))
    assert Window(START, START + 10 * DAY) == found.question.reference
    assert 1000 == sum(found.counts[: found.reference])
    assert "passed" == found.judgement.status


@pytest.mark.slow
def test_candidates_and_repeats_are_watched(store: Store) -> None:
    """How often a candidate says something else, and a text that comes again gets another label."""
    fill(
        store,
        entries(REVIEWS, 1400, START, END),
        shadowed(entries(REVIEWS, 400, START, END), "new", flipped=0.2),
    )
    names = {(each.kind, each.name): each for each in watch(store, _question()).series}
    shares = names["shadow", "against new"].counts.sum(0)
    assert 0.02 < shares[1] / shares.sum() < 0.5
    assert names["noise", "the same text again"].counts.sum() > 100


def test_an_empty_store_is_inconclusive(store: Store) -> None:
    """There is no reference and nothing to hold against it."""
    found = watch(store, _question(reference=None))
    assert ("inconclusive", "the reference holds 0 decisions, fewer than 100") == (
        found.judgement.status,
        found.judgement.reason,
    )
    assert () == found.periods


def test_a_reference_that_is_not_over_is_refused(store: Store) -> None:
    """It would grow while it is looked at."""
    with pytest.raises(SettingsError, match="the reference ends at 2026-11-17 00:00 UTC, which is not over"):
        watch(store, _question(reference=Window(START, END + DAY)))


def test_settings_put_the_question() -> None:
    """Lengths and times as people write them."""
    settings = WatchSettings(reference="2026-11-02..2026-11-09", every="6h", tolerance=0.05)
    found = question_of(settings, since="7d", now=END)
    assert (
        Question(
            since=START + 7 * DAY,
            until=END,
            reference=Window(START, START + 7 * DAY),
            every=timedelta(hours=6),
            tolerance=0.05,
        )
        == found
    )
