"""What a reason may not say about the statement that it follows.

"Positive. The staff were rude." still says positive: whether a reason is a good one is not the
mapper's business. But a reason that states another label, or takes the statement back, leaves
nobody knowing what was meant.

What a negator denies is read as NegEx reads it: a few words behind it, no further than the clause,
and not if the phrase only looks like a negation (Chapman et al. 2001, "A simple algorithm for
identifying negated findings and diseases in discharge summaries").
"""

import re
from collections.abc import Iterable, Iterator

from polarity.contract.checks import WORDS, is_contracted_not
from polarity.contract.diagnosis import NUMERIC, runs_on
from polarity.contract.loading import Contract
from polarity.contract.statements import read_framed
from polarity.types import UnmappedReason

SENTENCE_END = re.compile(r"[.!?\n]")
CLAUSE_END = re.compile(r"[.,;:!?()\n]")
SCOPE = 8  # words behind a negator that it can deny: "does not express any strong positive ..."
SHORT = 3  # words of a clause that names nothing
REACH = 80  # characters that such words are looked for in
LINKS = frozenset({"are", "can", "could", "did", "do", "does", "is", "may", "might", "was", "were", "would"})


def objection(reason: str, label: str | None, contract: Contract) -> UnmappedReason | None:
    """Say why a reason voids the statement of `label` (None: an abstention), or None if it does not.

    Another label that is denied speaks for the statement: "neutral: neither good nor positive".

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> objection("the tone is not negative", "POSITIVE", contract)
    >>> objection("it is not positive", "POSITIVE", contract)
    'negated'
    """
    if label is None:
        return "conflicting" if stated_alone(CLAUSE_END.split(reason), None, contract) else None
    return (
        _spoken_against(reason, label, contract)
        or ("contrast" if _turns(reason, label, contract) else None)
        or ("multiple_labels" if _describes_another(reason, label, contract) else None)
    )


def objection_of_explanation(reason: str, label: str | None, contract: Contract) -> UnmappedReason | None:
    """Say why what stands under a JSON object's keys for reasons voids the label beside it.

    Where the contract declares asides, such a reason may weigh both sides.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> objection_of_explanation("one positive aspect is named, but it broke", "NEGATIVE", contract)
    >>> objection_of_explanation("on second thought it is positive", "NEGATIVE", contract)
    'multiple_labels'
    """
    if label is None or not contract.rules.asides:
        return objection(reason, label, contract)
    return _spoken_against(reason, label, contract, weighs=True) or (
        "multiple_labels" if _describes_another(reason, label, contract) else None
    )


def objection_of_lead(lead: str, label: str | None, contract: Contract) -> UnmappedReason | None:
    """Say why what stands before a closing statement voids it: as a reason would, and more.

    An input that the model wrote itself speaks of another text, and whoever asks does not state.
    """
    if runs_on("\n" + lead, contract):
        return "runaway"
    if "?" in lead:
        return "undeclared"
    return objection(lead, label, contract)


def _spoken_against(
    reason: str, label: str, contract: Contract, *, weighs: bool = False
) -> UnmappedReason | None:
    """Say why the words of a reason speak against the label. One that `weighs` may name another."""
    return (
        _at_once(reason, contract)
        or _of_mentions(reason, label, contract, weighs=weighs)
        or stated_alone(CLAUSE_END.split(reason), label, contract)
        or ("conflicting" if contract.retractions.finds(reason) or declines(reason, contract) else None)
    )


def _at_once(reason: str, contract: Contract) -> UnmappedReason | None:
    """Say what the very beginning of a reason shows: that it is none, or denies all."""
    if NUMERIC.fullmatch(reason):
        return "numeric"  # "positive: 0.2" is a score, whatever it is of
    words = WORDS.findall(reason[:REACH])
    if not words and reason.strip(" .])"):
        return "undeclared"  # "positive :("
    if words and all(map(contract.denies, words)):
        return "negated"
    return "negated" if _denies_outright(reason, contract) else None


def _denies_outright(reason: str, contract: Contract) -> bool:
    """Say whether the first clause is short and ends in a denial: "it is not", "it ain't"."""
    *others, last = WORDS.findall(CLAUSE_END.split(reason, maxsplit=1)[0]) or [""]
    if not 1 <= len(others) < SHORT:
        return False
    return is_contracted_not(last) or (others[-1] in LINKS and contract.denies(last))


def declines(text: str, contract: Contract) -> bool:
    """Say whether a text declines to choose: in declared words, or by a sentence that refuses or abstains.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> declines("it is difficult to determine the sentiment", contract)
    True
    >>> declines("it is difficult to find a plumber", contract)
    False
    """
    if contract.wrappings.declines.search(text):
        return True
    for sentence in map(str.strip, SENTENCE_END.split(text)):
        opens = contract.refusals.opens(contract.pseudo_negations.blanked(sentence))  # not "i can't wait"
        if opens and any(map(contract.denies, WORDS.findall(sentence))):
            return True
        if contract.abstain_pattern.might_find(sentence):
            found = read_framed(sentence, contract)
            if found and found.label is None:
                return True
    return False


def ends_unsaid(text: str) -> bool:
    """Say whether a text breaks off before its first sentence ends: nobody knows how it went on.

    >>> ends_unsaid("with the price bu ..."), ends_unsaid("with it. they ...")
    (True, False)
    """
    return text.endswith("...") and not SENTENCE_END.search(text.rstrip(". "))


def _turns(reason: str, label: str, contract: Contract) -> bool:
    """Say whether a sentence goes on behind a contrast with a cue that points elsewhere."""
    if contract.description is None or not contract.contrast_pattern.might_find(reason):
        return False
    for sentence in SENTENCE_END.split(reason):
        first = next(contract.contrast_pattern.all_in(sentence), None)  # the rest stands behind it
        if first and any(points_away(sentence[first.end() :], label, contract)):
            return True
    return False


def _describes_another(reason: str, label: str, contract: Contract) -> bool:
    """Say whether a sentence describes what another label says: "positive. the author is angry"."""
    words = contract.description
    if words is None or not words.anywhere.might_find(reason):
        return False
    sentences = (words.pattern.match(part.strip()) for part in CLAUSE_END.split(reason))
    return any(
        words.states(sentence["cue"], sum(map(contract.denies, WORDS.findall(sentence["lead"]))))
        not in (None, label)
        for sentence in sentences
        if sentence
    )


def points_away(text: str, label: str, contract: Contract) -> Iterator[str]:
    """Give the cues in a text that state something else than a label.

    >>> from polarity.contract import load_contract
    >>> list(points_away("happy, and not satisfied", "POSITIVE", load_contract()))
    ['satisfied']
    """
    described = contract.description
    for cue in described.anywhere.all_in(text) if described else ():
        denials = int(is_denied(text, cue.start(), contract))
        if described and described.states(cue.group(), denials) != label:
            yield cue.group()


def _of_mentions(reason: str, label: str, contract: Contract, *, weighs: bool) -> UnmappedReason | None:
    """Hold every label's word in a reason against the label stated."""
    for found in contract.mention_pattern.all_in(reason):
        if weighs and contract.asides.match(reason, found.end()):
            continue
        denied = is_denied(reason, found.start(), contract)
        if contract.mentions[found.group()] == label:
            if denied or _is_taken_back(reason, found.end(), contract):
                return "negated"
        elif not denied and not only_mentions(reason, found.start(), found.end(), contract):
            return "runaway" if runs_on("\n" + reason, contract) else "multiple_labels"
    return None


def only_mentions(text: str, start: int, end: int, contract: Contract) -> bool:
    """Say whether a label's word only names an aspect: "some negative points, but he recommends it".

    Behind a contrast it takes back, and where a contrast ends the sentence, too.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> only_mentions("it has one negative point.", 11, 19, contract)
    True
    >>> only_mentions("but it has one negative point.", 15, 23, contract)
    False
    """
    if not contract.rules.asides or not contract.asides.match(text, end):
        return False
    before = SENTENCE_END.split(text[max(0, start - REACH) : start])[-1]
    behind = SENTENCE_END.split(text[end : end + REACH], maxsplit=1)[0]
    turn = next(contract.contrast_pattern.all_in(before), None)
    if turn and not (contract.concessions.opens(before.lstrip()) and "," not in before):
        return False
    return not any(word in contract.contrasts for word in WORDS.findall(behind)[-2:])


def stated_alone(clauses: Iterable[str], label: str | None, contract: Contract) -> UnmappedReason | None:
    """Look for a clause that is a statement itself, of another label or of none: "positive. not sure".

    >>> from polarity.contract import load_contract
    >>> stated_alone(["it works", " negative"], "POSITIVE", load_contract())
    'multiple_labels'
    """
    for clause in clauses:
        stated = contract.statements.get(clause.strip())
        if stated and stated.label != label:
            return "multiple_labels" if stated.label else "conflicting"
    return None


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


def _is_taken_back(text: str, at: int, contract: Contract) -> bool:
    """Say whether a negator follows a label's word at once, or behind a link: "positive is not"."""
    clause = CLAUSE_END.split(text[at : at + REACH], maxsplit=1)[0]
    words = WORDS.findall(clause)
    if words and words[0] in LINKS:
        words = words[1:]
    return bool(words) and contract.denies(words[0])
