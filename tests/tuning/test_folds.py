"""Folds: whole files where there are several, else texts dealt out."""

import numpy as np
import pytest

from polarity.tuning.folds import deal, folds_of
from tests.synthetic import LABELS, LATE, golds, pair


@pytest.mark.parametrize(
    ("sizes", "held_out", "folds"),
    [
        ((300,), "texts", 5),
        ((300, 300), "files", 2),
        ((300, 300, 90), "files", 3),
        ((300, 199), "texts", 5),
        ((150, 150, 150), "files", 3),
    ],
)
def test_a_file_is_decided_by_the_others(sizes: tuple[int, ...], held_out: str, folds: int) -> None:
    """Where the others are always enough to fit on; what is left out is known by its name."""
    pairs = [pair(gold, LATE, LATE, data=f"{at}.json") for at, n in enumerate(sizes) for gold in golds(n)]
    found = folds_of(pairs, LABELS, 5, 0)
    assert (held_out, folds) == (found.held_out, len(np.unique(found.of)))
    if held_out == "files":
        assert [int(row.data[0]) for row in pairs] == found.of.tolist()


def test_folds_are_dealt_by_label_and_file() -> None:
    """Of each file's texts of a label, no fold has more than one more than another."""
    pairs = [
        pair(gold, LATE, LATE, data="b.json" if at % 7 else "a.json") for at, gold in enumerate(golds(211))
    ]
    fold_of = deal(pairs, 5, 3)
    for kind in {(row.gold, row.data) for row in pairs}:
        counts = [
            sum((row.gold, row.data) == kind for row, at in zip(pairs, fold_of, strict=True) if at == fold)
            for fold in range(5)
        ]
        assert max(counts) - min(counts) <= 1
