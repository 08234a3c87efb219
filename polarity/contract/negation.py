"""What a negator denies.

It is read as NegEx reads it: a few words behind it, no further than the clause, and not if the phrase
only looks like a negation (Chapman et al. 2001, "A simple algorithm for identifying negated findings
and diseases in discharge summaries").
"""

import re
from collections.abc import Sequence

from polarity.contract.checks import WORDS
from polarity.contract.loading import Contract
from polarity.contract.vocabulary import ALTERNATIVES, any_of

OR = re.compile(
    rf",? (?:{any_of(ALTERNATIVES | {'nor', 'ni', 'noch', 'nem', 'né', 'ani', 'ни'})}) (?:an? |an? \w+ly )?"
)
SENTENCE_END = re.compile(r"[.!?\n]")
SENTENCE_PART = re.compile(r"[,;:()]")
FAR = 160  # characters before alternatives in which their denial is looked for
MOST_LINKED = 4  # words between a comma and alternatives: "either", "whether it is"
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


def denied_among(text: str, named: Sequence[re.Match[str]], contract: Contract) -> list[bool]:
    """Say of each label's word in a text whether it is denied; of alternatives one denial denies all.

    >>> from polarity.contract import load_contract
    >>> contract, text = load_contract(), "it shows no strong emotion, either positive or negative"
    >>> denied_among(text, list(contract.mention_pattern.all_in(text)), contract)
    [True, True]
    """
    found: list[bool] = []
    for at, one in enumerate(named):
        goes_on = found and OR.fullmatch(text, named[at - 1].end(), one.start())
        if goes_on:
            found.append(found[-1])
            continue
        is_pair = at + 1 < len(named) and OR.fullmatch(text, one.end(), named[at + 1].start())
        denied = is_denied(text, one.start(), contract)
        found.append(denied or bool(is_pair and _is_denied_before(text, one.start(), contract)))
    return found


def _is_denied_before(text: str, at: int, contract: Contract) -> bool:
    """Say whether the clause before that of two alternatives denies them: "no feeling, be it good or bad"."""
    *others, last = SENTENCE_PART.split(SENTENCE_END.split(text[max(0, at - FAR) : at])[-1])
    words = WORDS.findall(" ".join(others))
    if len(last.split()) > MOST_LINKED or not contract.hypotheses.isdisjoint(last.split()[1:]):
        return False
    turned = any(word in contract.contrasts for word in words)
    return not turned and any(map(contract.denies, words))


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
