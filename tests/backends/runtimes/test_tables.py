"""Rows in tables: nothing is lost, and nothing cheaper can be had of the sizes that there are."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.runtimes.tables import SIZES, Table, in_tables, tables_of
from polarity.backends.turns import ALONE


def _cost(tables: Sequence[Table]) -> int:
    return sum(len(table.places) * table.columns + ALONE for table in tables)


def _least(lengths: Sequence[int]) -> int:
    """Try every way to cut the sorted rows."""
    if not lengths:
        return 0
    return min(_least(lengths[:-size]) + size * lengths[-1] + ALONE for size in SIZES if size <= len(lengths))


@given(st.lists(st.integers(1, 512), min_size=1, max_size=60))
def test_every_row_is_in_one_table(lengths: list[int]) -> None:
    """With those of like length, in a table that is wide enough, of a size that there is."""
    tables = tables_of(lengths)
    assert list(range(len(lengths))) == sorted(place for table in tables for place in table.places)
    assert {len(table.places) for table in tables} <= {*SIZES}
    assert [max(lengths[place] for place in table.places) for table in tables] == [
        table.columns for table in tables
    ]
    assert all(one.columns <= next_one.columns for one, next_one in pairwise(tables))


@given(st.lists(st.integers(1, 200), min_size=1, max_size=9))
def test_no_cut_costs_less(lengths: list[int]) -> None:
    """Padding counted, and what a table costs of itself."""
    assert _least(sorted(lengths)) == _cost(tables_of(lengths))


def test_answers_come_back_in_order() -> None:
    """Each table is padded to the columns that are said; here to even ones."""
    seen: list[tuple[int, int]] = []

    def network(rows: Sequence[Sequence[int]], columns: int) -> list[list[float]]:
        seen.append((len(rows), columns))
        return [[float(len(row))] for row in rows]

    rows = [[0] * length for length in (99, 3, 5, 98, 4)]
    assert [[99.0], [3.0], [5.0], [98.0], [4.0]] == in_tables(
        rows, network, lambda longest: longest + longest % 2
    )
    assert [(3, 6), (2, 100)] == seen
