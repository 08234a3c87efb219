"""Who is fitted on whom: labelled pairs are dealt out to folds, each decided by what the others taught.

**Whole files where there are several.** Texts of one file are alike: a policy that has seen a file's other
texts knows how long they are, what they are about, how often each label occurs. What it promises there it
need not keep elsewhere. So with several files each is a fold, and is decided by what the other files
taught: that is what a text from somewhere new will meet. With one file, or where the other files are too
little to fit on, texts are dealt out, and the promise is for texts like these.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from polarity.tuning.too_few import too_few_labelled

HeldOut = Literal["texts", "files"]


class Labelled(Protocol):
    """What is dealt out: it is of a data file, and has a gold label."""

    @property
    def data(self) -> str:
        """The file's name."""
        ...

    @property
    def gold(self) -> str:
        """The label."""
        ...


class Folds(NamedTuple):
    """The fold of each pair, shape (pairs,), and what a fold holds: texts of every file, or a whole file."""

    of: NDArray[np.int_]
    held_out: HeldOut


def folds_of(pairs: Sequence[Labelled], labels: Sequence[str], folds: int, seed: int) -> Folds:
    """Take a file for a fold where the others are always enough to fit on; else deal the texts out."""
    names = list(dict.fromkeys(pair.data for pair in pairs))
    if len(names) > 1 and all(_rest_is_enough(pairs, name, labels) for name in names):
        return Folds(np.array([names.index(pair.data) for pair in pairs]), "files")
    return Folds(deal(pairs, folds, seed), "texts")


def _rest_is_enough(pairs: Sequence[Labelled], name: str, labels: Sequence[str]) -> bool:
    return too_few_labelled([pair.gold for pair in pairs if pair.data != name], labels) is None


def deal(pairs: Sequence[Labelled], folds: int, seed: int) -> NDArray[np.int_]:
    """Deal the pairs out to folds like cards: by label and data file, in random order within each.

    So no two folds differ by more than one text of a file's label. Shape (pairs,).
    """
    shuffled = np.random.default_rng(seed).permutation(len(pairs)).tolist()
    order = sorted(shuffled, key=lambda at: (pairs[at].gold, pairs[at].data))
    fold_of = np.empty(len(pairs), dtype=int)
    fold_of[order] = np.arange(len(pairs)) % folds
    return fold_of
