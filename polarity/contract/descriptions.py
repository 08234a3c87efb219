"""Sentences that state a label without a label's word: "the customer is frustrated with the delay".

A description is a declared subject, declared links and fillers, and a declared cue; behind the cue
the text ends, or a mark or a declared tail opens the rest. A negator before the cue turns it, if
the contract says into what. All of the text is read: a contrast, a label's word, a retraction or a
cue that points elsewhere voids the whole.
"""

from polarity.contract.checks import WORDS
from polarity.contract.first_said import may_turn
from polarity.contract.loading import Contract
from polarity.contract.reasons import ends_unsaid, points_away
from polarity.contract.statements import LONGEST_HEAD, Reading
from polarity.types import Span, UnmappedReason

AFTER_TAIL = 2  # words behind a cue: its tail, and what that opens with


def read_description(text: str, contract: Contract) -> Reading | UnmappedReason | None:
    """Read a text that describes: a reading, the reason why its rest voids it, or None if it does not.

    >>> from polarity.contract import load_contract
    >>> read_description("this sounds frustrating for the user", load_contract()).label
    'NEGATIVE'
    """
    words = contract.description
    if words is None or not words.anywhere.might_find(text):
        return None
    sentence = words.pattern.match(text, 0, LONGEST_HEAD)
    if sentence is None:
        return None
    cue, lead = sentence["cue"], WORDS.findall(sentence["lead"])
    denials = sum(map(contract.denies, lead))
    label = words.states(cue, denials)
    if label is None:
        return "negated"
    rest = text[sentence.end("cue") :]
    if ends_unsaid(rest) or may_turn(rest):
        return None
    if voided := _objection(text, rest, label, contract, deniable=cue in words.denied):
        return voided
    start, end = sentence.start("lead"), sentence.end("cue")
    span = Span(start, end, text[start:end])
    return Reading(label, f"description/{'not ' if denials else ''}{cue}", span)


def _objection(
    text: str, rest: str, label: str, contract: Contract, *, deniable: bool
) -> UnmappedReason | None:
    if contract.mention_pattern.finds(text) or contract.retractions.finds(rest):
        return "conflicting"
    if contract.contrast_pattern.finds(rest):
        return "contrast"
    if contract.refusals.finds(rest):
        return "refusal"  # "that is disappointing, i cannot see the text": the model speaks of itself
    if deniable and any(map(contract.denies, WORDS.findall(rest)[:AFTER_TAIL])):
        return "negated"  # "satisfied with nothing"
    if "?" in rest:
        return "undeclared"  # whoever asks does not state
    return "conflicting" if any(points_away(rest, label, contract)) else None
