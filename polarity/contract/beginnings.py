"""Which beginnings of a text may be a sentence that states or declines: found in one pass over its words.

Whoever reads a statement with its reason tries one beginning after the other. Most are no declared
sentence, whichever of their words is the label, and only the others are read.
"""

from functools import lru_cache
from typing import NamedTuple

from polarity.contract.loading import Contract
from polarity.contract.sentences import KINDS, TOKEN, Sentences, State

LONGEST = 300  # characters that are looked at: no longer sentence states


class Beginnings(NamedTuple):
    """Where words of a text end that no declared sentence ends with, and the place behind which none ends."""

    text: str
    refused: frozenset[int]
    stop: int

    def may_be(self, head: str) -> bool:
        """Say whether a text may be a declared sentence: quick, and False means no."""
        end = len(head)
        return not self.text.startswith(head) or (end <= self.stop and end not in self.refused)


def beginnings(text: str, contract: Contract) -> Beginnings:
    """Find the beginnings of a text that may be a frame around a statement, or a sentence that declines.

    >>> from polarity.contract import load_contract
    >>> found = beginnings("the tone is positive today they said", load_contract())
    >>> found.may_be("the tone is positive"), found.may_be("the tone is positive today they")
    (True, False)
    """
    return _beginnings(text, contract.frames, contract.abstaining)


@lru_cache(maxsize=8)  # several rules ask of one text in turn
def _beginnings(text: str, frames: Sentences, abstaining: Sentences) -> Beginnings:
    refused = set[int]()
    if '"' in text:
        return Beginnings(text, frozenset(), len(text))  # behind half a quotation a frame begins later
    stating: State | None = frames.loose_start
    declining: State | None = abstaining.start
    for mark in TOKEN.finditer(text):
        kind = mark.lastgroup
        if kind == "quote" or mark.start() > LONGEST:
            break  # what is quoted may state
        word = KINDS[kind] if kind == "stop" else mark.group()
        stating = stating and frames.after(stating, word)
        declining = declining and abstaining.after(declining, word)
        if stating is None and declining is None:
            return Beginnings(text, frozenset(refused), mark.end() - 1)
        if not (stating and stating.ends) and not (declining and declining.ends):
            refused.add(mark.end())
    return Beginnings(text, frozenset(refused), len(text))
