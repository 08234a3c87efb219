"""Other languages of a contract: each its own words and sentences; what may void counts in all of them.

An answer is read in one language: the one of which it has the most words. Its sentences are that
language's, its words that language's and those of the contract's own rules. Label words and what
turns or takes back are looked for in every language, so that no language can make another's answers
wrong.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from polarity.contract.declared import Frames, Part, Parts, Sentences, Separators, Words
from polarity.contract.rules import Rules

SENTENCES = (
    "parts",
    "frames",
    "leading",
    "closing",
    "clauses",
    "afterwords",
    "openings",
    "abstaining",
    "echoes",
)
GUARDS = (
    *("mentions", "contrasts", "retractions", "rejections", "certainties", "refusals", "fields"),
    *("json_keys", "json_reason_keys"),
)
NAMES = re.compile(r"<[^<>]*>|\{\w+\}")
WORD = re.compile(r"\w+")


class Language(Part):
    """What a contract declares of one language; each key means what it means in the rules."""

    name: str = Field(min_length=1, description="What the language is called.")
    aliases: Mapping[str, Words] = Field(description="Label -> its words in this language, inflected.")
    negators: Words = Field(description="Words that deny a label; a language without them is refused.")
    contrasts: Words = Field(description="Words that take back; a language without them is refused.")
    modifiers: Words = ()
    parts: Parts = Field(default={})
    frames: Frames = ()
    leading: Frames = ()
    closing: Frames = ()
    clauses: Separators = ()
    afterwords: Sentences = ()
    openings: Sentences = ()
    abstaining: Sentences = ()
    abstain: Words = ()
    preambles: Words = ()
    phrases: Mapping[str, Words] = {}
    companions: Mapping[str, Words] = {}
    separators: Separators = ()
    tails: Words = ()
    mentions: Mapping[str, Words] = {}
    retractions: Words = ()
    rejections: Words = ()
    certainties: Words = ()
    feelings: Mapping[str, Words] = {}
    judgements: Mapping[str, Words] = {}
    echoes: Sentences = ()
    unfinished: Words = ()
    pseudo_negations: Words = ()
    concessions: Words = ()
    hypotheses: Words = ()
    asides: Words = ()
    refusals: Words = ()
    fields: Words = ()
    json_keys: Words = ()
    json_reason_keys: Words = ()

    def words(self) -> frozenset[str]:
        """Give every word that the language declares, in whatever it declares."""
        return words_of_rules(self)


def words_of_rules(declared: Part) -> frozenset[str]:
    """Give every word in the patterns of some rules, also in their parts and sentences."""
    found = set[str]()
    for pattern in _patterns(dict(declared)):
        found.update(WORD.findall(NAMES.sub(" ", pattern).lower()))
    return frozenset(found)


def _patterns(value: object) -> Iterator[str]:
    match value:
        case tuple():
            yield from (item for item in value if isinstance(item, str))
        case Mapping():
            for inner in value.values():
                yield from _patterns(inner)
        case Part():
            yield from _patterns(dict(value))


def guarded(rules: Rules, languages: Mapping[str, Language]) -> Rules:
    """Give the contract's own rules with what every language declares to void, turn or take back.

    The words of another language's labels count as mentions: they never state in these rules.
    """
    update = {key: getattr(rules, key) for key in GUARDS}
    for language in languages.values():
        for key in GUARDS:
            update[key] = _joined(update[key], getattr(language, key))
        update["mentions"] = _joined(update["mentions"], language.aliases)
    return rules.model_copy(update=update)


def rules_of(language: Language, rules: Rules) -> Rules:
    """Give the rules by which answers of a language are read; `rules` are guarded ones."""
    own = dict(language)
    update = {key: own[key] for key in SENTENCES}
    for key in own.keys() - {"name", *SENTENCES}:
        update[key] = _joined(getattr(rules, key), own[key])
    ours = words_of_rules(language.model_copy(update={"negators": (), "pseudo_negations": ()}))
    update["negators"] = (
        *language.negators,  # of the others those that are no other word here: "un" is an article
        *(word for word in rules.negators if word not in ours and word not in language.negators),
    )
    return rules.model_copy(update=update)


def _joined(first: Any, second: Any) -> Any:
    """Join two lists, or two tables label by label, each item once."""
    if isinstance(first, Mapping):
        return {key: _joined(first.get(key, ()), second.get(key, ())) for key in {**first, **second}}
    return tuple(dict.fromkeys([*first, *second]))


def half_declared(languages: Mapping[str, Language], labels: tuple[str, ...]) -> Iterator[str]:
    """Say which language's label words come without what denies and turns them."""
    for code, language in languages.items():
        for key in ("negators", "contrasts"):
            if not getattr(language, key):
                yield (
                    f"languages.{code}.{key}: none are declared, so that what takes the label words of "
                    f"{language.name} back would be read as stating them"
                )
        for label in labels:
            if not language.aliases.get(label):
                yield f"languages.{code}.aliases: no word for label {label!r}"
        yield from (
            f"languages.{code}.aliases: {label!r} is not one of the labels"
            for label in language.aliases
            if label not in labels
        )
