"""One checkpoint after another: which labels change, in which direction, and is it for the better?

A flip is a text whose label is another one now. Over labelled texts a flip fixes or breaks; over texts
without gold it is churn, which whoever stores labels has to live with (Milani Fard et al. 2016, "Launch
and iterate: reducing prediction churn").
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from polarity.comparison import NO_VERDICT, label_of
from polarity.records import Record
from polarity.statistics.collapse import collapse, collapse_unseen
from polarity.statistics.intervals import Interval, paired_interval, wilson
from polarity.statistics.margins import mcnemar
from polarity.types import Decision, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A text that has another label now. `confidence` is the new label's."""

    id: str
    line: int
    text: str
    gold: str | None
    old: str
    new: str
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Old against new on the `n` texts with gold; what is no label is wrong.

    `fixed` texts are right only now, `broken` ones were right only before. `p` is McNemar's exact test
    of both being as likely (McNemar 1947): two-sided, 1 where there is neither.
    """

    n: int
    old: float
    new: float
    difference: Interval
    fixed: int
    broken: int
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """What changed over `n` texts. `directions` counts the flips by old and new label, most first.

    `churn` is the share that flipped, None of no texts; `accuracy` is None where no text has gold.
    `failures` counts the texts that one side or both gave no label: BERT has one for whatever it reads.
    `collapsed` says of "old" and "new" in what way its labels have collapsed (`statistics.collapse`), where
    they have: two of them change no label, and are no better for it.
    """

    n: int
    failures: int
    churn: Interval | None
    directions: Mapping[tuple[str, str], int]
    accuracy: Accuracy | None
    flips: tuple[Flip, ...]
    collapsed: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Give everything as one object of plain values."""
        directions = [{"old": old, "new": new, "n": n} for (old, new), n in self.directions.items()]
        return {
            "n": self.n,
            "failures": self.failures,
            "churn": self.churn and asdict(self.churn),
            "directions": directions,
            "accuracy": self.accuracy and asdict(self.accuracy),
            "flips": [asdict(flip) for flip in self.flips],
            "collapsed": dict(self.collapsed),
        }


def churn(records: Sequence[Record], old: Sequence[Result], new: Sequence[Result]) -> Churn:
    """Compare the results of two checkpoints for the same records, in their order.

    >>> texts = [Record(text="Fine.", id=str(at), line=at, label="POSITIVE") for at in (1, 2)]
    >>> good, bad = (Decision(label=label, decided_by="bert") for label in ("POSITIVE", "NEGATIVE"))
    >>> found = churn(texts, [good, bad], [good, good])
    >>> found.directions, found.churn.value, found.accuracy.fixed, found.accuracy.broken
    ({('NEGATIVE', 'POSITIVE'): 1}, 0.5, 1, 0)
    """
    labels = [(label_of(before), label_of(after)) for before, after in zip(old, new, strict=True)]
    flips = [
        Flip(
            id=record.id,
            line=record.line,
            text=record.text,
            gold=record.label,
            old=before,
            new=after,
            confidence=result.confidence if isinstance(result, Decision) else None,
        )
        for record, (before, after), result in zip(records, labels, new, strict=True)
        if before != after
    ]
    return Churn(
        n=len(records),
        failures=sum(NO_VERDICT in both for both in labels),
        churn=wilson(len(flips), len(records)) if records else None,
        directions=dict(Counter((flip.old, flip.new) for flip in flips).most_common()),
        accuracy=_accuracy(records, old, new),
        flips=tuple(sorted(flips, key=lambda flip: -(flip.confidence or 0.0))),
        collapsed=_collapsed(records, labels),
    )


def _collapsed(records: Sequence[Record], labels: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Judge each side by the texts that it gave a label, those with gold if there are any."""
    found = {}
    for at, side in enumerate(("old", "new")):
        rows = [
            (record.label, both[at])
            for record, both in zip(records, labels, strict=True)
            if both[at] != NO_VERDICT
        ]
        graded = [(gold, given) for gold, given in rows if gold is not None]
        problem = (
            collapse([gold for gold, _ in graded], [given for _, given in graded])
            if graded
            else collapse_unseen([given for _, given in rows])
        )
        if problem:
            found[side] = problem
    return found


def _accuracy(records: Sequence[Record], old: Sequence[Result], new: Sequence[Result]) -> Accuracy | None:
    right = np.array(
        [
            (label_of(before) == record.label, label_of(after) == record.label)
            for record, before, after in zip(records, old, new, strict=True)
            if record.label is not None
        ],
        dtype=int,
    )
    if not len(right):
        return None
    difference = right[:, 1] - right[:, 0]
    fixed, broken = int((difference > 0).sum()), int((difference < 0).sum())
    return Accuracy(
        n=len(right),
        old=float(right[:, 0].mean()),
        new=float(right[:, 1].mean()),
        difference=paired_interval(difference),
        fixed=fixed,
        broken=broken,
        p=mcnemar(fixed, broken),
    )
