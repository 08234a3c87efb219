"""Pictures beside a statement: an emoji says no more than the label's word beside it.

Taken off are declared ornaments at the edges of a line, and the pictures that the contract declares as
companions of a label right before its word, behind it or behind its sentence. Any other picture is part
of the answer: "negative 😊" says two things.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import regex

from polarity.contract.declared import texts
from polarity.contract.rules import Rules
from polarity.contract.sentences import is_mark
from polarity.contract.vocabulary import any_of

PICTURES = r"(?P<pictures>\p{Extended_Pictographic}(?: ?\p{Extended_Pictographic})*+)"
LINE_START = r"(?:^|(?<=\n)|(?<=[:-] ))"
LINE_END = r"(?=$|[\n.,:;!]| [(|/\u2013\u2014-])"


@dataclass(frozen=True)
class Pictures:
    """The pictures that may be taken off; the patterns' groups are `word`, `kept` and `pictures`."""

    before: "regex.Pattern[str]"
    behind: "regex.Pattern[str]"
    ornaments: frozenset[str]
    companions: Mapping[str, frozenset[str]]  # a label's word -> the pictures that say the same

    def taken_off(self, text: str, taken: list[tuple[str, str]]) -> str:
        """Give a canonical text without the pictures beside its statements, and add those to `taken`.

        >>> from polarity.contract import load_contract
        >>> taken = []
        >>> load_contract().wrappings.pictures.taken_off("😊 positive. 👍", taken), taken
        ('positive.', [('picture', '😊'), ('picture', '👍')])
        """

        def unless_it_says(found: "regex.Match[str]") -> str:
            said = {*found["pictures"]} - {" "}
            if not said <= self.ornaments | self.companions.get(found["word"] or "", frozenset()):
                return str(found.group())
            taken.append(("picture", found["pictures"]))
            return str(found["kept"])

        return str(self.behind.sub(unless_it_says, self.before.sub(unless_it_says, text)))


def pictures(rules: Rules) -> Pictures | None:
    """Compile what stands around pictures; None if none may be taken off."""
    companions = {
        word: frozenset(filter(is_mark, texts(rules.companions.get(label, ()))))
        for label, words in rules.aliases.items()
        for word in texts(words)
    }
    if not rules.ornaments and not any(companions.values()):
        return None
    word = rf"(?<!\w)(?P<word>{any_of(companions)})(?!\w)"
    return Pictures(
        before=regex.compile(rf"{LINE_START}{PICTURES} ?(?P<kept>)(?:(?={word}))?"),
        behind=regex.compile(rf"(?P<kept>(?:{word})?[.!)\"]*+) ?{PICTURES}{LINE_END}"),
        ornaments=frozenset(rules.ornaments),
        companions=companions,
    )
