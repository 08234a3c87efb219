"""What stands beside a statement and says nothing more: brackets, numbers, letters, pictures, the choices.

All of it is declared, and is kept among what was taken; whatever no declaration accounts for stays, and
nothing accounts for it.
"""

import re

from polarity.contract.canonical import without_edges
from polarity.contract.letters import CHOICE, LETTERED
from polarity.contract.loading import Contract
from polarity.contract.numbers import DIGIT, SENTENCE_BEHIND
from polarity.contract.statements import read_whole

BRACKETED = re.compile(rf"(?<=: )\[(?P<inside>[^\[\]\n]{{1,80}})\]{SENTENCE_BEHIND}")
LISTED = re.compile(r"1[.)] (?=[^\n]+\n2[.)] )")  # a list of several: a number alone may be a code
FIRST = len("1. ")
CHOICES_OPEN = " ("
Taken = list[tuple[str, str]]


def without_adornments(text: str, contract: Contract, taken: Taken) -> str:
    """Give a canonical text without what stands beside its label words, and add that to `taken`.

    >>> from polarity.contract import load_contract
    >>> without_adornments("sentiment (positive, neutral or negative): (b) negative 👎", load_contract(), [])
    'sentiment: negative'
    """
    numbered, lettered = "[" in text or DIGIT.search(text), LETTERED.search(text)
    pictured, listed = not text.isascii(), CHOICES_OPEN in text
    if not (numbered or lettered or pictured or listed):
        return text
    said = CHOICE.sub("", text) if lettered else text
    contract = contract.tongue_of(said)  # whose label words they stand beside
    around = contract.wrappings
    given = text
    if numbered and LISTED.match(text):
        taken.append(("list number", text[:FIRST]))
        text = text[FIRST:]
    if numbered and around.has_brackets:
        text = BRACKETED.sub(lambda found: _without_brackets(found, contract), text)
    if listed:
        text = around.choices.sub(lambda found: _without_choices(found, contract, taken), text)
    if lettered and around.letters:
        text = around.letters.taken_off(text, taken)
    if pictured and around.pictures:
        text = around.pictures.taken_off(text, taken)
    if numbered and around.numbers:
        text = around.numbers.taken_off(text, taken)
    return text if text == given else without_edges(text)


def _without_brackets(found: re.Match[str], contract: Contract) -> str:
    inside = found["inside"]
    return inside + ("\n" if found["on"] else "") if read_whole(inside, contract) else found.group()


def _without_choices(found: re.Match[str], contract: Contract, taken: Taken) -> str:
    """Take off the list of choices, which holds each label, behind what is none."""
    before = contract.mention_pattern.all_in(found.string[: found.start()])
    names_one = any(named.end() == found.start() for named in before)
    labels = [
        contract.labels_of_words[named.group()] for named in contract.alias_pattern.all_in(found["listed"])
    ]
    if names_one or sorted(labels) != sorted(contract.labels):
        return found.group()
    taken.append(("choices", found["listed"]))
    return ""
