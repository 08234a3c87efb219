"""What one whole canonical text states: exact, modified, phrase or abstain, also inside one frame.

Nothing here looks inside a text for a word: each lookup is of the text as a whole, or of what is
left of it after a declared modifier or a declared frame.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

from polarity.contract.beginnings import Beginnings, beginnings
from polarity.contract.canonical import without_edges
from polarity.contract.contradictions import is_doubted, judges_a_second_otherwise
from polarity.contract.loading import Contract
from polarity.contract.ready import BEGINNING, Statement
from polarity.contract.sentences import LABEL, QUOTE, QUOTED, Token, tokens, words_in
from polarity.contract.slots import around_single, slots
from polarity.contract.vocabulary import MOST_MODIFIERS
from polarity.types import Span

QUOTATION = re.compile("[\"']")
SHORT = 40  # characters that are read as quickly as they are ruled out
LONGEST_HEAD = 300  # characters of a statement with its frame
REPEATED = re.compile(r"(?:,? and |, |[ \n])+")  # what may stand between a word and itself
LONGEST_MODIFIER = 4  # words


class Reading(NamedTuple):
    """A label that a text states, or None for a declared abstention; by which rule, and where."""

    label: str | None
    rule: str
    span: Span

    def moved(self, by: int, prefix: str = "") -> Self:
        """Give the same reading inside a longer text that begins `by` characters before."""
        if not by and not prefix:
            return self
        start, end, text = self.span
        return type(self)(self.label, prefix + self.rule, Span(start + by, end + by, text))


def read_whole(text: str, contract: Contract) -> Reading | None:
    """Read a text that is a statement and nothing else; the same one several times is still one.

    >>> from polarity.contract import load_contract
    >>> read_whole("mostly positive", load_contract())
    Reading(label='POSITIVE', rule='modified/mostly', span=Span(start=0, end=15, text='mostly positive'))
    """
    if stated := contract.statements.get(text):
        return whole(text, stated)
    begun = BEGINNING.match(text)
    if begun is None or begun[0] not in contract.beginnings_of_statements:
        return None
    stated = _modified(text, contract) or _repeated(text, contract)
    return whole(text, stated) if stated else None


def whole(text: str, stated: Statement) -> Reading:
    """Give the reading of a text that is a statement and nothing else."""
    return Reading(stated.label, stated.rule, Span(0, len(text), text))


def read_framed(text: str, contract: Contract, framed: Beginnings | None = None) -> Reading | None:
    """Read a text that is one declared frame around a statement.

    The rule is the frame as it stands there; one in which a slot holds other words than the contract's is
    named by its place in the contract, "frames.3". `framed` may be what one pass found of a longer text that
    begins with this one.

    >>> from polarity.contract import load_contract
    >>> read_framed("the sentiment is positive", load_contract()).rule
    'frame/the sentiment is {label}'
    """
    if framed is None and len(text) > SHORT:
        framed = beginnings(text, contract)
    if framed and not framed.may_be(text):
        return None
    return read_sentence(text, contract.counting["leading"], contract) or _read_abstaining(text, contract)


def read_sentence(text: str, counting: range, contract: Contract) -> Reading | None:
    """Read a text that is one frame around a statement; only the frames at some places count."""
    if len(text) > LONGEST_HEAD or not contract.statement_pattern.might_find(text):
        return None
    named = list(contract.alias_pattern.all_in(text))
    if not named and not contract.abstain_pattern.finds(text):
        return None
    labels = {contract.labels_of_words[found.group()] for found in named} if len(named) > 1 else ()
    if len(labels) > 1 and not QUOTATION.search(text):
        return None
    for slot in _slots(text, named, contract):
        whole_frames = contract.frames.whole(slot.around)
        found = next(filter(counting.__contains__, whole_frames), None) if whole_frames else None
        if found is None:
            continue
        before, behind = text[: slot.start], text[slot.end :]
        known = contract.frames.know(slot.around)
        if known or not contract.speaks_up(f"{before} {behind}"):
            if behind and (
                judges_a_second_otherwise(behind, slot.label, contract) or is_doubted(behind, contract)
            ):
                return None
            frame = f"{before.rstrip(QUOTED)}{LABEL}{behind.lstrip(QUOTED)}"
            name = frame if known and QUOTE not in slot.around else contract.names_of_frames[found]
            return Reading(
                slot.label, f"frame/{name}", Span(slot.start, slot.end, text[slot.start : slot.end])
            )
    return None


class _Placed(NamedTuple):
    """A statement in a sentence, and the sentence's words with the slot in its place."""

    label: str | None
    start: int
    end: int
    around: list[str]


def _slots(text: str, named: Sequence[re.Match[str]], contract: Contract) -> Iterator[_Placed]:
    """Give the ways to read the one statement in a sentence, the longest first."""
    single = around_single(text, named[0], contract) if len(named) == 1 else None
    if single:
        yield _Placed(contract.labels_of_words[named[0].group()], *named[0].span(), single)
        return
    words = words_of_sentence(text, contract)
    for slot in slots(text, words, named, contract):
        before, behind = words[: slot.first], words[slot.last + 1 :]
        before = before[:-1] if before and before[-1].text in QUOTED else before
        behind = behind[1:] if behind and behind[0].text in QUOTED else behind
        around = [*(word.text for word in before), LABEL, *(word.text for word in behind)]
        yield _Placed(slot.label, words[slot.first].start, words[slot.last].end, around)


def words_of_sentence(text: str, contract: Contract) -> list[Token]:
    """Part a text into words and marks; a quotation that states is none of something else."""
    found: list[Token] = []
    if '"' not in text and "'" not in text:
        return tokens(text)
    for token in tokens(text, _behind_half_quotation(text)):
        inside = text[token.start + 1 : token.end - 1] if token.text == QUOTE else ""
        if inside and read_whole(without_edges(inside), contract):
            found += [
                Token(text[token.start], token.start, token.start + 1),
                *tokens(text, token.start + 1, token.end - 1),
                Token(text[token.end - 1], token.end - 1, token.end),
            ]
        else:
            found.append(token)
    return [Token(QUOTE, 0, found[0].start), *found] if found and found[0].start > 1 else found


def _behind_half_quotation(text: str) -> int:
    """Give the place behind a quotation whose opening mark was an edge of the text, and is gone."""
    first = text.find('"')
    ends = 0 < first < len(text) - 1 and text[first + 1] == " " and text[first - 1] != " "
    return first + 1 if ends and text.count('"') % 2 else 0


def _read_abstaining(text: str, contract: Contract) -> Reading | None:
    """Read a text that is one declared sentence by which a model declines."""
    if text.partition(" ")[0].partition("'")[0] not in contract.abstaining.first_words:
        return None
    found = contract.abstaining.whole(words_in(text))
    if not found:
        return None
    rule = f"abstain/{contract.tongue + '.' if contract.tongue else ''}abstaining.{found[0] + 1}"
    return Reading(None, rule, Span(0, len(text), text))


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
    word = text.partition(" ")[0].rstrip(",").partition("\n")[0]
    stated = contract.statements.get(word)
    behind = REPEATED.match(text, len(word)) if stated and stated.family == "exact" else None
    if behind is None or not (text.startswith(word, behind.end()) or behind.end() == len(text)):
        return None
    return stated if all(said in ("", word) for said in REPEATED.split(text)) else None
