"""What a reason may not say about the statement that it follows.

"Positive. The staff were rude." still says positive: whether a reason is a good one is not the
mapper's business. But a reason that states another label, or takes the statement back, leaves
nobody knowing what was meant.
"""

import re
from collections.abc import Iterable, Iterator

from polarity.contract.checks import WORDS, is_contracted_not
from polarity.contract.contradictions import is_doubted, is_less
from polarity.contract.diagnosis import NUMERIC, runs_on
from polarity.contract.loading import Contract
from polarity.contract.negation import CLAUSE_END, LINKS, REACH, denied_among, is_denied, is_taken_back
from polarity.contract.ready import QUOTATION
from polarity.contract.statements import read_framed
from polarity.types import UnmappedReason

SENTENCE_END = re.compile(r"[.!?\n]")
AROUND_CLAUSE = " \"'-\u2013\u2014\u00a1\u00bf"
AROUND_NUMBER = " ()[]."
SHORT = 3  # words of a clause that names nothing


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
        or ("multiple_labels" if describes_another(reason, label, contract) else None)
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
        "multiple_labels" if describes_another(reason, label, contract) else None
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
        ("runaway" if runs_on("\n" + reason, contract) else None)
        or _at_once(reason, contract)
        or _of_mentions(reason, label, contract, weighs=weighs)
        or stated_alone(CLAUSE_END.split(reason), label, contract)
        or ("conflicting" if _takes_back(reason, contract) else None)
    )


def _takes_back(reason: str, contract: Contract) -> bool:
    return contract.retractions.finds(reason) or declines(reason, contract) or is_doubted(reason, contract)


def _at_once(reason: str, contract: Contract) -> UnmappedReason | None:
    """Say what the very beginning of a reason shows: that it is none, or denies all."""
    if NUMERIC.fullmatch(reason) or is_less(reason.strip(AROUND_NUMBER), contract):
        return "numeric"  # "positive: 0.2" is a score, whatever it is of
    if _is_bare_denial(reason, contract):
        return "negated"
    words = WORDS.findall(reason[:REACH])
    if not words and reason.strip(" .])"):
        return "undeclared"  # "positive :("
    return "negated" if _denies_outright(reason, contract) else None


def _is_bare_denial(reason: str, contract: Contract) -> bool:
    """Say whether a clause does nothing but deny: "hmm, no"."""
    clauses = (WORDS.findall(clause) for clause in CLAUSE_END.split(QUOTATION.sub(" ", reason)))
    return any(words and all(map(contract.denies, words)) for words in clauses)


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


def describes_another(reason: str, label: str, contract: Contract) -> bool:
    """Say whether a sentence describes what another label says.

    >>> from polarity.contract import load_contract
    >>> describes_another("the author is angry", "POSITIVE", load_contract())
    True
    """
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
    named = list(contract.mention_pattern.all_in(reason))
    denials = denied_among(reason, named, contract)
    for found, denied in zip(named, denials, strict=True):
        if weighs and contract.asides.match(reason, found.end()):
            continue
        if contract.mentions[found.group()] == label:
            if denied or is_taken_back(reason, found.end(), contract):
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
    """Look for a clause that states another label or none, or rejects what was stated: "not sure", "wrong".

    >>> from polarity.contract import load_contract
    >>> stated_alone(["it works", " negative"], "POSITIVE", load_contract())
    'multiple_labels'
    """
    for clause in clauses:
        words = clause.strip(AROUND_CLAUSE)
        stated = contract.statements.get(words)
        if stated and stated.label != label:
            return "multiple_labels" if stated.label else "conflicting"
        if words in contract.rejections:
            return "conflicting"  # "positive. wrong!"
    return None
