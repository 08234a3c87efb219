"""What the rules of one contract may not say together.

One canonical text may mean one thing only, and what stands around a label's word may not deny it.
"""

import re
from collections.abc import Iterator, Mapping

from polarity.contract.canonical import spelled
from polarity.contract.parts import REFERENCE
from polarity.contract.rules import Description, Rules, texts

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
    meaning: dict[str, str] = {}
    for key, statement in _statements(rules):
        first = meaning.setdefault(statement, key)
        if first != key:
            yield f"{key}: {statement!r} is already declared under {first}"
    if rules.description:
        yield from _two_ways(rules.description)


def _statements(rules: Rules) -> Iterator[tuple[str, str]]:
    yield from _keyed("rules.aliases", rules.aliases)
    yield from _keyed("rules.phrases", rules.phrases)
    yield from (("rules.abstain", word) for word in texts(rules.abstain))
    yield from (("rules.preambles", word) for word in texts(rules.preambles))
    for label, words in rules.aliases.items():
        for word in texts(words):
            yield from (
                (f"rules.modifiers with rules.aliases.{label}", f"{modifier} {word}")
                for modifier in texts(rules.modifiers)
            )


def _two_ways(description: Description) -> Iterator[str]:
    way: dict[str, str] = {}
    for key, cue in _keyed("rules.description.cues", description.cues):
        first = way.setdefault(cue, key)
        if first != key:
            yield f"{key}: {cue!r} is already declared under {first}"


def _keyed(key: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    yield from ((f"{key}.{label}", word) for label, group in words.items() for word in texts(group))


def denials(rules: Rules) -> Iterator[str]:
    """Say what denies where it may not: only a whole declared phrase may hold a negator."""
    around = {
        "rules.modifiers": texts(rules.modifiers),
        **{key: _all_bare(frames) for key, frames in _sentences(rules)},
        "rules.preambles": texts(rules.preambles),
        "rules.description.subjects": texts(rules.description.subjects) if rules.description else (),
    }
    denying = {*texts(rules.negators), *texts(rules.contrasts)}
    for key, words in around.items():
        parts = set(" ".join(words).split())  # tens of thousands of texts are made of few
        used = {word for part in parts for word in WORDS.findall(part)}
        if found := {word for word in used if word in denying or is_contracted_not(word)}:
            yield from (
                f"{key}: {text!r} holds {word!r}, which denies"
                for text in words
                for word in WORDS.findall(text)
                if word in found
            )


def _sentences(rules: Rules) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what stands around labels in sentences; what declines may deny."""
    yield from (
        (f"rules.{key}", getattr(rules, key)) for key in ("frames", "leading", "closing", "afterwords")
    )
    yield from ((f"rules.parts.{name}", patterns) for name, patterns in rules.parts.items())


def _all_bare(frames: tuple[str, ...]) -> list[str]:
    return [text for frame in frames for text in dict.fromkeys(_bare(frame))]


def _bare(frame: str) -> tuple[str, str]:
    """Give a frame's words with its brackets parting them, and with its brackets gone from inside them."""
    text = spelled(REFERENCE.sub(" ", frame))
    return BRACKETS.sub(" ", text), BRACKETS.sub("", text)


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
