"""BERT's last answers in memory, by the exact text: what is asked again costs a look-up.

A cache lives as long as one loaded checkpoint under one contract: both are part of every key, and no answer
is taken by a text that is only alike. Keys are hashes, so that an entry is small however long its text, and
no text is kept.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from polarity.types import Scores, Usage

FROM_CACHE: Final = Usage(cached=1)


@dataclass
class CacheNumbers:
    """What a cache has done since it began, for metrics: texts found and not found, and entries now."""

    hits: int = 0
    misses: int = 0
    entries: int = 0


class ResultCache:
    """Keeps the answers of the last `most` different texts; the one that was used least recently goes.

    `owner` names what the answers depend on beside the text.

    >>> cache = ResultCache(1, "a checkpoint and a contract")
    >>> cache.put("Fine.", Scores(probabilities={"good": 1.0}, source="softmax"))
    >>> [*cache.found(["Fine.", "fine."])]
    ['Fine.']
    >>> cache.put("Bad.", Scores(probabilities={"good": 0.0}, source="softmax"))
    >>> cache.found(["Fine."]), cache.numbers
    ({}, CacheNumbers(hits=1, misses=2, entries=1))
    """

    def __init__(self, most: int, owner: str) -> None:
        self._most, self._owner = most, hashlib.sha256(owner.encode())
        self._kept: OrderedDict[bytes, Scores] = OrderedDict()
        self._hits = self._misses = 0

    @property
    def numbers(self) -> CacheNumbers:
        """What it has done until now."""
        return CacheNumbers(self._hits, self._misses, len(self._kept))

    def found(self, texts: Iterable[str]) -> dict[str, Scores]:
        """Give the answers that are kept, by their texts. They cost no tokens, and say so."""
        found: dict[str, Scores] = {}
        for text in dict.fromkeys(texts):
            key = self._key(text)
            if scores := self._kept.get(key):
                found[text] = scores
                self._kept.move_to_end(key)
            self._hits, self._misses = self._hits + bool(scores), self._misses + (not scores)
        return found

    def put(self, text: str, scores: Scores) -> None:
        """Keep the answer for a text."""
        key = self._key(text)
        self._kept[key] = replace(scores, usage=FROM_CACHE)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def _key(self, text: str) -> bytes:
        key = self._owner.copy()
        key.update(text.encode())
        return key.digest()
