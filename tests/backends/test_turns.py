"""Whose turn it is, by counted steps: a step is a batch, and time is the tokens of those before."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.turns import ALONE, PATIENCE, Call, Row, Turns

BUDGET = 512


def _call(turns: Turns, *lengths: int) -> Call:
    call = Call(came=turns.done)
    turns.add(call, [(place, [1] * length) for place, length in enumerate(lengths)])
    return call


def _steps(turns: Turns, call: Call) -> int:
    """Count the batches until nothing of a call waits."""
    steps = 0
    while any(row.call is call for row in turns._by_length):
        assert turns.take()
        steps += 1
    return steps


def _lengths(batch: Sequence[Row]) -> list[int]:
    return [row.length for row in batch]


lists_of_lengths = st.lists(st.lists(st.integers(1, 600), min_size=1, max_size=12), max_size=12)


@given(lists_of_lengths, st.integers(16, 600))
def test_every_row_is_taken_once_within_the_budget(calls: list[list[int]], budget: int) -> None:
    """No batch has more tokens than the budget with padding, unless it is one row; no place is lost."""
    turns = Turns(budget)
    lined_up = [_call(turns, *lengths) for lengths in calls]
    taken: list[Row] = []
    while batch := turns.take():
        assert len(batch) == 1 or len(batch) * batch[-1].length <= budget
        assert all(one.length <= other.length for one, other in pairwise(batch))
        taken += batch
    expected = [(at, place, length) for at, own in enumerate(calls) for place, length in enumerate(own)]
    assert expected == sorted((lined_up.index(row.call), row.place, row.length) for row in taken)
    assert (0, sum(map(sum, calls))) == (len(turns), turns.done)


@given(lists_of_lengths)
def test_the_row_whose_turn_it_is_goes_now(calls: list[list[int]]) -> None:
    """Every batch has the lowest turn of all that waits, whatever rides along."""
    turns = Turns(BUDGET)
    for lengths in calls:
        _call(turns, *lengths)
    while len(turns):
        lowest = min(row.turn for row in turns._by_length)
        assert lowest in {row.turn for row in turns.take()}


def test_a_lone_row_waits_for_nothing() -> None:
    """Nobody waits for a batch to fill."""
    turns = Turns(BUDGET)
    _call(turns, 5)
    assert [5] == _lengths(turns.take())
    assert [] == turns.take()


@pytest.mark.parametrize("begun", [0, 1, 15, 29])
def test_a_short_text_passes_a_list_of_long_ones(begun: int) -> None:
    """However much of thirty long texts is done when it comes, it is in the very next batch."""
    turns = Turns(BUDGET)
    _call(turns, *[500] * 30)
    for _ in range(begun):
        turns.take()
    assert 1 == _steps(turns, _call(turns, 12))


def test_a_long_text_is_not_starved_by_short_ones() -> None:
    """While a short text comes for each that is done, it waits for PATIENCE times its tokens, and a batch."""
    turns = Turns(BUDGET)
    for _ in range(20):
        _call(turns, 10)
    long, came = _call(turns, 500), turns.done
    while any(row.call is long for row in turns._by_length):
        waited = turns.done - came
        for _ in turns.take():
            _call(turns, 10)
    assert PATIENCE * 500 / 2 < waited <= PATIENCE * 500 + BUDGET


def test_who_comes_once_a_row_is_due_comes_behind_it() -> None:
    """However many come, and however short: a row that has waited long enough is not passed any more."""
    turns = Turns(BUDGET)
    long, came = _call(turns, 500), turns.done
    while turns.done < came + PATIENCE * 500:
        short = _call(turns, *[10] * 51)
        assert 1 == _steps(turns, short)
    _call(turns, 1)
    assert [500] == _lengths(turns.take())
    assert long.lined_up == 500


def test_a_list_and_singles_share() -> None:
    """A caller who sends a long list gets on while others send single texts, and the other way round."""
    turns = Turns(BUDGET)
    texts = _call(turns, *[40] * 100)
    singles = 0
    while any(row.call is texts for row in turns._by_length):
        single = _call(turns, 30)
        assert _steps(turns, single) <= 2
        singles += 1
    assert 4 <= singles <= 12


def test_lists_of_many_callers_are_sorted_together() -> None:
    """Ten lists with texts of every length make batches of texts of one length."""
    turns = Turns(BUDGET)
    for _ in range(10):
        _call(turns, 10, 60, 120, 250)
    batches = []
    while batch := turns.take():
        batches.append(_lengths(batch))
    assert {1} == {len(set(batch)) for batch in batches}
    assert [10, 8, 2, 4, 4, 2, 2, 2, 2, 2, 2] == [len(batch) for batch in batches]


@pytest.mark.parametrize(
    ("lengths", "first"),
    [
        ([10, 10 + ALONE], [10, 10 + ALONE]),
        ([10, 11 + ALONE], [10]),
        ([10, 10, 10 + ALONE // 2], [10, 10, 10 + ALONE // 2]),
        ([10, 10, 11 + ALONE // 2], [10, 10]),
    ],
)
def test_a_row_rides_along_where_its_padding_costs_less_than_a_batch(
    lengths: list[int], first: list[int]
) -> None:
    """Its own padding, or that which it brings to all the others."""
    turns = Turns(BUDGET)
    _call(turns, *lengths)
    assert first == _lengths(turns.take())


def test_what_is_dropped_is_never_taken() -> None:
    """A caller who has left costs nothing, and nobody else loses anything."""
    turns = Turns(BUDGET)
    kept, left = _call(turns, 10, 30), _call(turns, 10, 20, 300)
    first = turns.take()
    dropped = turns.drop(left)
    rest = []
    while batch := turns.take():
        rest += batch
    assert {id(kept), id(left)} == {id(row.call) for row in first}
    assert [300] == _lengths(dropped)
    assert [] == rest


def test_what_goes_before_a_call_is_counted() -> None:
    """Of a list only what is due before: its later rows let a short call pass."""
    turns = Turns(BUDGET)
    _call(turns, *[100] * 5)
    assert [0, 100, 300, 500] == [turns.before(tokens) for tokens in (99, 100, 399, 10_000)]
    turns.take()
    assert 0 == turns.before(10_000)


@given(lists_of_lengths, st.integers(0, 12), st.integers(0, 3), st.integers(1, 2000))
def test_what_goes_before_is_counted_of_all_that_waits(
    calls: list[list[int]], taken: int, left: int, tokens: int
) -> None:
    """Whatever batches were taken off and whoever has left: neither counts any more."""
    turns = Turns(BUDGET)
    lined_up = [_call(turns, *lengths) for lengths in calls]
    for _ in range(taken):
        turns.take()
    for call in lined_up[:left]:
        turns.drop(call)
    latest = turns.done + PATIENCE * tokens
    assert sum(row.length for row in turns._by_length if row.turn <= latest) == turns.before(tokens)


def test_what_a_call_may_still_line_up_before_another_is_counted() -> None:
    """As many tokens as the other has, one more for each PATIENCE done since, less what is lined up."""
    turns = Turns(BUDGET)
    unread, begun = Call(came=turns.done), _call(turns, 160)
    assert [30, 0, 40] == [
        turns.due_before(30, unread),
        turns.due_before(30, begun),
        turns.due_before(200, begun),
    ]
    turns.take()
    assert 30 + 160 // PATIENCE == turns.due_before(30, unread)


def test_everything_is_taken_off_at_once() -> None:
    """Nothing is left, whoever it is of."""
    turns = Turns(BUDGET)
    _call(turns, 10, 300)
    _call(turns, 500)
    assert [10, 300, 500] == _lengths(turns.take_all())
    assert (0, []) == (len(turns), turns.take())


def test_each_of_several_takes_its_share() -> None:
    """Of what waits then, so the last batches are small; one row at least, however large its share is."""
    turns = Turns(budget=1000)
    turns.add(Call(came=0), [(place, [1] * 10) for place in range(10)])
    assert [3, 2, 1, 1, 1, 1, 1, 0] == [len(turns.take(3)) for _ in range(8)]
    turns.add(Call(came=0), [(0, [1] * 30)])
    assert [30] == [row.length for row in turns.take(3)]
