"""What tells names from words in answers: what a contract declares, and what several answers share."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from polarity.contract.canonical import canonical
from polarity.contract.declared import texts
from polarity.contract.loading import Contract
from polarity.contract.vocabulary import any_of

MARKED = re.compile(r"<[^<>]*>|\{\w+\}")  # parts and slots in patterns
WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.!?]+[\"'”»)]*(?:\s+|$)|\s*\n\s*")
LEAST_KIN = 5  # letters with which a word begins as a label's word does
LONGEST = 2000  # characters of the beginning of an answer, and of its end, that are looked at
RARE = 100  # a word that fewer than one in so many answers have may be a name
LEAST_SHARED = 2  # answers that have a word, or a whole sentence, for it to be nobody's name


class Word(NamedTuple):
    """A label that a word names, and the table of the contract's file that says so."""

    label: str
    table: str


@dataclass(frozen=True)
class Lexicon:
    """What tells names from words: the words that a contract declares, and those that answers share."""

    labels: Mapping[str, Word]
    declared: frozenset[str]
    shared: frozenset[str]
    sentences: frozenset[str]

    @cached_property
    def label_pattern(self) -> re.Pattern[str]:
        """Finds the words that name a label."""
        return re.compile(rf"(?<![\w-]){any_of(self.labels)}(?![\w-])", re.IGNORECASE)

    @cached_property
    def beginnings(self) -> Mapping[str, str]:
        """The first letters of the words that name a label -> the label."""
        return {
            word[:LEAST_KIN]: found.label for word, found in self.labels.items() if len(word) >= LEAST_KIN
        }

    def kin(self, text: str) -> tuple[str, str] | None:
        """Give the one unknown word of a text that begins as a label's word does, and that label.

        >>> from polarity.contract import load_contract
        >>> lexicon(load_contract(), []).kin("stemning: positivt")
        ('positivt', 'POSITIVE')
        """
        unknown = {word for word in words_of(text) if word not in self.labels}
        found = [
            (word, self.beginnings[word[:LEAST_KIN]])
            for word in unknown
            if word[:LEAST_KIN] in self.beginnings
        ]
        return found[0] if len(found) == 1 else None


def tables(contract: Contract) -> dict[str, Mapping[str, Any]]:
    """Give each table of the file that has words for labels, by its path: the rules, and each language.

    >>> from polarity.contract import load_contract
    >>> next(iter(tables(load_contract())))
    'rules'
    """
    content = contract.file.model_dump()
    languages = content["languages"].items()
    return {"rules": content["rules"]} | {f"languages.{code}": table for code, table in languages}


def lexicon(contract: Contract, answers: Sequence[str]) -> Lexicon:
    """Gather the words that the contract declares, and those that several of some answers have."""
    labels: dict[str, Word] = {}
    for path, table in tables(contract).items():
        for key in ("aliases", "mentions"):
            for label, patterns in table.get(key, {}).items():
                for word in texts(patterns):
                    labels.setdefault(word, Word(label, path))
    parts = [excerpt(text) for text in answers]
    words = Counter(word for text in parts for word in set(words_of(text)))
    sentences = Counter(
        sentence for text in parts for sentence in {canonical(text[a:b]) for a, b in sentences_of(text)}
    )
    least = max(LEAST_SHARED, len(answers) // RARE)
    return Lexicon(
        labels=labels,
        declared=frozenset(
            word
            for table in tables(contract).values()
            for pattern in _strings(table)
            for word in words_of(MARKED.sub(" ", pattern))
        ),
        shared=frozenset(word for word, count in words.items() if count >= least),
        sentences=frozenset(sentence for sentence, count in sentences.items() if count >= least),
    )


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case tuple() | list():
            for item in value:
                yield from _strings(item)
        case Mapping():
            for item in value.values():
                yield from _strings(item)


def excerpt(text: str) -> str:
    """Give a text's beginning and its end, if it is longer than both: there a label stands.

    >>> len(excerpt("a" * 1_000_000)) == 2 * LONGEST + 1
    True
    """
    return text if len(text) <= 2 * LONGEST else f"{text[:LONGEST]}\n{text[-LONGEST:]}"


def words_of(text: str) -> list[str]:
    """Give the words of a text, case folded."""
    return [word.casefold() for word in WORD.findall(text)]


def sentences_of(text: str, quoted: Sequence[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """Part a text into sentences and lines, not within what is `quoted`; only those of words or numbers.

    >>> sentences_of("It broke. Twice!")
    [(0, 10), (10, 16)]
    """
    places, start = [], 0
    for mark in SENTENCE_END.finditer(text):
        goes_on = not text[mark.end() : mark.end() + 1].isupper()
        if not any(a < mark.start() < b and (goes_on or mark.end() < b) for a, b in quoted):
            places.append((start, mark.end()))
            start = mark.end()
    places.append((start, len(text)))
    return [(a, b) for a, b in places if any(map(str.isalnum, text[a:b]))]
