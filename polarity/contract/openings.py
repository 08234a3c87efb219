"""What may open a sentence that states, and says nothing itself: "based on the review of the lamp, ..."."""

import re

from polarity.contract.loading import Contract
from polarity.contract.sentences import tokens, words_in

WORD = re.compile(r"(\w+)'?")
LONGEST = 200  # characters of an opening
ENDS = (",", ":")


def behind_opening(text: str, start: int, contract: Contract) -> int | None:
    """Give the place behind a declared opening that begins at a place, and behind the mark that ends it.

    Nothing in its slots may name a label, deny, turn or take back.

    >>> from polarity.contract import load_contract
    >>> behind_opening("based on the colour of the lamp, positive", 0, load_contract())
    33
    """
    word = WORD.match(text, start)
    if word is None or contract.first_of_openings.isdisjoint((word[0], word[1])):
        return None
    ends = list(contract.openings.openings(words_in(text, start, start + LONGEST)))
    first = tokens(text, start, start + LONGEST) if ends else []
    for count in ends:
        if count < len(first) - 1 and first[count].text in ENDS:
            between = text[start : first[count].start]
            if contract.openings.know(token.text for token in first[:count]) or not contract.speaks_up(
                between
            ):
                return first[count + 1].start
    return None
