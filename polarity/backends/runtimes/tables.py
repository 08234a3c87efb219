"""Rows of any lengths as tables, which is what a network reads, with as little padding as pays."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from polarity.backends.turns import ALONE

SIZES: Final = tuple(sorted(size << n for n in range(10) for size in (1, 3)))  # rows that a table may have

Rows = Sequence[Sequence[int]]
Logits = list[list[float]]


class Table(NamedTuple):
    """Rows that go through the network together: their places, and how many columns they are padded to."""

    places: Sequence[int]
    columns: int


def in_tables(
    rows: Rows, logits: Callable[[Rows, int], Logits], columns: Callable[[int], int] = lambda longest: longest
) -> Logits:
    """Have tables of rows go through a network, each padded to so many columns; give the rows' own order."""
    found: Logits = [[]] * len(rows)
    for table in tables_of([len(row) for row in rows], columns):
        answers = logits([rows[place] for place in table.places], table.columns)
        for place, answer in zip(table.places, answers, strict=True):
            found[place] = answer
    return found


def tables_of(lengths: Sequence[int], columns: Callable[[int], int] = lambda longest: longest) -> list[Table]:
    """Cut rows into tables, so that padding, and what tables cost of themselves, are least together.

    Rows of like length lie together, and a table has 2^n or 3 * 2^n of them: of few sizes some libraries
    compile few products. `columns` says how many its longest row needs. What the first so many rows cost
    follows from what fewer cost, since they end with a table of one of the sizes.

    >>> tables_of([9, 40, 8, 7, 41])
    [Table(places=[3, 2, 0], columns=9), Table(places=[1, 4], columns=41)]
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    wide = [columns(lengths[place]) for place in order]
    costs, sizes = [0], [0]
    for end in range(1, len(order) + 1):
        cost, size = min(
            (costs[end - size] + size * wide[end - 1] + ALONE, size)
            for size in SIZES[: bisect_right(SIZES, end)]
        )
        costs.append(cost)
        sizes.append(size)
    tables: list[Table] = []
    end = len(order)
    while end:
        begin = end - sizes[end]
        tables.append(Table(order[begin:end], wide[end - 1]))
        end = begin
    return tables[::-1]
