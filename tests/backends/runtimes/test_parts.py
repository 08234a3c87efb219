"""A batch in parts: nothing is lost, and nobody has much more to do than another."""

import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.runtimes.parts import Parts, parts_of


def _cost(lengths: Sequence[int], part: Sequence[int]) -> int:
    return len(part) * max(lengths[at] for at in part)


@given(st.lists(st.integers(1, 512), min_size=1, max_size=40), st.integers(1, 5))
def test_every_row_is_in_one_part(lengths: list[int], most: int) -> None:
    """And there are no more parts than asked for."""
    parts = parts_of(lengths, most)
    assert list(range(len(lengths))) == sorted(at for part in parts for at in part)
    assert len(parts) <= most


@given(st.lists(st.integers(1, 60), min_size=2, max_size=9))
def test_the_larger_of_two_parts_is_as_small_as_can_be(lengths: list[int]) -> None:
    """Among all ways to cut the rows in two where they are sorted, the padding counted."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    cuts = [(order[:at], order[at:]) for at in range(1, len(order))]
    least = min(max(_cost(lengths, part) for part in cut) for cut in cuts)
    assert least == max(_cost(lengths, part) for part in parts_of(lengths, 2))


def test_parts_run_at_the_same_time_and_their_rows_come_back_in_order() -> None:
    """Each waits for the other: one after the other they would never end."""
    barrier = threading.Barrier(2)

    def part(rows: Sequence[Sequence[int]]) -> list[list[float]]:
        barrier.wait(timeout=10)
        return [[float(row[0])] for row in rows]

    rows = [[1], [2, 2, 2]]
    assert [[1.0], [2.0]] == Parts(2).logits(rows, whole=lambda _: [], part=part)


def test_a_thread_has_two_parts() -> None:
    """So that rows of one length lie together, and less is padded."""
    seen: list[list[int]] = []

    def part(rows: Sequence[Sequence[int]]) -> list[list[float]]:
        seen.append([len(row) for row in rows])
        return [[0.0]] * len(rows)

    rows = [[1] * length for length in (8, 2, 4, 2, 4, 2, 2)]
    Parts(2).logits(rows, whole=lambda _: [], part=part)
    assert [[2, 2, 2, 2], [4, 4], [8]] == sorted(seen)


def test_one_thread_has_the_whole_batch() -> None:
    """Nobody else would take a part."""
    assert [[7.0], [7.0]] == Parts(1).logits([[1], [2, 2]], whole=lambda _: [[7.0]] * 2, part=lambda _: [])


def test_one_row_goes_to_all_processors() -> None:
    """By the library's own way."""
    assert [[7.0]] == Parts(2).logits([[5, 5]], whole=lambda _: [[7.0]], part=lambda _: [])


def test_what_breaks_in_a_part_is_raised() -> None:
    """So that the engine can look for the row."""

    def part(rows: Sequence[Sequence[int]]) -> list[list[float]]:
        raise ValueError(f"{len(rows)} rows")

    with pytest.raises(ValueError, match="rows"):
        Parts(2).logits([[1], [2]], whole=lambda _: [], part=part)
