"""Patterns made ready to match sentences word by word, in time linear in the sentence.

A sentence is a sequence of words and marks; what it is matched with is an automaton over such
sequences, of which a state is made when a sentence first comes there (Thompson 1968, "Regular
expression search algorithm", with the states kept). So it matters neither how many ways there are to
read a sentence nor how many sentences a pattern stands for.

Three words of a pattern are slots: `{label}` for a statement, `{words}` for a few words that name
somebody or something, `{quote}` for one closed quotation. Slots let pass; whoever matches says what
may stand in them.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from polarity.contract.patterns import Group, Pieces

LABEL, WORDS, QUOTE = "{label}", "{words}", "{quote}"
TOKEN = re.compile(
    r"\w++(?!')"  # most are plain words
    r"|(?![^\S\n])(?:"  # at a blank nothing begins
    r"(?P<slot>\{(?:label|words|quote)\}|<[^<>\n]+>)"  # a pattern's slots, and its parts by their names
    r"|(?P<quote>\"[^\"\n]+\"|(?<![\w'])'(?! )(?:[^'\n]|(?<=\w)'(?=\w))+'(?!\w))"
    r"|(?P<stop>\.(?=\w)|(?<=\b\w)\.(?= \w)|(?<=\bmr|\bms|\bdr|\bst|\bjr|\bsr)\.(?= \w)|(?<=\bmrs)\.(?= \w))"
    r"|\b(?:[cdjlmnst]|qu|un|dell|all|nell|dall|sull|quest|quell)'(?=\w|$)"  # l'avis, dell'autore
    r"|(?<=\w)'\w+|\w+|\n|[^\w\s])"
)
PLAIN_TOKEN = re.compile(r"\w+|[^\w\s]|\n")
NOT_PLAIN = re.compile(r"[\"'.{<]")  # what a token of another kind begins with, or goes on with
MOST_WORDS = 10  # in the place of {words}
QUOTED = "\"'"  # marks around a statement
FREE_MARKS = frozenset("-\u2013\u2014/&#@%+*()\"'\u2019")  # may stand among {words}: no end of a sentence
INNER_STOP = "·"  # a full stop that ends no sentence: u.s., mr.
NAMING = FREE_MARKS | {QUOTE, INNER_STOP}
KINDS = {"quote": QUOTE, "stop": INNER_STOP}
UNKNOWN_WORD, UNKNOWN_MARK = "\0word", "\0mark"
MOST_STATES = 20_000  # made and kept; then it begins anew


class Token(NamedTuple):
    """A word, a mark or a quotation, and where it stands."""

    text: str
    start: int
    end: int


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Part a canonical text into words and marks.

    >>> [token.text for token in tokens("the author's tone: positive")]
    ['the', 'author', "'s", 'tone', ':', 'positive']
    >>> [token.text for token in tokens('the text "we have moved" is neutral')]
    ['the', 'text', '{quote}', 'is', 'neutral']
    """
    stop = len(text) if end is None else end
    return [
        Token(mark[0] if mark.lastgroup not in KINDS else KINDS[mark.lastgroup], mark.start(), mark.end())
        for mark in TOKEN.finditer(text, start, stop)
    ]


def plain_words(text: str) -> list[str] | None:
    """Give the texts of `tokens` at once, where words and marks are all there can be; None elsewhere.

    >>> plain_words("the tone: positive")
    ['the', 'tone', ':', 'positive']
    """
    return None if NOT_PLAIN.search(text) else PLAIN_TOKEN.findall(text)


def words_in(text: str, start: int = 0, end: int | None = None) -> Iterator[str]:
    """Give the texts of `tokens` one by one: who stops early has not read the rest.

    >>> next(words_in("the tone of the review"))
    'the'
    """
    stop = len(text) if end is None else end
    return (KINDS.get(mark.lastgroup or "") or mark.group() for mark in TOKEN.finditer(text, start, stop))


def is_mark(token: str) -> bool:
    """Say whether a token is a mark or an emoji, and no word.

    >>> is_mark("👎"), is_mark("sad")
    (True, False)
    """
    return not token[0].isalnum()


class State:
    """Where a sentence may have got to: what may come next, and which pattern may end here."""

    __slots__ = ("ends", "is_loose", "moves", "places")

    def __init__(self, places: frozenset[int], ends: tuple[int, ...], *, is_loose: bool) -> None:
        self.places = places
        self.ends = ends
        self.is_loose = is_loose
        self.moves: dict[str, State | None] = {}


class Sentences:
    """Matches what some patterns stand for.

    >>> from polarity.contract.patterns import parsed
    >>> found = Sentences([parsed("the tone [of {words}] is {label}")])
    >>> found.whole(["the", "tone", "of", "the", "new", "tram", "is", "{label}"])
    (0,)

    From `loose_start` on any run of the words in `said` may stand for `{label}`: what is not matched so is
    no such sentence, whichever of its words are the statement.
    """

    def __init__(self, patterns: Iterable[Pieces], said: frozenset[str] = frozenset()) -> None:
        self._steps: list[dict[str, list[int]]] = [{}]  # of each place: word -> places
        self._free: list[list[int]] = [[]]  # places to which nothing leads on
        self._ends: dict[int, int] = {}
        for at, pieces in enumerate(patterns):
            self._ends[self._joined(pieces, 0)] = at
        self._known = frozenset(word for step in self._steps for word in step)
        self._said = said
        self._kept = self._known | said
        self._behind_labels = frozenset(end for step in self._steps for end in step.get(LABEL, ()))
        self._made: dict[tuple[frozenset[int], bool], State] = {}
        self.start = self._state(frozenset({0}))
        self.loose_start = self._state(frozenset({0}), is_loose=True)

    def whole(self, words: Iterable[str]) -> tuple[int, ...]:
        """Say which patterns stand for just these words, by their places among the patterns."""
        state = self.start
        for word in words:
            reached = state.moves[word] if word in state.moves else self._moved(state, word)
            if reached is None:
                return ()
            state = reached
        return state.ends

    def openings(self, words: Iterable[str]) -> Iterator[int]:
        """Give each number of words after which a pattern may end, the fewest first."""
        state = self.start
        for count, word in enumerate(words, start=1):
            if (reached := self.after(state, word)) is None:
                return
            state = reached
            if state.ends:
                yield count

    def after(self, state: State, word: str) -> State | None:
        """Give the state behind one more word; None if no pattern goes on so."""
        try:
            return state.moves[word]
        except KeyError:
            return self._moved(state, word)

    def next_words(self, state: State) -> set[str]:
        """Give the words that patterns name as the next; slots by their names."""
        return {word for place in state.places for word in self._steps[place]}

    @cached_property
    def first_words(self) -> frozenset[str]:
        """The words with which a pattern begins."""
        return frozenset(self.next_words(self.start))

    def know(self, words: Iterable[str]) -> bool:
        """Say whether some pattern names each of some words."""
        return self._known.issuperset(words)

    def beside(self, word: str) -> tuple[frozenset[str], frozenset[str]]:
        """Give what patterns have right before a word, and right behind it."""
        lead = frozenset(end for steps in self._steps for end in steps.get(word, ()))
        behind = self.next_words(self._state(lead))
        near = self._leading_to({at for at, steps in enumerate(self._steps) if word in steps})
        before = (
            named for steps in self._steps for named, ends in steps.items() if not near.isdisjoint(ends)
        )
        return frozenset(before), frozenset(behind)

    def _leading_to(self, places: set[int]) -> set[int]:
        """Give some places and all from which nothing parts them."""
        freed: dict[int, list[int]] = {}  # place -> those that lead there without a word
        for at, ends in enumerate(self._free):
            for end in ends:
                freed.setdefault(end, []).append(at)
        reached, waiting = set(places), list(places)
        while waiting:
            new = set(freed.get(waiting.pop(), ())) - reached
            reached |= new
            waiting += new
        return reached

    def _moved(self, state: State, word: str) -> State | None:
        if word not in self._kept:
            word = _unknown(word)
            if word in state.moves:
                return state.moves[word]
        reached = self._reached(state.places, word)
        if state.is_loose and word in self._said:
            reached |= self._reached(state.places, LABEL) | (state.places & self._behind_labels)
        found = self._state(frozenset(reached), is_loose=state.is_loose) if reached else None
        state.moves[word] = found
        return found

    def _reached(self, places: frozenset[int], word: str) -> set[int]:
        """Give the places to which a word leads from some places."""
        reached = {end for place in places for end in self._steps[place].get(word, ())}
        if _may_name(word):
            reached |= {end for place in places for end in self._steps[place].get(WORDS, ())}
        return reached

    def _state(self, places: frozenset[int], *, is_loose: bool = False) -> State:
        """Give the state of some places and of all that nothing parts from them."""
        reached, waiting = set(places), list(places)
        while waiting:
            new = set(self._free[waiting.pop()]) - reached
            reached |= new
            waiting += new
        whole = frozenset(reached), is_loose
        if whole not in self._made:
            if len(self._made) >= MOST_STATES:
                self._made = {}
            ends = tuple(sorted(self._ends[place] for place in reached if place in self._ends))
            self._made[whole] = State(whole[0], ends, is_loose=is_loose)
        return self._made[whole]

    def _joined(self, pieces: Pieces, at: int) -> int:
        """Lead on from a place by some pieces; give the place behind them."""
        for piece in pieces:
            if isinstance(piece, Group):
                at = self._grouped(piece, at)
            else:
                for word in _words_of(piece):
                    at = self._named(at, word)
        return at

    def _grouped(self, group: Group, at: int) -> int:
        start, end = self._new(), self._new()
        self._free[at].append(start)
        if group.optional:
            self._free[start].append(end)
        for alternative in group.alternatives:
            self._free[self._joined(alternative, start)].append(end)
        return end

    def _named(self, at: int, word: str) -> int:
        if word == WORDS:
            return self._several(at, WORDS, MOST_WORDS)
        return self._step(at, word)

    def _several(self, at: int, word: str, most: int) -> int:
        end = self._new()
        for _ in range(most):
            at = self._step(at, word)
            self._free[at].append(end)
        return end

    def _step(self, at: int, word: str) -> int:
        end = self._new()
        self._steps[at].setdefault(word, []).append(end)
        return end

    def _new(self) -> int:
        self._steps.append({})
        self._free.append([])
        return len(self._steps) - 1


@lru_cache(maxsize=4096)
def _words_of(text: str) -> tuple[str, ...]:
    """Part a plain piece of a pattern; "'s" at its beginning belongs to the word before it."""
    if text.lstrip().startswith("'"):
        return tuple(token.text for token in tokens(f"a{text.lstrip()}")[1:])
    return tuple(token.text for token in tokens(text))


def _unknown(word: str) -> str:
    return UNKNOWN_WORD if _may_name(word) else UNKNOWN_MARK


def _may_name(word: str) -> bool:
    """Say whether a word or mark may stand among those that name something."""
    return word != UNKNOWN_MARK and (word[0].isalnum() or word[-1].isalnum() or word in NAMING)
