"""What stands before an object that holds the answer: an announcement, which says nothing, or its reasons."""

import re

from polarity.contract.adornments import Taken, without_adornments
from polarity.contract.canonical import canonical, canonical_answer
from polarity.contract.loading import Contract
from polarity.contract.sentences import words_in
from polarity.contract.vocabulary import words_of

SENTENCE = re.compile(r"(?:[.!?]\s|\n)(?=[^.!?\n]*:\Z)")  # the last one, if a colon ends it
FIRST_PREAMBLE = re.compile(r"(?P<said>[^,.:;!\n]*)[,.!] ")
LISTED = re.compile(  # an item of a list ends without a full stop
    r"[\s\"'«“]*(?:\*\*|__)?\s*(?:[-*•]|\d{1,2}[.)])\s"
)
DRESS = " \t\n\"'«“*_"  # before an object it says nothing


def without_announcement(before: str, contract: Contract, taken: Taken) -> str:
    """Take off the sentence before an object that only announces it, and add it to `taken`.

    >>> from polarity.contract import load_contract
    >>> without_announcement("It works. Here is the JSON:", load_contract(), [])
    'It works. '
    """
    text = before.rstrip(DRESS)
    if not text.endswith(":"):
        return before
    start = max((mark.end() for mark in SENTENCE.finditer(text)), default=0)
    said = without_adornments(canonical_answer(text[start:-1]), contract, [])
    first = FIRST_PREAMBLE.match(said)
    at = first.end() if first and first["said"] in contract.preambles else 0
    opens = next(contract.openings.openings(words_in(said, at)), None) is not None
    if not opens or contract.wrappings.telling.finds(said) or contract.rejections & words_of(said):
        return before
    taken.append(("announcement", text[start:]))
    return text[:start]


def whole_lead(before: str, contract: Contract) -> str:
    """Give what stands before an object if it is whole: sentences, a list, a declared opening at its end.

    >>> from polarity.contract import load_contract
    >>> [whole_lead(text, load_contract()) for text in ("It works. ", "It is not ")]
    ['it works', '']
    """
    text = before.rstrip(" \t\n*_")
    if text.endswith(":"):
        *sentences, last = SENTENCE.split(text, maxsplit=1)
        if canonical(last[:-1]) not in contract.preambles:
            return ""
        return canonical_answer("".join(sentences))
    is_whole = text.endswith((".", "!")) or (
        "\n" in before[len(text) :] and LISTED.match(text[text.rfind("\n") + 1 :])
    )
    return canonical_answer(text) if is_whole else ""
