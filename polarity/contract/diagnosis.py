"""Why no rule accounts for an answer. Reads words loosely: it only ever explains, and never gives a label."""

import re

from polarity.contract.checks import WORDS
from polarity.contract.loading import Contract
from polarity.types import UnmappedReason

NUMBERED = re.compile(r" #?\d{1,3}:")  # "review 2:"
NUMERIC = re.compile(r"(?=.*[\d★⭐])(?:[\d\s.,/%:+★☆⭐-]|label|of|out|percent|points?|rating|score|stars?)+")


def diagnose(text: str, contract: Contract) -> UnmappedReason:
    """Name why no rule accounts for a canonical text.

    >>> from polarity.contract import load_contract
    >>> diagnose("positive, negative or neutral", load_contract())
    'label_echo'
    """
    if runs_on(text, contract):
        return "runaway"
    if contract.refusals.opens(text):
        return "refusal"
    if reason := _of_labels(text, contract):
        return reason
    return "numeric" if NUMERIC.fullmatch(text) else "undeclared"


def runs_on(text: str, contract: Contract) -> bool:
    r"""Say whether the model went on with the prompt's own form: "positive\nText: ..."."""
    return any(line.startswith(contract.prompt_lines) for line in text.split("\n")[1:])


def opens_an_input(text: str, contract: Contract) -> bool:
    r"""Say whether a line opens as an input of the prompt does, or what stands behind a colon.

    Canonical text has what stood in the line behind a colon in the same line.

    >>> from polarity.contract import load_contract
    >>> opens_an_input("it works.\nreview: it leaks.", load_contract())
    True
    >>> opens_an_input("here is another one: review: it leaks.", load_contract())
    True
    """
    return any(
        line.startswith(contract.prompt_lines)
        for line in NUMBERED.sub(":", text).replace(": ", ":\n").split("\n")
    )


def _of_labels(text: str, contract: Contract) -> UnmappedReason | None:
    """Name why a text that names a label, or several, takes it back; None if it does not."""
    named = {contract.mentions[found.group()] for found in contract.mention_pattern.all_in(text)}
    if not named:
        return None
    words = WORDS.findall(text)
    if any(map(contract.denies, words)):
        return "negated"
    if len(named) > 1:
        return "label_echo" if len(named) == len(contract.labels) else "multiple_labels"
    if contract.abstain_pattern.finds(text) or contract.retractions.finds(text):
        return "conflicting"
    return "contrast" if any(word in contract.contrasts for word in words) else None
