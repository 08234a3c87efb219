"""What a contract declares to stand around an answer, compiled: what is taken off, and what parts it.

Whatever is taken off is declared, and is kept beside the answer (`unwrapping.Answer.taken`), so that
nothing is ever dropped unread.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from polarity.contract.canonical import spelled
from polarity.contract.numbers import LINE_FEED, Numbers, numbers
from polarity.contract.patterns import regular_expression
from polarity.contract.rules import Rules, texts
from polarity.contract.vocabulary import Finder, any_of

BRACKET = "]"  # as a separator: square brackets part the label in them from what follows


@dataclass(frozen=True)
class Wrappings:
    """What may stand around an answer by some rules."""

    reasoning: re.Pattern[str]  # how a reasoning block opens; the group `tag` is its name
    fence_tags: frozenset[str]
    end_tokens: re.Pattern[str]  # one, at the end
    next_examples: tuple[str, ...]  # how a line of an invented next example begins
    numbers: Numbers | None
    has_brackets: bool
    openers: re.Pattern[str]  # a label's word alone, before what may open a reason without a mark
    label_keys: frozenset[str]
    reason_keys: frozenset[str]
    side_keys: frozenset[str]
    code_keys: frozenset[str]
    telling: Finder  # any declared word that can say something of the answer
    declines: re.Pattern[str]


def wrappings(rules: Rules) -> Wrappings:
    """Compile what may stand around an answer.

    >>> from polarity.contract import load_contract
    >>> sorted(wrappings(load_contract().rules).fence_tags)[:2]
    ['json', 'jsonc']
    """
    return Wrappings(
        reasoning=re.compile(rf"[<\[](?P<tag>{any_of(texts(rules.reasoning_tags))})[>\]]", re.IGNORECASE),
        fence_tags=frozenset(texts(rules.fence_tags)),
        end_tokens=re.compile(rf"\s*{any_of(rules.end_tokens)}\Z", re.IGNORECASE),
        next_examples=texts(rules.next_examples),
        numbers=numbers(rules),
        has_brackets={BRACKET, LINE_FEED} <= set(rules.separators),
        openers=re.compile(rf"{any_of(_words(rules.aliases))}(?= {any_of(texts(rules.openers))}(?!\w))"),
        label_keys=frozenset(texts(rules.json_keys)),
        reason_keys=frozenset(texts(rules.json_reason_keys)),
        side_keys=frozenset(texts(rules.json_side_keys)),
        code_keys=frozenset(texts(rules.json_code_keys)),
        telling=Finder(_telling(rules)),
        declines=re.compile(rf"(?<!\w)(?:{'|'.join(map(_expression, rules.declines)) or '(?!)'})(?!\w)"),
    )


def _expression(pattern: str) -> str:
    return regular_expression(spelled(pattern))


def _words(named: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [text for words in named.values() for text in texts(words)]


def _telling(rules: Rules) -> Iterable[str]:
    """Give every declared word by which a text can state a label, deny one or take it back."""
    cues = rules.description.cues if rules.description else {}
    by_label = (rules.aliases, rules.mentions, rules.phrases, cues)
    lists = (rules.abstain, rules.retractions, rules.negators, rules.contrasts, rules.refusals)
    return {*chain.from_iterable(map(_words, by_label)), *chain.from_iterable(map(texts, lists))}
