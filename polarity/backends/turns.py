"""Whose turn it is: the rows of all callers, cut into batches. No thread and no clock: time is in tokens.

A row is one reading of a text, and never divided; a long text, or a list, is many. A row's *turn* is the work
that was done when its call came, plus `PATIENCE` times the tokens of the call up to and including the row.
The lowest turn is next. So

- short work goes first: its turn is low, also behind a long list, whose next rows have high ones;
- nothing starves: turns stand still while work is done, and whoever comes later gets a higher one. Once the
  work done has reached a row's turn, no call that comes then goes before it;
- a long call runs in slices: between two of its rows whoever is shorter has their turn.

The first row of a batch is the one whose turn it is. What else fits beside it with little padding, of all
that waits, rides along.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

PATIENCE: Final = 16  # how many tokens of others may go before, for each of one's own
ALONE: Final = 32  # what a further batch, or table, costs beside its own tokens, in tokens: roughly


@dataclass(eq=False, kw_only=True)
class Call:
    """One caller's work: how much was done when it came, and how many of its tokens have been lined up."""

    came: int
    lined_up: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """A reading that waits: the ids of its tokens, and its place in its call. Sorts by length, then turn."""

    length: int
    turn: int
    number: int
    call: Call = field(compare=False)
    place: int = field(compare=False)
    ids: Sequence[int] = field(compare=False)


class Turns:
    """The rows that wait, and the work done so far, in tokens.

    `budget` is what a batch may have in tokens, with padding; a row that is longer is a batch of its own.

    >>> turns = Turns(budget=1024)
    >>> turns.add(Call(came=0), [(0, [1] * 500), (1, [1] * 500), (2, [1] * 500)])
    >>> [row.length for row in turns.take()]  # two fit
    [500, 500]
    >>> turns.add(Call(came=turns.done), [(0, [1] * 9)])
    >>> [[row.length for row in turns.take()] for _ in range(2)]  # the short one goes before the third
    [[9], [500]]
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.done = 0
        self._number = count()
        self._by_length: list[Row] = []
        self._by_turn: list[tuple[int, int, Row]] = []
        self._lengths: list[int] = []  # of the rows in `_by_turn`: numbers alone are added up quickly

    def __len__(self) -> int:
        """Count the rows that wait."""
        return len(self._by_length)

    def add(self, call: Call, rows: Sequence[tuple[int, Sequence[int]]]) -> None:
        """Line rows up, each its place in the call and its ids, the shortest first."""
        for place, ids in sorted(rows, key=lambda row: len(row[1])):
            call.lined_up += len(ids)
            turn = call.came + PATIENCE * call.lined_up
            row = Row(len(ids), turn, next(self._number), call, place, ids)
            insort(self._by_length, row)
            at = bisect_left(self._by_turn, (turn, row.number))
            self._by_turn.insert(at, (turn, row.number, row))
            self._lengths.insert(at, row.length)

    def drop(self, call: Call) -> list[Row]:
        """Forget what still waits of a call, and give it back."""
        dropped = [row for row in self._by_length if row.call is call]
        if dropped:
            self._by_length = [row for row in self._by_length if row.call is not call]
            self._take_turns(dropped)
        return dropped

    def before(self, tokens: int) -> int:
        """Count the tokens whose turn comes before that of a call of so many, if it came now."""
        turn = self.done + PATIENCE * tokens
        return sum(self._lengths[: bisect_left(self._by_turn, (turn + 1,))])

    def due_before(self, tokens: int, call: Call) -> int:
        """Count how many more tokens a call may line up whose turn comes before that of a call of so many."""
        return max(0, (self.done - call.came) // PATIENCE + tokens - call.lined_up)

    def take_all(self) -> list[Row]:
        """Take everything off at once, in no order of turns."""
        rows, self._by_length, self._by_turn, self._lengths = self._by_length, [], [], []
        return rows

    def take(self, takers: int = 1) -> list[Row]:
        """Take the next batch off, its shortest row first; none if nothing waits.

        Of several who take, each has at most its share of what waits now: so what is left at the end is
        little, and all have done at about the same time (guided self-scheduling, Polychronopoulos and Kuck
        1987).
        """
        if not self._by_turn:
            return []
        at = bisect_left(self._by_length, self._by_turn[0][2])
        first, last = at, at
        room = -(-sum(self._lengths) // takers) - self._by_length[at].length
        while grown := self._grown(first, last):
            room -= self._by_length[grown[0] if grown[0] < first else grown[1]].length
            if room < 0:
                break
            first, last = grown
        batch = self._by_length[first : last + 1]
        del self._by_length[first : last + 1]
        self._take_turns(batch)
        self.done += sum(row.length for row in batch)
        return batch

    def _take_turns(self, rows: Iterable[Row]) -> None:
        for row in rows:
            at = bisect_left(self._by_turn, (row.turn, row.number))
            del self._by_turn[at], self._lengths[at]

    def _grown(self, first: int, last: int) -> tuple[int, int] | None:
        """Take the neighbour in length into a batch that brings the least padding, if it is worth it."""
        rows, size = self._by_length, last - first + 1
        longest = rows[last].length
        found = []
        if first > 0 and (size + 1) * longest <= self.budget:
            found.append((longest - rows[first - 1].length, (first - 1, last)))
        if last + 1 < len(rows) and (size + 1) * rows[last + 1].length <= self.budget:
            found.append((size * (rows[last + 1].length - longest), (first, last + 1)))
        padding, grown = min(found, default=(ALONE + 1, None))
        return grown if padding <= ALONE else None
