"""A batch in parts, each on a processor of its own.

A library that spreads every product over several threads makes them wait for each other after each of some
fifty products: where one is held up, all are. Parts of a batch wait for each other once, at its end.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

EACH: Final = (
    2  # parts for a thread: rows of one length lie together, and who is held up leaves one to the others
)

Rows = Sequence[Sequence[int]]
Logits = Callable[[Rows], list[list[float]]]


class Parts:
    """Threads that share a batch. One row is no batch: the library's own way spreads it over all of them."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "polarity-bert-part")  # a thread begins when it is needed

    def logits(self, rows: Rows, *, whole: Logits, part: Logits) -> list[list[float]]:
        """Give a logit for each label, for each row: by `part` on several threads, one row by `whole`."""
        most = 1 if self._threads == 1 else EACH * self._threads
        parts = parts_of([len(row) for row in rows], most)
        if len(parts) == 1:
            return whole(rows)
        found: list[list[float]] = [[]] * len(rows)
        several = self._pool.map(part, [[rows[at] for at in places] for places in parts])
        for places, logits in zip(parts, several, strict=True):
            for at, row in zip(places, logits, strict=True):
                found[at] = row
        return found


def parts_of(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Share rows out into at most so many parts, so that the largest is as small as can be, padding included.

    Gives the places of each part's rows, the longest first. A part's longest row says how many more like it
    a limit leaves room for; so parts are filled one after the other, and the least limit is looked for by
    which there are few enough.

    >>> parts_of([3, 9, 3, 3], 2)
    [[1], [0, 2, 3]]
    >>> parts_of([3, 9, 3, 3], 1)
    [[1, 0, 2, 3]]
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    longest = lengths[order[0]]
    limits = range(longest * len(order) + 1)
    least = bisect_left(
        limits,
        True,
        lo=longest,
        hi=len(limits) - 1,
        key=lambda limit: len(_filled(order, lengths, limit)) <= most,
    )
    return _filled(order, lengths, least)


def _filled(order: Sequence[int], lengths: Sequence[int], limit: int) -> list[list[int]]:
    parts: list[list[int]] = []
    at = 0
    while at < len(order):
        room = limit // lengths[order[at]]
        parts.append([*order[at : at + room]])
        at += room
    return parts
