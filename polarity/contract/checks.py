"""What the rules of one contract may not say together.

One canonical text may mean one thing only, and what stands around a label's word may not deny it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from polarity.contract.canonical import spelled
from polarity.contract.declared import texts, texts_of
from polarity.contract.parts import REFERENCE
from polarity.contract.rules import Rules

BRACKETS = re.compile(r"[\[\]()|]")
WORDS = re.compile(r"[\w']+")


def labels_of(rules: Rules) -> Iterator[tuple[str, str]]:
    """Give every label that the rules speak of, with the key under which they do."""
    yield from (("rules.aliases", label) for label in rules.aliases)
    yield from (("rules.phrases", label) for label in rules.phrases)
    yield from (("rules.mentions", label) for label in rules.mentions)
    yield from (("rules.feelings", label) for label in rules.feelings)
    yield from (("rules.judgements", label) for label in rules.judgements)
    if rules.description:
        yield from (("rules.description.cues", label) for label in rules.description.cues)
        yield from (("rules.description.denied", label) for label in rules.description.denied)


def collisions(rules: Rules) -> Iterator[str]:
    """Say which canonical text stands for two things."""
    yield from _meaning_two_things(_statements(rules))
    if rules.description:
        yield from _meaning_two_things(_keyed("rules.description.cues", rules.description.cues))


def _meaning_two_things(declared: Iterable[tuple[str, Sequence[str]]]) -> Iterator[str]:
    meaning: dict[str, str] = {}
    for key, statements in declared:
        new = dict.fromkeys(statements, key)
        if not new.keys().isdisjoint(meaning.keys()):
            again = {text: meaning[text] for text in new if text in meaning}
            yield from (f"{key}: {text!r} is already declared under {first}" for text, first in again.items())
            new |= again
        meaning |= new


def _statements(rules: Rules) -> Iterator[tuple[str, Sequence[str]]]:
    yield from _keyed("rules.aliases", rules.aliases)
    yield from _keyed("rules.phrases", rules.phrases)
    yield "rules.abstain", texts(rules.abstain)
    yield "rules.preambles", texts(rules.preambles)
    for label, words in rules.aliases.items():
        modified = [f"{modifier} {word}" for word in texts(words) for modifier in texts(rules.modifiers)]
        yield f"rules.modifiers with rules.aliases.{label}", modified


def _keyed(key: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, Sequence[str]]]:
    yield from ((f"{key}.{label}", texts(group)) for label, group in words.items())


def denials(rules: Rules) -> Iterator[str]:
    """Say what denies where it may not: only a whole declared phrase may hold a negator."""
    around: dict[str, tuple[tuple[str, ...], Callable[[str], Iterable[str]]]] = {
        "rules.modifiers": (rules.modifiers, texts_of),
        **{key: (frames, _bare) for key, frames in _sentences(rules)},
        "rules.preambles": (rules.preambles, texts_of),
        "rules.description.subjects": (rules.description.subjects if rules.description else (), texts_of),
    }
    denying = {*texts(rules.negators), *texts(rules.contrasts)}
    for key, (patterns, spell) in around.items():
        for pattern in patterns:
            if any(word in denying or is_contracted_not(word) for word in _words_in(pattern, spell)):
                yield from (
                    f"{key}: {text!r} holds {word!r}, which denies"
                    for text in spell(pattern)
                    for word in WORDS.findall(text)
                    if word in denying or is_contracted_not(word)
                )


@lru_cache(maxsize=4096)
def _words_in(pattern: str, spell: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """Keep the words of a pattern: each language of a contract asks again for those of its own rules."""
    parts = set(" ".join(spell(pattern)).split())  # thousands of texts are made of few
    return frozenset(word for part in parts for word in WORDS.findall(part))


def _sentences(rules: Rules) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what stands around labels in sentences; what declines may deny."""
    yield from (
        (f"rules.{key}", getattr(rules, key)) for key in ("frames", "leading", "closing", "afterwords")
    )
    yield from ((f"rules.parts.{name}", patterns) for name, patterns in rules.parts.items())


def _bare(frame: str) -> tuple[str, ...]:
    """Give a frame's words with its brackets parting them, and with its brackets gone from inside them."""
    text = spelled(REFERENCE.sub(" ", frame))
    return tuple(dict.fromkeys((BRACKETS.sub(" ", text), BRACKETS.sub("", text))))


def is_contracted_not(word: str) -> bool:
    """Say whether a word is an English contraction of "not", whatever it is of.

    >>> is_contracted_not("isn't"), is_contracted_not("dont"), is_contracted_not("font")
    (True, True, False)
    """
    return word.endswith("n't") or word in CONTRACTIONS


CONTRACTIONS = frozenset(
    {"aint", "arent", "cannot", "cant", "couldnt", "didnt", "doesnt", "dont", "hadnt", "hasnt", "havent"}
    | {"isnt", "shouldnt", "wasnt", "werent", "wont", "wouldnt"}
)
