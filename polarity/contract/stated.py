"""Answers that explain themselves: a leading statement, a declared separator or tail, and a reason.

Also what stands before a statement and says nothing: "sure! here is the sentiment: positive".
"""

import re

from polarity.contract.beginnings import Beginnings, beginnings
from polarity.contract.canonical import without_edges
from polarity.contract.checks import WORDS
from polarity.contract.contradictions import judges_a_second_otherwise, judges_otherwise
from polarity.contract.loading import Contract
from polarity.contract.openings import behind_opening
from polarity.contract.reasons import SENTENCE_END, ends_unsaid, objection, points_away
from polarity.contract.statements import LONGEST_HEAD, Reading, read_framed, read_whole
from polarity.contract.wrappings import BRACKET
from polarity.types import UnmappedReason

PREAMBLE_END = re.compile(r"[,.:;!\n]\s*")
SENTENCE_MARKS = (".", "\n")
BARS = (" |", " /")
LIST_MARKS = (":", " - ")  # behind these a list may begin
BETWEEN = " ,.:;(|/]\n\u2013\u2014-"
EMOTICON = re.compile(r"[:;=] ?['-]?[()\[\]/\\|dp](?![\w ]*[)\]])(?!\w)")
MINUS = re.compile(r"-\.?\d")
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
        behind = (
            mark.end()
            if mark and text[at : mark.start()] in contract.preambles
            else behind_opening(text, at, contract)
        )
        if behind is None:
            break
        at = behind
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
    if not contract.might_state(text):
        return None
    framed = beginnings(text, contract)
    return (
        _behind_separator(text, framed, contract)
        or _behind_tail(text, framed, contract)
        or _before_opener(text, contract)
    )


def _behind_separator(text: str, framed: Beginnings, contract: Contract) -> Reading | UnmappedReason | None:
    for mark in contract.separators.finditer(text, 0, LONGEST_HEAD):
        before = text[: mark.start()]
        if mark.group() == BRACKET:
            if not before.startswith("["):
                continue
            before = before[1:]
        head = without_edges(before)
        if head and (found := read_whole(head, contract) or read_framed(head, contract, framed)):
            voided = _voided(mark.group(), text[mark.end() :], found.label, contract)
            return voided or _with_reason(found, head, text, mark.start(), contract)
    return None


def _behind_tail(text: str, framed: Beginnings, contract: Contract) -> Reading | UnmappedReason | None:
    for mark in contract.tails.all_in(text, LONGEST_HEAD):
        head = without_edges(text[: mark.start()])
        found = read_framed(head, contract, framed)
        if found and found.span.end < len(head):
            if contract.contrast_pattern.finds(text[mark.end() :]):
                return "contrast"
            sentence = SENTENCE_END.split(text[found.span.end :], maxsplit=1)[0]
            if judges_a_second_otherwise(sentence, found.label, contract):
                return "conflicting"  # "positive for the food and bad for the service"
            return _with_reason(found, head, text, mark.end(), contract)
    return None


def _before_opener(text: str, contract: Contract) -> Reading | UnmappedReason | None:
    """Read a label's word alone that a sentence follows without a mark: "positive this praises them"."""
    found = contract.wrappings.openers.match(text)
    reading = read_whole(found.group(), contract) if found else None
    if found is None or reading is None:
        return None
    return _with_reason(reading, found.group(), text, found.end(), contract)


def _voided(mark: str, rest: str, label: str | None, contract: Contract) -> UnmappedReason | None:
    """Say why what follows a separator shows that no reason does: a turn, a list, or half of either."""
    first = WORDS.match(rest.lstrip())
    gives_reason = mark.startswith(", ") and mark[-1].isalpha() and not mark.endswith("and")
    if mark not in SENTENCE_MARKS and not gives_reason and first and first.group() in contract.contrasts:
        return "contrast"  # "positive (but only slightly)"
    if mark in BARS and (listed := _labels_listed(rest, contract)):
        return "label_echo" if len({label, *listed}) == len(contract.labels) else None
    if mark in LIST_MARKS and ends_unsaid(rest):
        return "truncated"  # "positive: the food ...", and who knows what else
    if mark == ":" and KEYED.search(rest):
        return "conflicting"  # "positive: the food. criticism: the price"
    sentence = SENTENCE_END.split(rest, maxsplit=1)[0]
    if label and mark.endswith("and") and _speaks_otherwise(sentence, label, contract):
        return "conflicting"  # "positive and a little disappointed"
    return None


def _speaks_otherwise(sentence: str, label: str, contract: Contract) -> bool:
    return any(points_away(sentence, label, contract)) or judges_otherwise(sentence, label, contract)


def _labels_listed(rest: str, contract: Contract) -> set[str]:
    """Give the labels of a list of nothing else: "negative | neutral"."""
    words = [word.strip(" ])") for word in re.split(r"[|/]", rest)]
    return (
        {contract.mentions[word] for word in words}
        if all(word in contract.mentions for word in words)
        else set()
    )


def _with_reason(
    found: Reading, head: str, text: str, start: int, contract: Contract
) -> Reading | UnmappedReason:
    reason = text[start:].lstrip(BETWEEN)
    if EMOTICON.match(text, start):
        return "undeclared"  # "positive :("
    if found.label != contract.labels[0] and MINUS.match(text, len(text) - len(reason) - 1):
        reason = f"-{reason}"  # "positive (-0.8)"; of the scale's first label it says the same
    return objection(reason, found.label, contract) or found.moved(text.find(head), "stated/")
