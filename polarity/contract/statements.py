"""What one whole canonical text states: exact, modified, phrase or abstain, also inside one frame.

Nothing here looks inside a text for a word: each lookup is of the text as a whole, or of what is
left of it after a declared modifier or a declared frame.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple, Self

from polarity.contract.loading import Contract, Statement
from polarity.contract.rules import SLOT
from polarity.contract.sentences import tokens
from polarity.contract.slots import slots
from polarity.contract.vocabulary import MOST_MODIFIERS
from polarity.types import Span

QUOTED = "\"'"
LONGEST_HEAD = 300  # characters of a statement with its frame
REPEATED = re.compile(r",? and |, |[ \n]")  # what may stand between a word and itself
LONGEST_MODIFIER = 4  # words


class Reading(NamedTuple):
    """A label that a text states, or None for a declared abstention; by which rule, and where."""

    label: str | None
    rule: str
    span: Span

    def moved(self, by: int, prefix: str = "") -> Self:
        """Give the same reading inside a longer text that begins `by` characters before."""
        start, end, text = self.span
        return self._replace(rule=prefix + self.rule, span=Span(start + by, end + by, text))


def read_whole(text: str, contract: Contract) -> Reading | None:
    """Read a text that is a statement and nothing else; the same one several times is still one.

    >>> from polarity.contract import load_contract
    >>> read_whole("mostly positive", load_contract())
    Reading(label='POSITIVE', rule='modified/mostly', span=Span(start=0, end=15, text='mostly positive'))
    """
    stated = contract.statements.get(text) or _modified(text, contract) or _repeated(text, contract)
    return Reading(stated.label, stated.rule, Span(0, len(text), text)) if stated else None


def read_framed(text: str, contract: Contract) -> Reading | None:
    """Read a text that is one declared frame around a statement.

    The rule is the frame as it stands there; one in which a slot holds other words than the contract's is
    named as it is declared.

    >>> from polarity.contract import load_contract
    >>> read_framed("the sentiment is positive", load_contract()).rule
    'frame/the sentiment is {label}'
    """
    first = len(contract.rules.closing)
    return read_sentence(text, range(first, len(contract.all_frames)), contract)


def read_sentence(text: str, counting: range, contract: Contract) -> Reading | None:
    """Read a text that is one frame around a statement; only the frames at some places count."""
    if len(text) > LONGEST_HEAD or not contract.statement_pattern.might_find(text):
        return None
    words = tokens(text)
    for slot in slots(text, words, contract):
        before, behind = words[: slot.first], words[slot.last + 1 :]
        before = before[:-1] if before and before[-1].text in QUOTED else before
        behind = behind[1:] if behind and behind[0].text in QUOTED else behind
        around = [*(word.text for word in before), SLOT, *(word.text for word in behind)]
        found = next((frame for frame in contract.frames.whole(around) if frame in counting), None)
        if found is not None and _lets_pass(around, text, contract):
            start, end = words[slot.first].start, words[slot.last].end
            frame = f"{text[:start].rstrip(QUOTED)}{SLOT}{text[end:].lstrip(QUOTED)}"
            name = frame if contract.frames.know(around) else contract.all_frames[found]
            return Reading(slot.label, f"frame/{name}", Span(start, end, text[start:end]))
    return None


def _lets_pass(words: Sequence[str], text: str, contract: Contract) -> bool:
    """Say whether what stands in a frame's slots denies nothing, turns nothing and names no label.

    A frame's own words do none of this, so it is enough to look at all of them.
    """
    if contract.frames.know(words):
        return True
    return not (
        any(word in contract.mentions or contract.denies(word) for word in words)
        or contract.contrast_pattern.finds(text)
        or contract.retractions.finds(text)
    )


def _modified(text: str, contract: Contract, most: int = MOST_MODIFIERS) -> Statement | None:
    """Read an alias behind one or two declared modifiers. The rule is named after the first."""
    at = -1
    for _ in range(LONGEST_MODIFIER):
        at = text.find(" ", at + 1)
        if at < 0:
            return None
        if text[:at] in contract.modifiers:
            rest = text[at + 1 :]
            stated = contract.statements.get(rest)
            if stated is None and most > 1:
                stated = _modified(rest, contract, most - 1)
            if stated and stated.label and stated.family in ("exact", "modified"):
                return Statement(stated.label, "modified", text[:at])
    return None


def _repeated(text: str, contract: Contract) -> Statement | None:
    """Read one alias said over and over, as small models do: "positive positive", "positive and positive"."""
    first = text.partition(" ")[0]
    stated = contract.statements.get(first.rstrip(",").partition("\n")[0])
    if stated is None or stated.family != "exact":
        return None
    words = (word for word in REPEATED.split(text) if word)
    return stated if all(contract.statements.get(word) == stated for word in words) else None
