"""Which rows an epoch sees, and in which batches."""

import math
import random
from collections import Counter
from typing import NamedTuple

import pytest

from polarity.training.sampling import GROUP, epoch_size, length_grouped, rows_of_epoch


class Row(NamedTuple):
    """Token ids, and a name to tell rows apart."""

    ids: list[int]
    name: int


@pytest.mark.parametrize("weight", [0.25, 0.3, 1.0])
def test_no_row_comes_again_before_all_were_seen(weight: float) -> None:
    """Epochs take up where the last one stopped; after enough of them every row was seen as often."""
    seen: Counter[int] = Counter()
    for epoch in range(1, 21):
        rows = rows_of_epoch(range(20), weight, epoch, seed=3)
        assert epoch_size(20, weight) == len(rows)
        seen.update(rows)
        counts = [seen[row] for row in range(20)]
        assert max(counts) - min(counts) <= 1


def test_a_weight_of_two_sees_every_row_twice() -> None:
    """Small sets may count more than once."""
    assert dict.fromkeys("abc", 2) == dict(Counter(rows_of_epoch("abc", 2.0, 1, seed=0)))


def test_the_rows_of_an_epoch_hang_on_the_seed() -> None:
    """The same seed gives the same rows, another one others."""
    first = rows_of_epoch(range(100), 0.5, 1, seed=0)
    assert first == rows_of_epoch(range(100), 0.5, 1, seed=0)
    assert first != rows_of_epoch(range(100), 0.5, 1, seed=1)


@pytest.mark.parametrize(("count", "size"), [(1, 4), (7, 4), (64, 8), (GROUP * 4 + 3, 4), (1000, 3)])
def test_length_grouped_yields_every_example_once(count: int, size: int) -> None:
    """No example is lost or doubled; every batch but a group's last is full."""
    rng = random.Random(3)
    rows = [Row([at] * rng.randint(1, 40), at) for at in range(count)]
    batches = list(length_grouped(rows, size, random.Random(0)))
    assert Counter(range(count)) == Counter(row.name for batch in batches for row in batch)
    assert math.ceil(count / size) == len(batches)
    assert all(len(batch) <= size for batch in batches)


def test_length_grouped_batches_are_of_similar_length_in_random_order() -> None:
    """Within a group lengths hardly differ in a batch; short batches do not all come first."""
    rows = [Row([0] * length, length) for length in range(1, 161)]
    batches = list(length_grouped(rows, 4, random.Random(0)))
    assert all(3 == max(map(_length, batch)) - min(map(_length, batch)) for batch in batches)
    firsts = [batch[0].name for batch in batches]
    assert sorted(firsts) != firsts


def _length(row: Row) -> int:
    return len(row.ids)


def test_length_grouped_order_is_the_generators() -> None:
    """The same generator state gives the same batches: pinned, since a checkpoint hangs on it."""
    rows = [Row([0] * (1 + at % 3), at) for at in range(10)]
    found = [[row.name for row in batch] for batch in length_grouped(rows, 3, random.Random("0:1"))]
    assert found == [[row.name for row in batch] for batch in length_grouped(rows, 3, random.Random("0:1"))]
    assert [[6, 0, 9], [1, 5, 2], [3, 7, 4], [8]] == found
