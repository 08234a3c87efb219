"""Does one set of patterns still stand for every text of another? Exactly, and without listing them.

A frame may stand for millions of sentences, so that two versions of it cannot be compared as lists.
Both are read as automata instead, side by side, one character at a time: a place where the old one
may end and the new one may not is a text that was lost, and the shortest one is its witness.
"""

from collections import deque
from collections.abc import Iterable
from functools import lru_cache

States = frozenset[int]
MARKS = frozenset(",.:;!\n")  # what may end an opening


class Automaton:
    """What some patterns stand for: states, joined by characters or by nothing ("")."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._edges: list[list[tuple[str, int]]] = [[]]
        self._ends = {self._add(pattern) for pattern in patterns}
        self.start = self._closed({0}, at_blank=True)

    def _add(self, pattern: str) -> int:
        """Join the states of one pattern to the first state; give the state in which it ends."""
        at = self._joined(0, "")
        groups: list[tuple[int, int]] = []
        for mark in pattern.casefold():
            if mark in "[(":
                groups.append((at, end := self._new()))
                if mark == "[":
                    self._edges[at].append(("", end))
                at = self._joined(at, "")
            elif mark in "])" or (mark == "|" and groups):
                start, end = groups[-1]
                self._edges[at].append(("", end))
                at = self._joined(start, "") if mark == "|" else groups.pop()[1]
            else:
                at = self._joined(at, mark)
        return at

    def _new(self) -> int:
        self._edges.append([])
        return len(self._edges) - 1

    def _joined(self, state: int, mark: str) -> int:
        self._edges[state].append((mark, end := self._new()))
        return end

    def _closed(self, states: Iterable[int], *, at_blank: bool) -> States:
        """Add what is reached by nothing, and behind a blank by further blanks: there two are one."""
        found, free = set(states), ("", " ") if at_blank else ("",)
        waiting = list(found)
        while waiting:
            reached = {end for mark, end in self._edges[waiting.pop()] if mark in free} - found
            found |= reached
            waiting += reached
        return frozenset(found)

    def marks(self, states: States) -> set[str]:
        """Give the characters that may come next."""
        return {mark for state in states for mark, _ in self._edges[state] if mark}

    def after(self, states: States, mark: str) -> States:
        """Give the states behind one more character."""
        reached = {end for state in states for found, end in self._edges[state] if found == mark}
        return self._closed(reached, at_blank=mark == " ")

    def may_end(self, states: States) -> bool:
        """Say whether a text may end here; blanks at its end do not count."""
        return not self._ends.isdisjoint(self._closed(states, at_blank=True))


automaton = lru_cache(maxsize=8)(Automaton)


def missing(patterns: tuple[str, ...], others: tuple[str, ...]) -> str | None:
    """Give the shortest text that one of `patterns` stands for and none of `others` does; None if none.

    >>> missing(("the (tone|mood) is {label}",), ("[the] tone is {label}",))
    'the mood is {label}'
    >>> missing(("the tone is {label}",), ("[the] (tone|mood) is {label}",))
    """
    ours, theirs = automaton(patterns), automaton(others)
    waiting = deque([(ours.start, theirs.start, "")])
    seen = {(ours.start, theirs.start, True)}
    while waiting:
        here, there, text = waiting.popleft()
        at_blank = text[-1:] in ("", " ")
        if not at_blank and ours.may_end(here) and not theirs.may_end(there):
            return text
        for mark in sorted(ours.marks(here) - ({" "} if at_blank else set())):
            reached = ours.after(here, mark), theirs.after(there, mark), mark == " "
            if reached not in seen:
                seen.add(reached)
                waiting.append((*reached[:2], text + mark))
    return None


def opens(text: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a text and a mark behind it begin a text of some patterns.

    >>> opens("so", ("[so,] it is {label}",)), opens("it is", ("[so,] it is {label}",))
    (True, False)
    """
    read = automaton(patterns)
    states = read.start
    for mark in text:
        states = read.after(states, mark)
    return not read.marks(states).isdisjoint(MARKS)


def shortest(pattern: str) -> str:
    """Give the shortest text that a pattern stands for.

    >>> shortest("[overall,] the (sentiment|tone) is {label}")
    'the tone is {label}'
    """
    return missing((pattern,), ()) or ""
