"""Two networks as one: a quick one answers, and where its two best labels are all but even, a precise one."""

import math
from collections.abc import Sequence

from polarity.backends.runtimes.base import Runtime, Shape


class Doubting:
    """What eight bits are off by moves a label only where it is all but undecided. See `Runtime`.

    `doubt` is a difference of probabilities: whatever is nearer is asked of `precise`. It is that of the
    checkpoint's own classes in one row. So a close call is found for a text of one window, where each class
    is a label; that means of several windows, or sums of several classes (`bert.labels`), are all but
    even is not seen.
    """

    def __init__(self, quick: Runtime, precise: Runtime, doubt: float) -> None:
        self._quick, self._precise, self._doubt = quick, precise, doubt

    @property
    def name(self) -> str:
        """The quick one's."""
        return self._quick.name

    @property
    def shape(self) -> Shape:
        """Both networks have the same."""
        return self._quick.shape

    @property
    def at_once(self) -> int:
        """Both can be asked by as many."""
        return self._quick.at_once

    def logits(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        found = self._quick.logits(rows, is_lone=is_lone)
        close = [at for at, logits in enumerate(found) if lead(logits) < self._doubt]
        if close:
            asked_again = self._precise.logits([rows[at] for at in close], is_lone=is_lone)
            for at, logits in zip(close, asked_again, strict=True):
                found[at] = logits
        return found


def lead(logits: Sequence[float]) -> float:
    """Give by how much the most probable class leads the next one: by all there is where it is the only one.

    >>> round(lead([math.log(0.5), math.log(0.2), math.log(0.3)]), 4)
    0.2
    >>> lead([3.0])
    1.0
    """
    top = max(logits)
    shares = sorted([0.0, *(math.exp(logit - top) for logit in logits)])
    return (shares[-1] - shares[-2]) / sum(shares)
