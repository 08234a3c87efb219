"""What the database counts is what is there."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from polarity.store import Store
from polarity.texts.moments import Window
from polarity.types import Decision
from polarity.watch.reading import cells_in, first_time, pairs_in, repeats_in, setups_of, sides_of
from polarity.watch.windows import periods_of

from .stores import FORUM, REVIEWS, SETUP, START, entries, fill, shadowed

DAY = timedelta(days=1)
PERIODS = periods_of(START, START + DAY, START + 4 * DAY, DAY)


@pytest.fixture
def url(url_of_each_kind: str) -> str:
    """The address of a store of each kind: both count alike."""
    return url_of_each_kind


@pytest.fixture
def filled(store: Store) -> Store:
    """Four days of reviews, two of a forum's texts among them, and what a candidate said to some."""
    fill(
        store,
        entries(REVIEWS, 200, START, START + 4 * DAY),
        entries(FORUM, 100, START + 2 * DAY, START + 4 * DAY, seed=1),
        shadowed(entries(REVIEWS, 200, START, START + 4 * DAY), "new", flipped=0.25),
    )
    return store


def test_cells_count_every_decision_once(filled: Store) -> None:
    """Labels, periods and errors are those of the decisions themselves, read one by one."""
    expected = Counter(
        ((one.answered_at - START) // DAY, one.label, one.error, one.decided_by, one.language)
        for one in filled.decisions(side="primary")
    )
    found: Counter[object] = Counter()
    for cell in cells_in(filled, PERIODS, "primary"):
        found[cell.period, cell.label, cell.error, cell.decided_by, cell.language] += cell.n
    assert expected == found


def test_confidence_and_length_are_counted_in_steps(filled: Store) -> None:
    """A confidence is rounded to a two-hundredth; 12 tokens are among 9 to 16."""
    cells = list(cells_in(filled, PERIODS, "primary"))
    sure = [one.confidence for one in filled.decisions(side="primary") if one.confidence is not None]
    given = sum(cell.confidence * cell.n for cell in cells if cell.confidence is not None) / 200
    assert abs(sum(sure) - given) < 0.0025 * len(sure)
    assert {1} == {cell.size for cell in cells}
    assert {40, 32} == {cell.known for cell in cells}


def test_what_was_said_is_told_without_opening_what_need_not_be(filled: Store) -> None:
    """Categories are those of the outcomes, but the LLM's where its word was not needed."""
    expected: Counter[object] = Counter()
    for one in filled.decisions(side="primary"):
        bert, llm = (one.outcomes[name] for name in ("bert", "llm"))
        said = llm["label"] if llm["kind"] == "verdict" else f"UNMAPPED {llm['reason']}"
        expected[bert["label"], None if one.decided_by == "bert:confident" else said] += 1
    found: Counter[object] = Counter()
    for cell in cells_in(filled, PERIODS, "primary"):
        found[cell.bert, cell.llm] += cell.n
    assert expected == found


def test_no_decision_is_opened_to_be_counted(filled: Store) -> None:
    """SQLite counts by an index that has all of it, whichever side is asked for."""
    if filled.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL goes by what it knows of a table, and this one is small")
    asked: list[str] = []
    sa.event.listen(filled.engine, "before_cursor_execute", lambda _1, _2, said, *_: asked.append(said))
    list(cells_in(filled, PERIODS, "new"))
    with filled.reading() as connection:
        (plan, *_) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1]}", ("new", "", "")).all()
    assert "SEARCH decisions USING COVERING INDEX decisions_by_alike" in plan[-1]


def test_pairs_hold_a_candidate_against_the_side(filled: Store) -> None:
    """A quarter got another label; texts that the candidate was not asked are none."""
    pairs = list(filled.pairs("new"))
    labelled = [(ours.label, theirs.label) for ours, theirs in pairs if ours.label and theirs.label]
    counts = pairs_in(filled, PERIODS, "primary", "new")
    assert [
        len(labelled) - sum(one != two for one, two in labelled),
        sum(one != two for one, two in labelled),
    ] == (counts.sum(0).tolist())


def test_a_text_that_comes_again_is_held_against_the_last_time(store: Store) -> None:
    """By the same setup it is noise, by another churn; the first time is neither."""
    first = next(entries(REVIEWS, 1, START, START + DAY))
    other = replace(SETUP, polarity_version="0.6.0")
    moved = Decision(label="NEUTRAL", decided_by="bert")
    kept = Decision(label="POSITIVE", decided_by="bert")
    asked = [
        replace(first, request_id=f"r{at}", answered_at=START + at * DAY, result=result, setup=setup)
        for at, (result, setup) in enumerate([(kept, SETUP), (kept, SETUP), (moved, SETUP), (kept, other)])
    ]
    fill(store, iter(asked))
    found = repeats_in(store, PERIODS, "primary", 4)
    assert [[0, 0], [1, 0], [0, 1], [0, 0]] == found.noise.tolist()
    assert [[0, 0], [0, 0], [0, 0], [0, 1]] == found.churn.tolist()
    assert 1 == found.share


def test_of_many_decisions_a_part_of_the_texts_is_looked_at(store: Store) -> None:
    """Chosen by hash, so that the same text is in or out with all that was said to it."""
    fill(
        store,
        entries(REVIEWS, 100, START, START + DAY),
        (
            replace(one, request_id=f"again {one.request_id}")
            for one in entries(REVIEWS, 100, START + DAY, START + 2 * DAY)
        ),
    )
    found = repeats_in(store, PERIODS, "primary", 200_000)
    assert 0.25 == found.share
    assert 10 < found.noise.sum() < 40
    assert 100 == repeats_in(store, PERIODS, "primary", 200).noise.sum()


def test_times_sides_and_setups_are_found(filled: Store) -> None:
    """The first, the one so many later, and none behind the last."""
    assert START == first_time(filled, "primary")
    assert START + 4 * DAY * 50 / 200 == first_time(filled, "primary", 50)
    assert first_time(filled, "primary", 300) is None
    assert first_time(filled, "nobody") is None
    assert ["new", "primary"] == sides_of(filled)
    assert [SETUP] == list(setups_of(filled).values())


def test_an_empty_store_has_nothing(store: Store) -> None:
    """And nothing breaks."""
    assert [] == list(cells_in(store, [Window(START, START + DAY)], "primary"))
    assert [] == sides_of(store)
    assert 0 == repeats_in(store, [Window(START, START + DAY)], "primary", 0).noise.sum()
