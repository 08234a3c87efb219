"""The pairs that a person should look at: a bounded choice out of any number."""

import heapq
from collections import defaultdict

from polarity.comparison import ABSTAINED, Pair, Severity, category, joint_confidence

MOST = 1000  # of each severity


class Gallery:
    """Keeps the surest `most` pairs of each severity, and as many agreements that contradict gold."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[Severity, list[tuple[float, int, Pair]]] = defaultdict(list)
        self._seen = 0

    def add(self, pair: Pair, severity: Severity) -> None:
        """Look at one pair; of equally sure ones the first is kept."""
        self._seen += 1
        if severity == "agreement" and not _contradicts_gold(pair):
            return
        kept, item = self._kept[severity], (joint_confidence(pair), -self._seen, pair)
        if len(kept) < self._most:
            heapq.heappush(kept, item)
        elif item > kept[0]:
            heapq.heapreplace(kept, item)

    def examples(self) -> list[Pair]:
        """Give what was kept, in the order it came."""
        found = (item for kept in self._kept.values() for item in kept)
        return [pair for _, _, pair in sorted(found, key=lambda item: -item[1])]


def _contradicts_gold(pair: Pair) -> bool:
    return pair.gold is not None and category(pair.left.outcome) not in (pair.gold, ABSTAINED)
