"""What a negator denies.

It is read as NegEx reads it: a few words behind it, no further than the clause, and not if the phrase
only looks like a negation (Chapman et al. 2001, "A simple algorithm for identifying negated findings
and diseases in discharge summaries").
"""

import re

from polarity.contract.checks import WORDS
from polarity.contract.loading import Contract

CLAUSE_END = re.compile(r"[.,;:!?()\n]")
SCOPE = 8  # words behind a negator that it can deny: "does not express any strong positive ..."
REACH = 80  # characters in which words beside a place are looked for
LINKS = frozenset({"are", "can", "could", "did", "do", "does", "is", "may", "might", "was", "were", "would"})


def is_denied(text: str, at: int, contract: Contract) -> bool:
    """Say whether a negator stands before a place, in the same clause and near enough.

    >>> from polarity.contract import load_contract
    >>> is_denied("it is not very negative", 15, load_contract())
    True
    """
    clause = CLAUSE_END.split(text[max(0, at - REACH) : at])[-1]
    for word in reversed(WORDS.findall(contract.pseudo_negations.blanked(clause))[-SCOPE:]):
        if contract.denies(word):
            return True
        if word in contract.contrasts:
            return False
    return False


def is_taken_back(text: str, at: int, contract: Contract) -> bool:
    """Say whether a label's word is denied or rejected at once, or behind a link: "positive is not".

    >>> from polarity.contract import load_contract
    >>> is_taken_back("positive does not fit", 8, load_contract())
    True
    """
    clause = CLAUSE_END.split(text[at : at + REACH], maxsplit=1)[0]
    words = [word for word in WORDS.findall(clause) if word.strip("'")]
    if words and words[0] in LINKS:
        words = words[1:]
    return bool(words) and (contract.denies(words[0]) or " ".join(words) in contract.rejections)
