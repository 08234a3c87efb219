"""Which beginnings of a text may be one frame around a statement: found in one pass over its words.

Whoever reads a statement with its reason tries one beginning after the other. Most are no frame
whichever of their words is the label, and only the others are read.
"""

from typing import NamedTuple

from polarity.contract.loading import Contract
from polarity.contract.sentences import KINDS, TOKEN


class Beginnings(NamedTuple):
    """What one pass found: the places where a word ends and no frame does, and the place behind which none does."""

    text: str
    refused: frozenset[int]
    stop: int

    def may_be(self, head: str) -> bool:
        """Say whether a text that is to be read may be a frame: quick, and False means no."""
        end = len(head)
        return not self.text.startswith(head) or (end <= self.stop and end not in self.refused)


def beginnings(text: str, contract: Contract, most: int | None = None) -> Beginnings:
    """Find the beginnings of a text that may be a frame around a statement, up to so many characters.

    >>> from polarity.contract import load_contract
    >>> found = beginnings("the tone is positive for the staff are kind", load_contract())
    >>> found.may_be("the tone is positive"), found.may_be("the tone is positive for the")
    (True, False)
    """
    refused = set[int]()
    if '"' in text:
        return Beginnings(text, frozenset(), len(text))  # behind half a quotation it begins later
    state = contract.loose_frames.start
    for mark in TOKEN.finditer(text, 0, len(text) if most is None else most):
        kind = mark.lastgroup
        if kind == "quote":
            break  # what is in it may state
        reached = contract.loose_frames.after(state, KINDS[kind] if kind == "stop" else mark.group())
        if reached is None:
            return Beginnings(text, frozenset(refused), mark.end() - 1)
        state = reached
        if not state.ends:
            refused.add(mark.end())
    return Beginnings(text, frozenset(refused), len(text))
