"""Does one set of patterns still stand for every text of another? Exactly, and without listing them.

A frame may stand for millions of sentences, so that two versions of it cannot be compared as lists.
Both are read as the automata by which answers are matched, side by side, one word at a time: a place
where the old one may end and the new one may not is a text that was lost, and the shortest one is
its witness. A slot for words stands for every word that no pattern names. A part, `<name>`, is one
word here: what it stands for is compared where it is declared.
"""

import heapq
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from types import MappingProxyType

from polarity.contract.parts import REFERENCE, read_sentence_pattern
from polarity.contract.patterns import Group
from polarity.contract.sentences import UNKNOWN_WORD, WORDS, Sentences, State, tokens

MARKS = frozenset(",.:;!\n")  # what may end an opening
CLOSE = frozenset(",.:;!)")  # marks without a blank before them


@lru_cache(maxsize=16)
def _sentences(patterns: tuple[str, ...]) -> Sentences:
    names = {
        name: Group([[f"<{name}>"]], optional=False) for one in patterns for name in REFERENCE.findall(one)
    }
    return Sentences(read_sentence_pattern(pattern, names) for pattern in patterns)


def missing(patterns: tuple[str, ...], others: tuple[str, ...]) -> str | None:
    """Give the shortest text that one of `patterns` stands for and none of `others` does; None if none.

    >>> missing(("the (tone|mood) is {label}",), ("[the] tone is {label}",))
    'the mood is {label}'
    >>> missing(("the tone is {label}",), ("[the] (tone|mood) is {label}",))
    >>> missing(("the tone of {words} is {label}",), ("the tone of the text is {label}",))
    'the tone of {words} is {label}'
    """
    ours, theirs = _sentences(patterns), _sentences(others)
    order = count()
    waiting: list[tuple[int, int, State, State | None, str]] = [
        (0, next(order), ours.start, theirs.start, "")
    ]
    seen: set[tuple[int, int]] = set()
    while waiting:
        _, _, here, there, text = heapq.heappop(waiting)
        if (id(here), id(there)) in seen:
            continue
        seen.add((id(here), id(there)))
        if text and here.ends and not (there and there.ends):
            return text
        for word, reached in _steps(ours, here):
            longer = _joined(text, word)
            behind = theirs.after(there, UNKNOWN_WORD if word == WORDS else word) if there else None
            heapq.heappush(waiting, (len(longer), next(order), reached, behind, longer))
    return None


def _steps(sentences: Sentences, state: State) -> Iterator[tuple[str, State]]:
    """Give what may come next, and the state behind it."""
    for word in sorted(sentences.next_words(state)):
        reached = sentences.after(state, UNKNOWN_WORD if word == WORDS else word)
        if reached:
            yield word, reached


def _joined(text: str, word: str) -> str:
    """Write a word or a mark behind a text as sentences have it.

    >>> _joined(_joined("the author", "'s"), "tone")
    "the author's tone"
    """
    if not text or word in CLOSE or word.startswith("'") or text.endswith(("'", "(")):
        return text + word
    return f"{text} {word}"


def opens(text: str, sentences: Sentences) -> bool:
    """Say whether a text and a mark behind it begin one of some sentences.

    >>> from polarity.contract.patterns import parsed
    >>> opens("so", Sentences([parsed("[so,] it is {label}")]))
    True
    """
    state: State | None = sentences.start
    for token in tokens(text):
        state = sentences.after(state, token.text) if state else None
    return state is not None and not sentences.next_words(state).isdisjoint(MARKS)


def shortest(pattern: str, parts: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> str:
    """Give the shortest text that a pattern stands for, with the shortest of each part in its place.

    >>> shortest("[overall,] the <noun> is {label}", {"noun": ("sentiment", "tone")})
    'the tone is {label}'
    """
    text = missing((pattern,), ()) or ""
    return REFERENCE.sub(lambda found: min((shortest(one, parts) for one in parts[found[1]]), key=len), text)
