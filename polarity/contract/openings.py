"""What may open a sentence that states, and says nothing itself: "based on the review of the lamp, ..."."""

import re

from polarity.contract.loading import Contract
from polarity.contract.sentences import tokens, words_in

WORD = re.compile(r"(\w+)'?")
LONGEST = 200  # characters of an opening
ENDS = (",", ":")
SENTENCE_END = re.compile(r"[.!?:,] ")


def repeats_input(lead: str, contract: Contract) -> bool:
    """Say whether the line that a text ends in repeats an input without marks: "the user wrote: ...".

    Where the input ends nobody knows, so that what follows in the line may be its own.

    >>> from polarity.contract import load_contract
    >>> repeats_input("the user wrote: i hate it. ", load_contract())
    True
    """
    line = lead[lead.rfind("\n") + 1 :]
    for start in (0, *(mark.end() for mark in SENTENCE_END.finditer(line))):
        word = WORD.match(line, start)
        if word and not contract.echoes.first_words.isdisjoint((word[0], word[1])):
            words = (token.text for token in tokens(line, start, start + LONGEST))
            if next(contract.echoes.openings(words), None) is not None:
                return True
    return False


def behind_opening(text: str, start: int, contract: Contract) -> int | None:
    """Give the place behind a declared opening that begins at a place, and behind the mark that ends it.

    Nothing in its slots may name a label, deny, turn or take back.

    >>> from polarity.contract import load_contract
    >>> behind_opening("based on the colour of the lamp, positive", 0, load_contract())
    33
    """
    word = WORD.match(text, start)
    if word is None or contract.openings.first_words.isdisjoint((word[0], word[1])):
        return None
    ends = list(contract.openings.openings(words_in(text, start, start + LONGEST)))
    first = tokens(text, start, start + LONGEST) if ends else []
    for count in ends:
        if count < len(first) - 1 and first[count].text in ENDS:
            between = text[start : first[count].start]
            if repeats_input(text[start : first[count].end], contract):
                return None
            if contract.openings.know(token.text for token in first[:count]) or not contract.speaks_up(
                between
            ):
                return first[count + 1].start
    return None
