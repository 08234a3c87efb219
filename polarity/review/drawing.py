"""Which decisions of many are put before people, and in what order: a sample, wherever they stop.

Each decision has a weight in (0, 1], what a label of it would teach, and a number u, uniform in (0, 1] and
its own for good (a permanent random number: Ohlsson 1995, "Coordination of samples using permanent random
numbers"). It is in the queue where weight / u >= 1, which is so with the probability weight, and the queue's
order is that of weight / u. So who teaches twice as much comes to the front twice as likely, and from any
stretch that was read from the front everything can be estimated: see `statistics.sampled`.
"""

import hashlib
import heapq
from collections.abc import Iterable
from typing import NamedTuple

from polarity.review.reasons import Reason

LARGEST = 2**64
LEAST_PRIORITY = 1.0


class Candidate(NamedTuple):
    """A decision by its id, why people may be asked about it, the weight and number that it is drawn by.

    `readers` are how many people are to read it.
    """

    decision_id: int
    reason: Reason
    weight: float
    u: float
    readers: int = 1

    @property
    def priority(self) -> float:
        """What the queue is ordered by."""
        return self.weight / self.u


class Draw(NamedTuple):
    """What was drawn, the first of the queue first.

    `threshold` is the priority that every one of them exceeds and nobody else does: it, or another row, is
    where probabilities begin to be less than the weights say.
    """

    drawn: list[Candidate]
    threshold: float


def own_number(request_id: str, index: int, seed: int) -> float:
    """Give the u of one text of a request: from 0, exclusive, to 1.

    >>> round(own_number("pol-1", 0, 0), 3), own_number("pol-1", 0, 0) == own_number("pol-1", 0, 0)
    (0.89, True)
    """
    digest = hashlib.sha256(f"{seed}\0{index}\0{request_id}".encode("utf-8", "surrogatepass")).digest()
    return (int.from_bytes(digest[:8], "big") + 1) / LARGEST


def weight_of(reason: Reason, taught: float, audit_share: float) -> float:
    """Give the probability that a decision is drawn by where the queue is not full.

    Who has a reason is at least as likely as who has none.

    >>> weight_of("audit", 0.9, 0.02), weight_of("unmapped", 0.5, 0.02)
    (0.02, 0.51)
    """
    return audit_share if reason == "audit" else audit_share + (1 - audit_share) * taught


def draw(candidates: Iterable[Candidate], most: int) -> Draw:
    """Draw at most `most` of them. They come by their u, the smallest first.

    With no weight over 1 nobody comes before others whose priority is over 1 / u: where so many are drawn as
    may be, the rest is not asked for. Holds no more than those at a time.

    >>> rows = [Candidate(1, "audit", 0.5, 0.4), Candidate(2, "flip", 1.0, 0.5)]
    >>> rows += [Candidate(3, "audit", 0.1, 0.9)]
    >>> found = draw(rows, most=5)
    >>> [one.decision_id for one in found.drawn], found.threshold
    ([2, 1], 1.0)
    >>> draw(rows, most=1).threshold
    1.25
    """
    kept: list[tuple[float, int, Candidate]] = []
    for one in candidates:
        if len(kept) > most and 1 / one.u < kept[0][0]:
            break
        if one.priority >= LEAST_PRIORITY:
            place = heapq.heappush if len(kept) <= most else heapq.heappushpop
            place(kept, (one.priority, -one.decision_id, one))
    threshold = heapq.heappop(kept)[0] if len(kept) > most else LEAST_PRIORITY
    return Draw([one for _, _, one in sorted(kept, reverse=True)], threshold)
