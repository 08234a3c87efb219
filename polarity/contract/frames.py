"""What a frame may be: one slot for a statement, and words enough that nothing else could be meant."""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from polarity.contract.patterns import Group, Pieces
from polarity.contract.sentences import LABEL, WORDS, words_in

LEAST_WORDS = 2  # of its own, in a sentence with a slot for any words
MOST_COUNTED = LEAST_WORDS + 1
ASKING = "?"
NOTHING = ""  # where a text begins or ends; between the edges of what may be left out


class Shape(NamedTuple):
    """What some pieces stand for, as far as slots go."""

    labels: frozenset[int]  # how often the label's slot may stand in a text; two are two or more
    words: frozenset[
        tuple[bool, int]
    ]  # whether words are free in a text, and how many are not, up to `MOST_COUNTED`
    first: frozenset[
        str
    ]  # what a text may begin with: a slot or any other word; `NOTHING` if it may be empty
    last: frozenset[str]
    beside: frozenset[tuple[str, str]]  # neighbours of which one is a slot


@lru_cache(maxsize=1024)  # few shapes are met, and they again and again
def _then(one: Shape, other: Shape) -> Shape:
    """Give the shape of what stands for one and then for the other."""
    return Shape(
        labels=frozenset(min(2, a + b) for a in one.labels for b in other.labels),
        words=frozenset((a or b, min(MOST_COUNTED, m + n)) for a, m in one.words for b, n in other.words),
        first=_continued(one.first, other.first),
        last=_continued(other.last, one.last),
        beside=one.beside | other.beside | {(a, b) for a in one.last for b in other.first if a and b},
    )


@lru_cache(maxsize=1024)
def _either(one: Shape, other: Shape) -> Shape:
    """Give the shape of what stands for one or for the other."""
    return Shape(
        labels=one.labels | other.labels,
        words=one.words | other.words,
        first=one.first | other.first,
        last=one.last | other.last,
        beside=one.beside | other.beside,
    )


def _continued(ours: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
    return (ours - {NOTHING}) | theirs if NOTHING in ours else ours


Known = dict[int, tuple[Group, Shape]]  # by identity; the group is kept, or another could get its own

EMPTY = Shape(
    frozenset({0}), frozenset({(False, 0)}), frozenset({NOTHING}), frozenset({NOTHING}), frozenset()
)


def frame_problem(pieces: Pieces, known: Known | None = None) -> str | None:
    """Say what is wrong with a frame, or None. `known` keeps the shapes of parts from frame to frame.

    >>> from polarity.contract.patterns import parsed
    >>> frame_problem(parsed("the answer"))
    'must hold {label} exactly once, whichever of its brackets are taken'
    >>> frame_problem(parsed("the tone: {words}, {label}"))
    """
    shape = shape_of(pieces, {} if known is None else known)
    if ASKING in shape.first | shape.last | {mark for pair in shape.beside for mark in pair}:
        return "may not ask"
    if shape.labels != {1}:
        return f"must hold {LABEL} exactly once, whichever of its brackets are taken"
    return _slot_problem(shape, LEAST_WORDS)


def sentence_problem(pieces: Pieces, known: Known | None = None) -> str | None:
    """Say what is wrong with a sentence that states no label, or None.

    >>> from polarity.contract.patterns import parsed
    >>> sentence_problem(parsed("{words} is {quote}"))
    'begins with {words}: it could be any sentence'
    """
    shape = shape_of(pieces, {} if known is None else known)
    return f"holds {LABEL}, but states none" if shape.labels != {0} else _slot_problem(shape, 1)


def _slot_problem(shape: Shape, least: int) -> str | None:
    if WORDS in shape.first:
        return f"begins with {WORDS}: it could be any sentence"
    if (LABEL, WORDS) in shape.beside:
        return f"has {WORDS} right behind {LABEL}: words that could take the label back"
    if (WORDS, LABEL) in shape.beside and any(free and own <= LEAST_WORDS for free, own in shape.words):
        return f"has {WORDS} right before {LABEL}, and only {LEAST_WORDS} words of its own or fewer"
    if any(free and own < least for free, own in shape.words):
        return f"has {WORDS}, but fewer than {least} words of its own: it could be any sentence"
    return None


def shape_of(pieces: Pieces, known: Known) -> Shape:
    """Work out the shape of some pieces; `known` has those of groups, and gets more."""
    found = EMPTY
    for piece in pieces:
        found = _then(found, _of_group(piece, known) if isinstance(piece, Group) else _of_text(piece))
    return found


def _of_group(group: Group, known: Known) -> Shape:
    if id(group) not in known:
        found, *others = [shape_of(alternative, known) for alternative in group.alternatives]
        for other in [*others, *([EMPTY] if group.optional else [])]:
            found = _either(found, other)
        known[id(group)] = group, found
    return known[id(group)][1]


@lru_cache(maxsize=4096)
def _of_text(text: str) -> Shape:
    words = list(words_in(text))
    if not words:
        return EMPTY
    kinds = [word if word in (LABEL, WORDS, ASKING) else "other" for word in words]
    own = sum(word[0].isalnum() or word[-1].isalnum() for word in words)
    return Shape(
        frozenset({min(2, words.count(LABEL))}),
        frozenset({(WORDS in words, min(MOST_COUNTED, own))}),
        frozenset({kinds[0]}),
        frozenset({kinds[-1]}),
        frozenset(pairwise(kinds)),
    )
