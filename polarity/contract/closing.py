"""Closing statements: the reasons come first, and the last line or sentence states the label.

Such a statement is one declared frame, whole; a declared opening may stand before it, and a reason
in the same line behind it. What comes before it is read, too: whatever there states something else
by itself, refuses, or opens an input of the prompt voids the statement, and so does anything behind
it but a declared afterword.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from polarity.contract.beginnings import beginnings
from polarity.contract.canonical import without_edges
from polarity.contract.checks import WORDS
from polarity.contract.first_said import says_another_first
from polarity.contract.loading import Contract
from polarity.contract.mentions import competes
from polarity.contract.openings import behind_opening
from polarity.contract.ready import QUOTATION
from polarity.contract.reasons import objection
from polarity.contract.sentences import words_in
from polarity.contract.statements import LONGEST_HEAD, Reading, read_sentence, read_whole
from polarity.types import UnmappedReason

END = re.compile(r"[.!?](?=\s)|\n")
BETWEEN = " ,.:;(\n\u2013\u2014-"
LISTED = re.compile(r"(?:\d{1,2}[.)]|[-\u2022]) ")
TURN_END = re.compile(r",? ?")
SENTENCE = re.compile(r"(?:\w+[^\w.!?\n]+){3,}\w{3,}[\"')]?[.!] \Z")  # not "e.g."
COMMA = re.compile(r", (?=\w)")
REACH = 80  # characters before a line that may belong to it
MOST_LAST = 3  # words at the end of a line by which its sentence goes on
MOST_OPENINGS = 2  # "therefore, based on the text, ..."
MOST_AFTERWORDS = 2


def read_closing(text: str, contract: Contract) -> Reading | UnmappedReason | None:
    r"""Read the statement at the end of a text: a reading, why the rest voids it, or None if there is none.

    >>> from polarity.contract import load_contract
    >>> read_closing("the pool was lovely.\n\nconclusion: positive", load_contract()).label
    'POSITIVE'
    """
    if not contract.rules.closing or not contract.alias_pattern.might_find(text):
        return None
    end = _without_afterwords(text, contract)
    for start, lead_end, turns in _starts(text, end, contract):
        if _goes_on(text[:lead_end].rstrip(), contract):
            continue
        found = _statement(text[start:end], contract, alone=_is_alone(text, start))
        if isinstance(found, Reading):
            lead = text[:lead_end]
            if reason := competes(lead, found.label, contract, turns=turns):
                return reason
            if says_another_first(lead, found.label, contract, turns=turns):
                return "multiple_labels"
            return found.moved(start, "closing/")
        if found:
            return found
    return None


def _without_afterwords(text: str, contract: Contract) -> int:
    """Give the place at which the afterwords begin, or the end of the text if it has none."""
    end = len(text)
    for _ in range(MOST_AFTERWORDS):
        start = _last_sentence(text, end)
        last = without_edges(text[start:end])
        first = WORDS.match(last)
        if first is None or first.group() not in contract.afterwords.first_words:
            break
        if not last or len(last) > LONGEST_HEAD or not contract.afterwords.whole(words_in(last)):
            break
        end = len(text[:start].rstrip())
    return end


def _last_sentence(text: str, end: int) -> int:
    """Give the place at which the last sentence begins."""
    start = 0
    for mark in END.finditer(text, max(0, end - LONGEST_HEAD), end - 1):
        start = mark.end()
    return start + len(text[start:end]) - len(text[start:end].lstrip())


def _is_alone(text: str, start: int) -> bool:
    """Say whether a label's word alone is a statement: on a line of its own, or behind a whole sentence."""
    if start == 0 or text[start - 1] == "\n":
        return True
    lead = text[max(0, start - REACH) : start]
    return lead.endswith((". ", "! ")) and "?" not in text[:start] and bool(SENTENCE.search(lead))


class _Start(NamedTuple):
    """Where a closing statement may begin, where its reasons end, and whether it turns from them."""

    at: int
    lead_end: int
    turns: bool = False


def _starts(text: str, end: int, contract: Contract) -> Iterator[_Start]:
    """Give the places at which a closing statement may begin: the last line, sentence, clause."""
    line = text.rfind("\n", 0, end) + 1
    sentence = _last_sentence(text, end)
    for start in dict.fromkeys((line, sentence)):
        yield _Start(start, start)
        stop = END.search(text, start, end)
        stop_at = min(stop.start() if stop else end, start + LONGEST_HEAD)
        for mark in contract.clauses.finditer(text, start, stop_at):
            word = mark.group().lstrip(" ,;")
            if word in contract.contrasts:
                ended = TURN_END.match(text, mark.end())
                yield _Start(ended.end() if ended else mark.end(), mark.start(), turns=True)
            else:
                yield _Start(mark.end() - len(word), mark.end() - len(word))
        if contract.concessions.opens(text[start:stop_at]):
            turns = contract.contrast_pattern.opens(text[start:stop_at])
            for mark in COMMA.finditer(text, start, stop_at):
                yield _Start(mark.end(), mark.end(), turns)


def _goes_on(before: str, contract: Contract) -> bool:
    r"""Say whether what stands before a line is half a sentence that could deny it: "it is not\npositive"."""
    if not before or not before[-1].isalnum():
        return False
    line = QUOTATION.sub(" ", before[-REACH:].rpartition("\n")[2])
    words = WORDS.findall(line)
    is_item = LISTED.match(line) is not None
    edges = (
        words[-MOST_LAST:] if is_item and len(words) > MOST_LAST + 1 else [*words[:1], *words[-MOST_LAST:]]
    )
    if any(found.end() == len(line) for found in contract.unfinished.all_in(line)):
        return True
    denies = any(map(contract.denies, edges if is_item else words))
    return denies or not contract.hypotheses.union(contract.contrasts).isdisjoint(edges)


def _statement(text: str, contract: Contract, *, alone: bool) -> Reading | UnmappedReason | None:
    """Read a line, sentence or clause that states, maybe with its reason behind it."""
    counting = contract.counting["closing"]
    for start in _behind_openings(text, contract):
        rest = without_edges(text[start:])
        at = start + text[start:].find(rest)
        framed = beginnings(rest, contract)
        found = read_sentence(rest, counting, contract) if framed.may_be(rest) else None
        if found := found or (read_whole(rest, contract) if alone else None):
            return found.moved(at)
        for mark in contract.separators.finditer(rest, 0, LONGEST_HEAD):
            head = without_edges(rest[: mark.start()])
            if framed.may_be(head) and (found := read_sentence(head, counting, contract)):
                reason = rest[mark.start() :].lstrip(BETWEEN)
                return objection(reason, found.label, contract) or found.moved(at)
    return None


def _behind_openings(text: str, contract: Contract) -> Iterator[int]:
    """Give the beginning of a sentence, and the places behind one and two declared openings."""
    start: int | None = 0
    for _ in range(MOST_OPENINGS + 1):
        if start is None:
            return
        yield start
        start = behind_opening(text, start, contract)
