"""Which stored answers further lines of a contract may concern: all others are read as they were.

A line counts in answers that hold all its words. Some of its words count alone, too: those that its table
does not declare yet, for words tell the language of an answer, and those that come to stand first in a
sentence, or beside a label's word. What an answer holds is looked for without marks and case, so that
neither how it is wrapped nor how it is spelled can hide a word.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from polarity.contract import Contract
from polarity.contract.canonical import MARKS, canonical
from polarity.contract.review.amending import Line
from polarity.contract.sentences import LABEL, words_in
from polarity.replay.stored_answers import StoredAnswer
from polarity.types import Completion

SLOT = re.compile(r"\{\w+\}")
WORD = re.compile(r"\w+")
ESCAPES = re.compile(r"[\\&<]")  # of a letter, or a tag within a word: what is read is not what stands there
OF_STATEMENTS = ("frames", "closing", "leading")


class Wanted(NamedTuple):
    """Letters of a line: answers that hold `all_of` them, or one of `any_of` them, may be concerned."""

    all_of: tuple[str, ...]
    any_of: tuple[str, ...]

    def are_in(self, text: str) -> bool:
        """Say whether the letters of an answer have them."""
        return all(word in text for word in self.all_of) or any(word in text for word in self.any_of)


class Concerned:
    """Looks up which of some stored answers lines may concern that are added to a contract."""

    def __init__(self, contract: Contract, answers: Sequence[StoredAnswer]) -> None:
        """Look over stored answers."""
        self._contract = contract
        self._letters = list(map(_letters_of, answers))

    def by(self, lines: Sequence[Line]) -> list[int]:
        """Give the places of the answers that some lines may concern.

        >>> from polarity.contract import load_contract
        >>> texts = ("Nice bag: positive", "Positive")
        >>> answers = [StoredAnswer(text, Completion(text=text)) for text in texts]
        >>> Concerned(load_contract(), answers).by([Line("rules.preambles", "nice bag")])
        [0]
        """
        wanted = list(map(self._wanted, lines))
        return [
            at
            for at, letters in enumerate(self._letters)
            if letters is None or any(one.are_in(letters) for one in wanted)
        ]

    def _wanted(self, line: Line) -> Wanted:
        words = WORD.findall(SLOT.sub(" ", canonical(line.text)))
        return Wanted(tuple(map(_letters, words)), tuple(map(_letters, self._alone(line, words))))

    def _alone(self, line: Line, words: Sequence[str]) -> Iterator[str]:
        """Give the words of a line of which each may change how an answer is read that has no other."""
        table, *path = line.key.split(".")
        contract, declared = self._contract, self._contract.own_words
        if table == "languages":
            code, *path = path
            contract, declared = contract.tongues[code], contract.words_of_each[code]
        yield from (word for word in words if word not in declared)
        if path[0] in OF_STATEMENTS:
            yield from _new_in_frames(line.text, contract)
        elif path[0] == "openings":
            said = list(words_in(line.text))
            yield from (word for word in said if not contract.openings.know([word]))


def _new_in_frames(frame: str, contract: Contract) -> Iterator[str]:
    """Give the words that no frame names yet, or none in that place: first, before a label, behind it."""
    said = list(words_in(frame))
    at = said.index(LABEL)
    beside = contract.beside_labels
    yield from (word for word in said if not contract.frames.know([word]))
    yield from (word for word in said[:1] if word not in contract.frames.first_words)
    yield from (word for word in said[max(0, at - 1) : at] if word not in beside.before | beside.passed)
    yield from (word for word in said[at + 1 : at + 2] if word not in beside.behind)


def _letters_of(one: StoredAnswer) -> str | None:
    """Give the letters and digits of an answer; None if nobody knows which it has once it is unwrapped."""
    if not isinstance(one.raw, Completion) or ESCAPES.search(one.raw.text) or MARKS.search(one.raw.text):
        return None
    return _letters(one.raw.text)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
