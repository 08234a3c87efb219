"""Which rows an epoch sees, and in which batches. Pure: the same seed gives the same order."""

import random
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

GROUP = 50  # batches that are sorted by length together: padding is small and order still random


class HasIds(Protocol):
    """Whatever was tokenized."""

    @property
    def ids(self) -> Sequence[int]:
        """Its token ids."""


Item = TypeVar("Item")
Tokenized = TypeVar("Tokenized", bound=HasIds)


def rows_of_epoch(rows: Sequence[Item], weight: float, epoch: int, seed: int) -> list[Item]:
    """Take the `weight` share of `rows` that epoch number `epoch`, from 1, sees.

    The rows are shuffled once, by the seed; each epoch takes up where the last one stopped, so that
    no row is seen twice before every row was seen once.

    >>> [sorted(rows_of_epoch("abcd", 0.5, epoch, seed=0)) for epoch in (1, 2, 3)]
    [['a', 'c'], ['b', 'd'], ['a', 'c']]
    """
    order = list(rows)
    random.Random(seed).shuffle(order)
    count = epoch_size(len(order), weight)
    start = (epoch - 1) * count
    return [order[at % len(order)] for at in range(start, start + count)]


def epoch_size(rows: int, weight: float) -> int:
    """Count the rows that an epoch sees: at least one."""
    return max(1, round(rows * weight))


def length_grouped(rows: Sequence[Tokenized], size: int, rng: random.Random) -> Iterator[list[Tokenized]]:
    """Yield every row once, in batches of similar length and random order."""
    order = list(rows)
    rng.shuffle(order)
    batches: list[list[Tokenized]] = []
    for start in range(0, len(order), size * GROUP):
        group = sorted(order[start : start + size * GROUP], key=lambda row: len(row.ids))
        batches += [group[at : at + size] for at in range(0, len(group), size)]
    rng.shuffle(batches)
    yield from batches
