"""Where in a sentence a statement stands: a label's word with its modifiers and what is said with it.

"the tone is (mostly negative and dismissive)": the label's word, declared modifiers before it, and
behind it or before it words of the same polarity that the contract declares as its companions.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from polarity.contract.loading import Contract
from polarity.contract.sentences import LABEL, QUOTE, Token, is_mark, plain_words
from polarity.contract.vocabulary import JOINTS, MOST_MODIFIERS

LONGEST_MODIFIER = 3  # words
MOST_COMPANIONS = 3
MOST_JOINTS = 2  # ", and"


class Slot(NamedTuple):
    """A statement in a sentence: its label, or None for an abstention, and its first and last word."""

    label: str | None
    first: int
    last: int


def slots(
    text: str, words: Sequence[Token], named: Sequence[re.Match[str]], contract: Contract
) -> Iterator[Slot]:
    """Give the ways to read the one statement in a sentence, the longest first; none if it names two labels.

    `named` are the label words in it, also those in quotations.

    >>> from polarity.contract import load_contract
    >>> from polarity.contract.sentences import tokens
    >>> contract, text = load_contract(), "the tone is mostly positive"
    >>> next(slots(text, tokens(text), list(contract.alias_pattern.all_in(text)), contract))
    Slot(label='POSITIVE', first=3, last=4)
    """
    said = named
    if quotations := [word for word in words if word.text == QUOTE]:
        said = [found for found in named if not _is_inside(found.start(), quotations)]
    labels = {contract.labels_of_words[found.group()] for found in said}
    if len(labels) == 1:
        (label,) = labels
        yield from _around(text, words, [found.span() for found in said], label, contract)
    elif not labels:
        for found in contract.abstain_pattern.all_in(text):
            if place := _place(words, *found.span()):
                yield Slot(None, *place)


def around_single(text: str, named: re.Match[str], contract: Contract) -> list[str] | None:
    """Give the words of a sentence in which a label's word stands alone, with the slot in its place.

    None where that is not seen at once: then `slots` has the ways to read it.

    >>> from polarity.contract import load_contract
    >>> contract, text = load_contract(), "the tone is positive"
    >>> around_single(text, next(contract.alias_pattern.all_in(text)), contract)
    ['the', 'tone', 'is', '{label}']
    """
    words = plain_words(text)
    if words is None or words.count(named.group()) != 1:
        return None
    at = words.index(named.group())
    if not contract.joined_to_labels.isdisjoint(words[max(0, at - 1) : at + 2]):
        return None
    words[at] = LABEL
    return words


def _is_inside(place: int, quotations: Sequence[Token]) -> bool:
    return any(quotation.start < place < quotation.end for quotation in quotations)


def _around(
    text: str, words: Sequence[Token], named: Sequence[tuple[int, int]], label: str, contract: Contract
) -> Iterator[Slot]:
    places = [place for start, end in named if (place := _place(words, start, end))]
    if len(places) < len(named):
        return  # one stands in a quotation, or is a part of a longer word
    first, last = places[0]
    if len(places) == 1 and not _is_joined(words, first, last, contract):
        yield Slot(label, first, last)
        return
    again = dict(places[1:])
    if last + 1 < len(words):
        last = _behind(words, last, label, again, contract)
    if again and any(start > last for start, _ in places):
        return  # it is said twice, with other words between
    starts = list(_before(text, words, first, label, contract)) if first else [first]
    yield from (Slot(label, start, last) for start in reversed(starts))


def _is_joined(words: Sequence[Token], first: int, last: int, contract: Contract) -> bool:
    """Say whether what stands right beside a label's word may belong to its statement."""
    joined = contract.joined_to_labels
    return (first > 0 and words[first - 1].text in joined) or (
        last + 1 < len(words) and words[last + 1].text in joined
    )


def _place(words: Sequence[Token], start: int, end: int) -> tuple[int, int] | None:
    """Give the first and the last word of a part of the text, if it is just these words."""
    first = last = None
    for at, word in enumerate(words):
        if word.start == start:
            first = at
        if word.end == end:
            last = at
            break
    return None if first is None or last is None else (first, last)


def _behind(words: Sequence[Token], last: int, label: str, again: dict[int, int], contract: Contract) -> int:
    """Give the last word of what is said together with a label's word: "negative and very dismissive".

    An emoji needs no joint: "negative 👎".
    """
    for _ in range(MOST_COMPANIONS):
        at = last + 1
        while at < len(words) and words[at].text in JOINTS and at <= last + MOST_JOINTS:
            at += 1
        is_joined = at > last + 1 or (at < len(words) and is_mark(words[at].text))
        said = again.get(at, _companion(words, at, label, contract) if is_joined else None)
        if said is None:
            break
        last = said
    return last


def _companion(words: Sequence[Token], at: int, label: str, contract: Contract) -> int | None:
    """Give the place of a companion of a label's word, maybe behind modifiers."""
    for place in range(at, min(len(words), at + MOST_MODIFIERS)):
        if words[place].text in contract.companions.get(label, ()):
            return place
        if words[place].text not in contract.modifiers:
            break
    return None


def _before(text: str, words: Sequence[Token], first: int, label: str, contract: Contract) -> Iterator[int]:
    """Give each word with which a statement may begin, the last first."""
    yield first
    start = _behind_modifiers(text, words, first, contract)
    yield from start
    begun = min([first, *start])
    allowed = contract.companions.get(label, frozenset())
    companion = begun - 2  # "dismissive and negative"
    if companion >= 0 and words[begun - 1].text in JOINTS and words[companion].text in allowed:
        yield companion
        yield from _behind_modifiers(text, words, companion, contract)


def _behind_modifiers(text: str, words: Sequence[Token], first: int, contract: Contract) -> list[int]:
    """Give the places of one and of two modifiers before a word."""
    found: list[int] = []
    at = first
    while len(found) < MOST_MODIFIERS:
        for count in range(min(LONGEST_MODIFIER, at), 0, -1):
            if text[words[at - count].start : words[at - 1].end] in contract.modifiers:
                at -= count
                found.append(at)
                break
        else:
            break
    return found
