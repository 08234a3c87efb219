"""Declared words made ready to be found: patterns compiled from a contract's description."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

from polarity.contract.canonical import spelled
from polarity.contract.checks import CONTRACTIONS
from polarity.contract.declared import texts
from polarity.contract.parts import groups, read_sentence_pattern
from polarity.contract.patterns import BLANK, regular_expression
from polarity.contract.rules import Description, Rules
from polarity.contract.sentences import LABEL, Sentences

TOKEN = re.compile(r"\w+")
MOST_MODIFIERS = 2  # "overall mostly positive"
JOINTS = frozenset({"and", ",", "/", "&", "y", "e", "et", "und", "en", "i", "и"})  # in a statement
ALTERNATIVES = frozenset({"or", "o", "oder", "ou", "of", "lub", "или"})  # between statements
NOTHING = r"(?!)"  # as a pattern
BETWEEN = 24  # characters between a word and its number: "confidence in this answer is about 0.4"
NO_LABEL = ""  # among the labels of what may also be no label's word
DEEPEST = 8  # levels of branches in a pattern
MOST_WORDS = 8  # links, fillers and negators between a subject and its cue


@lru_cache(maxsize=8)
def words_of(text: str) -> frozenset[str]:
    """Give the words in a text. Several questions are asked of one text in turn, so the last few are kept.

    >>> sorted(words_of("Positive - not!"))
    ['Positive', 'not']
    """
    return frozenset(TOKEN.findall(text))


class Finder:
    """Finds declared words and phrases, whole, anywhere in a text.

    A text that holds the first word of none of them is done with at once: most texts are.
    """

    def __init__(self, declared: Iterable[str]) -> None:
        self._phrases = tuple(declared)
        self._by_first: dict[str, list[str]] = {}
        self._always = False  # a phrase of marks has no first word
        self._begin = True  # each phrase with its first word
        for phrase in self._phrases:
            if first := TOKEN.search(phrase):
                self._by_first.setdefault(first.group(), []).append(phrase)
            self._always |= first is None
            self._begin &= first is not None and first.start() == 0
        self._firsts = frozenset(self._by_first)
        self._compiled: dict[str, re.Pattern[str]] = {}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return _whole(self._phrases)

    def _beginning(self, first: str) -> re.Pattern[str]:
        """Give the pattern of the phrases with a first word: of the hundreds declared, texts hold few."""
        if first not in self._compiled:
            self._compiled[first] = _whole(tuple(self._by_first[first]))
        return self._compiled[first]

    def finds(self, text: str) -> bool:
        """Say whether any stands in a text.

        >>> Finder(["on second thought"]).finds("no, on second thought: yes")
        True
        """
        if not self.might_find(text):
            return False
        if not self._begin:
            return self._pattern.search(text) is not None
        return any(
            self._beginning(word).match(text, at)
            for at, word in _places(self._firsts & words_of(text), text, len(text))
        )

    def opens(self, text: str) -> bool:
        """Say whether a text begins with one."""
        if not self._begin:
            return self._pattern.match(text) is not None
        first = TOKEN.match(text)
        return (
            first is not None
            and first[0] in self._firsts
            and self._beginning(first[0]).match(text) is not None
        )

    def all_in(self, text: str, end: int | None = None) -> Iterator[re.Match[str]]:
        """Give each place where one stands, up to `end`."""
        stop = len(text) if end is None else end
        if not self.might_find(text):
            return iter(())
        return iter(self._beginning_in(text, stop)) if self._begin else self._pattern.finditer(text, 0, stop)

    def _beginning_in(self, text: str, stop: int) -> list[re.Match[str]]:
        """Find phrases that begin with their first words: tried only where such a word stands."""
        matches, behind = [], 0
        for at, word in sorted(_places(self._firsts & words_of(text), text, stop)):
            if at >= behind and (found := self._beginning(word).match(text, at, stop)):
                matches.append(found)
                behind = found.end()
        return matches

    def blanked(self, text: str) -> str:
        """Give the text with each of them left out."""
        return self._pattern.sub(" ", text) if self.might_find(text) else text

    def might_find(self, text: str) -> bool:
        """Say whether any can stand in a text: quick, and False means no."""
        return self._always or not self._firsts.isdisjoint(words_of(text))


@lru_cache(maxsize=4096)  # a contract that differs in few words from another one has most of its patterns
def _whole(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){any_of(phrases)}(?!\w)")


def _places(words: Iterable[str], text: str, stop: int) -> list[tuple[int, str]]:
    """Give the places where words stand in a text, or parts of longer ones, and which word it is."""
    places = []
    for word in words:
        at = text.find(word, 0, stop)
        while at >= 0:
            places.append((at, word))
            at = text.find(word, at + len(word), stop)
    return places


class Descriptions:
    """The description of some rules."""

    def __init__(self, declared: Description, rules: Rules) -> None:
        self._declared, self._rules = declared, rules
        self.cues = {cue: label for label, words in declared.cues.items() for cue in texts(words)}
        self.denied = {cue: label for label, words in declared.denied.items() for cue in texts(words)}
        self.anywhere = Finder(self.cues)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """A leading sentence, with the groups `lead` and `cue`; compiled when a text has a cue at all."""
        declared, rules = self._declared, self._rules
        cue = any_of(self.cues)
        between = any_of(
            [*texts(declared.links), *texts(declared.fillers), *texts(rules.negators), *CONTRACTIONS]
        )
        tail = any_of([*texts(rules.tails), *texts(rules.contrasts)])  # a contrast is read, to be refused
        # Possessive, and never over a cue: there is one way to match, so matching is linear.
        return re.compile(
            rf"(?:{'|'.join(map(regular_expression, map(spelled, declared.subjects)))}){BLANK}"
            rf"(?P<lead>(?:(?!{cue}\b)(?:\w+n't|{between}) ){{1,{MOST_WORDS}}}+)"
            rf"(?P<cue>{cue})(?=$|[,;:!\n]|\.(?!\.)| {tail}(?!\w))"
        )

    def states(self, cue: str, denials: int) -> str | None:
        """Name the label that a cue states behind so many negators; None if it states none."""
        if denials == 0:
            return self.cues[cue]
        return self.denied.get(cue) if denials == 1 else None


def sentences(patterns: tuple[str, ...], rules: Rules, said: frozenset[str] = frozenset()) -> Sentences:
    """Make frames or other sentences of some rules ready to match; `said` is what statements are made of."""
    return _sentences(patterns, tuple(rules.parts.items()), said)


@lru_cache(maxsize=128)  # whoever tries a contract with one line more needs those again that it leaves alone
def _sentences(
    patterns: tuple[str, ...], parts: tuple[tuple[str, tuple[str, ...]], ...], said: frozenset[str]
) -> Sentences:
    named = groups(dict(parts))
    return Sentences((read_sentence_pattern(pattern, named) for pattern in patterns), said)


class Neighbours(NamedTuple):
    """Words beside a label's slot: right before it, those that may stand between, right behind it."""

    before: frozenset[str]
    passed: frozenset[str]
    behind: frozenset[str]


def neighbours(frames: Sentences) -> Neighbours:
    """Give the words that frames have beside the label's slot.

    Between stand those with which a frame may begin: "a" in "a {label} review".
    """
    before, behind = frames.beside(LABEL)
    passed = before & frames.next_words(frames.start)
    return Neighbours(before - passed, passed, behind)


def any_of(words: Iterable[str]) -> str:
    r"""Write a pattern for any of some words, the longest first; for none if there are none.

    >>> any_of(["sad", "sad story", "soon"])
    '(?:s(?:ad(?:\\ story|)|oon))'
    """
    return f"(?:{_branches(dict.fromkeys(words, ''))})"


def _branches(behind: Mapping[str, str], depth: int = 0) -> str:
    """Write alternatives, each with what must stand behind it; a common beginning stands once."""
    longest_first = sorted(behind, key=lambda word: (-len(word), word))
    if depth == DEEPEST:
        return "|".join(re.escape(word) + behind[word] for word in longest_first)
    begun: dict[str, dict[str, str]] = {}
    for word in longest_first:
        begun.setdefault(word[:1], {})[word] = behind[word]
    return "|".join(_branch(words, depth) for words in begun.values()) or NOTHING


def _branch(behind: Mapping[str, str], depth: int) -> str:
    """Write alternatives that begin with one character."""
    first, last = min(behind), max(behind)
    same = next(
        (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first)
    )
    lead = first[:same]
    rest = {word[len(lead) :]: end for word, end in behind.items()}
    only = rest.get("") if len(rest) == 1 else None
    return re.escape(lead) + (f"(?:{_branches(rest, depth + 1)})" if only is None else only)


def certainties(declared: Iterable[str]) -> re.Pattern[str] | None:
    """Compile a pattern for a declared word with a number behind it or before it; None if none is declared.

    >>> found = certainties(["confidence"]).search("with a confidence of 0.9")
    >>> found["behind"], found["before"]
    ('0.9', None)
    """
    words = any_of(declared)
    if NOTHING in words:
        return None
    number = r"-?(?:\d{1,3}(?:[.,]\d{1,6})?|[.,]\d{1,6})(?: ?%| percent| ?/ ?\d{1,3})?"
    return re.compile(
        rf"(?<!\w){words}(?!\w)[^\d.;\n%-]{{0,{BETWEEN}}}(?P<behind>{number})"
        rf"|(?<![\d.,/])(?P<before>{number})[ -]{words}(?!\w)"
    )


def separators(declared: Iterable[str]) -> re.Pattern[str]:
    """Compile a pattern for what may part a statement from its reason.

    A mark must have white space or the end behind it, so that "4.5" is not parted; a word must end.

    >>> separators([".", ", because"]).split("positive, because it works")
    ['positive', ' it works']
    """
    return re.compile(_branches({mark: _behind(mark) for mark in declared}))


def _behind(mark: str) -> str:
    if mark[-1].isspace() or mark[-1] == "(":
        return ""
    return r"\b" if mark[-1].isalnum() else r"(?=\s|$)"


def beginnings(labelled: Mapping[str, str], others: Iterable[str]) -> dict[str, frozenset[str]]:
    """Give what begins one-word label words -> their labels.

    Where it begins another declared word, too, or is one, `NO_LABEL` stands beside them.

    >>> found = beginnings({"positive": "P", "negative": "N", "neutral": "0"}, ["possibly"])
    >>> [sorted(found[begun]) for begun in ("posit", "pos", "ne")]
    [['P'], ['', 'P'], ['0', 'N']]
    """
    found: dict[str, set[str]] = {}
    for word, label in labelled.items():
        if " " not in word:
            for end in range(1, len(word)):
                found.setdefault(word[:end], set()).add(label)
    claimed = {word[:end] for word in others for end in range(1, len(word) + 1)}
    return {
        begun: frozenset({*labels, NO_LABEL} if begun in claimed else labels)
        for begun, labels in found.items()
        if len(begun.encode()) > 1
    }
