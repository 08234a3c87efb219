"""Answers that explain themselves: a leading statement, a declared separator or tail, and a reason.

Also what stands before a statement and says nothing: "sure! here is the sentiment: positive".
"""

import re

from polarity.contract.canonical import without_edges
from polarity.contract.checks import WORDS
from polarity.contract.loading import Contract
from polarity.contract.reasons import SENTENCE_END, contrasts, objection, points_away
from polarity.contract.statements import LONGEST_HEAD, Reading, read_framed, read_whole
from polarity.types import UnmappedReason

PREAMBLE_END = re.compile(r"[,.:;!\n]\s*")
SENTENCE_MARKS = (".", "\n")
KEYED = re.compile(r"(?:\n|[.,;] )[\w ]{1,30}: ")
MOST_PREAMBLES = 3  # "sure! based on the text, here is the answer:"


def behind_preambles(text: str, contract: Contract) -> int:
    """Give the place behind the declared openings that a text begins with.

    >>> from polarity.contract import load_contract
    >>> behind_preambles("sure, positive", load_contract())
    6
    """
    at = 0
    for _ in range(MOST_PREAMBLES):
        mark = PREAMBLE_END.search(text, at, at + contract.longest_preamble + 1)
        if mark is None or text[at : mark.start()] not in contract.preambles:
            break
        at = mark.end()
    return at


def read_stated(text: str, contract: Contract) -> Reading | UnmappedReason | None:
    """Read a leading statement with its reason: a reading, why the reason voids it, or None.

    Behind a frame's noun a declared tail may stand for a separator: "a positive review of the film",
    but not "it is positive that they came". The rest may then hold no contrast.

    >>> from polarity.contract import load_contract
    >>> read_stated("positive. it works", load_contract()).rule
    'stated/exact/positive'
    >>> read_stated("positive. or rather negative", load_contract())
    'multiple_labels'
    """
    if not contract.statement_pattern.might_find(text):
        return None
    for mark in contract.separators.finditer(text, 0, LONGEST_HEAD):
        bare = without_edges(text[: mark.start()])
        if bare and (found := read_whole(bare, contract) or read_framed(bare, contract)):
            if _turns_at_once(mark.group(), text[mark.end() :], contract):
                return "contrast"
            if _is_one_of_several(mark.group(), text[mark.end() :], found, contract):
                return "conflicting"
            return _with_reason(found, bare, text, mark.end(), contract)
    for mark in contract.tails.all_in(text, LONGEST_HEAD):
        bare = without_edges(text[: mark.start()])
        found = read_framed(bare, contract)
        if found and found.span.end < len(bare):
            rest = text[mark.end() :]
            return (
                "contrast"
                if contrasts(rest, contract)
                else _with_reason(found, bare, text, mark.end(), contract)
            )
    return None


def _turns_at_once(mark: str, rest: str, contract: Contract) -> bool:
    """Say whether the same sentence goes on with a contrast: "positive (but only slightly)"."""
    first = WORDS.match(rest.lstrip())
    return mark not in SENTENCE_MARKS and first is not None and first.group() in contract.contrasts


def _is_one_of_several(mark: str, rest: str, found: Reading, contract: Contract) -> bool:
    """Say whether a list begins: "positive: the food. criticism: the price", "positive and disappointed"."""
    if mark == ":":
        return KEYED.search(rest) is not None
    if mark.endswith("and") and found.label:
        return any(points_away(SENTENCE_END.split(rest, maxsplit=1)[0], found.label, contract))
    return False


def _with_reason(
    found: Reading, head: str, text: str, end: int, contract: Contract
) -> Reading | UnmappedReason:
    return objection(text[end:], found.label, contract) or found.moved(text.find(head), "stated/")
