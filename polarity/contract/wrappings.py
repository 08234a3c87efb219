"""What a contract declares to stand around an answer, compiled: what is taken off, and what parts it.

Whatever is taken off is declared, and is kept beside the answer (`unwrapping.Answer.taken`), so that
nothing is ever dropped unread.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from itertools import chain

from polarity.contract.canonical import spelled
from polarity.contract.checks import WORDS
from polarity.contract.declared import texts
from polarity.contract.letters import Letters, letters
from polarity.contract.numbers import LINE_FEED, Numbers, numbers
from polarity.contract.patterns import regular_expression
from polarity.contract.pictures import Pictures, pictures
from polarity.contract.rules import Rules
from polarity.contract.vocabulary import NOTHING, Finder, any_of

OPENS_MATHS, CLOSES_MATHS = r"(?:(?:\$\$?|\\[\[(])\s*)?", r"(?:\s*(?:\$\$?|\\[\])]))?"
BRACKET = "]"  # as a separator: square brackets part the label in them from what follows


class Wrappings:
    """What may stand around an answer by some rules; each part is compiled when it is first asked for.

    >>> from polarity.contract import load_contract
    >>> sorted(Wrappings(load_contract().rules).fence_tags)[:2]
    ['json', 'jsonc']
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.fence_tags = frozenset(texts(rules.fence_tags))
        self.next_examples = texts(rules.next_examples)  # how a line of an invented next example begins
        self.has_brackets = {BRACKET, LINE_FEED} <= set(rules.separators)
        self.label_keys = frozenset(texts(rules.json_keys))
        self.reason_keys = frozenset(texts(rules.json_reason_keys))
        self.side_keys = frozenset(texts(rules.json_side_keys))
        self.code_keys = frozenset(texts(rules.json_code_keys))

    @cached_property
    def reasoning(self) -> re.Pattern[str]:
        """How a reasoning block opens; the group `tag` is its name."""
        return re.compile(rf"[<\[](?P<tag>{any_of(texts(self._rules.reasoning_tags))})[>\]]", re.IGNORECASE)

    @cached_property
    def end_tokens(self) -> re.Pattern[str]:
        """One end token, at the end."""
        return re.compile(rf"\s*{any_of(self._rules.end_tokens)}\Z", re.IGNORECASE)

    @cached_property
    def notation(self) -> re.Pattern[str]:
        r"""A LaTeX command with what it holds, also in marks of mathematics: the groups `name` and `inside`.

        >>> from polarity.contract import load_contract
        >>> Wrappings(load_contract().rules).notation.search(r"$\boxed{positive}$")["inside"]
        'positive'
        """
        name = any_of(texts(self._rules.notations))
        command = rf"\\(?P<name>{name}) ?\{{(?P<inside>[^{{}}\\\n]{{1,80}})\}}"
        return re.compile(rf"(?<![\w\\-]){OPENS_MATHS}{command}{CLOSES_MATHS}(?![\w-])")

    @cached_property
    def numbers(self) -> Numbers | None:
        """Numbers beside a label's word, if any are declared."""
        return numbers(self._rules)

    @cached_property
    def letters(self) -> Letters | None:
        """Letters of choices beside a label's word, if any are declared."""
        return letters(self._rules)

    @cached_property
    def pictures(self) -> Pictures | None:
        """Pictures beside a label's word, if any are declared."""
        return pictures(self._rules)

    @cached_property
    def choices(self) -> re.Pattern[str]:
        """The list of all labels in brackets behind a word that it explains: "sentiment (positive, ...):"."""
        word = any_of(_words(self._rules.aliases))
        listed = rf"{word}(?:(?:, (?:or |and )?| or | and | ?[/|] ?){word})+"
        return re.compile(rf"(?<=\w) \((?P<listed>{listed})\)")

    @cached_property
    def openers(self) -> re.Pattern[str]:
        """A label's word alone, before what may open a reason without a mark."""
        openers = any_of(texts(self._rules.openers))
        return re.compile(rf"{any_of(_words(self._rules.aliases))}(?= {openers}(?!\w))")

    @cached_property
    def names(self) -> re.Pattern[str]:
        """A word that names a label, or begins one that does not."""
        words = [*_words(self._rules.mentions), *_words(self._rules.aliases)]
        return re.compile(rf"(?<!\w){any_of(filter(WORDS.fullmatch, words))}")

    @cached_property
    def telling(self) -> Finder:
        """Finds any declared word by which a text can state a label, deny one or take it back."""
        rules = self._rules
        cues = rules.description.cues if rules.description else {}
        by_label = (rules.aliases, rules.mentions, rules.phrases, cues)
        lists = (rules.abstain, rules.retractions, rules.negators, rules.contrasts, rules.refusals)
        return Finder({*chain.from_iterable(map(_words, by_label)), *chain.from_iterable(map(texts, lists))})

    @cached_property
    def declines(self) -> re.Pattern[str]:
        """A way to say that nobody can tell."""
        ways = "|".join(map(_expression, self._rules.declines))
        return re.compile(rf"(?<!\w)(?:{ways or NOTHING})(?!\w)")


def _expression(pattern: str) -> str:
    return regular_expression(spelled(pattern))


def _words(named: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [text for words in named.values() for text in texts(words)]
