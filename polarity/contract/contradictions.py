"""What speaks against a statement without another label's word: a feeling of the other side, or doubt."""

import re
from collections.abc import Mapping

from polarity.contract.loading import Contract
from polarity.contract.negation import is_denied
from polarity.contract.vocabulary import JOINTS, Finder, any_of

JOINT = re.compile(rf",|/|;| {any_of(JOINTS)} ")
DIGIT = re.compile(r"\d")
HUNDRED, TEN = 100, 10  # "confidence: 9" is of ten or of a hundred, and is not judged


def shows_another_feeling(text: str, label: str | None, contract: Contract) -> bool:
    """Say whether a text shows a strong feeling of another label, and does not deny it.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> [shows_another_feeling(text, "POSITIVE", contract) for text in ("furious", "not furious", "bad")]
    [True, False, False]
    """
    return _any_of_another(text, label, contract.feelings, contract.feeling_pattern, contract)


def judges_otherwise(text: str, label: str | None, contract: Contract) -> bool:
    """Say whether a text judges as another label would: "bad for the service" behind POSITIVE."""
    return _any_of_another(text, label, contract.judgements, contract.judgement_pattern, contract)


def judges_a_second_otherwise(text: str, label: str | None, contract: Contract) -> bool:
    """Say whether what stands behind a label judges a second thing otherwise: "for the food and bad for ...".

    What the label is said of itself may be anything: "negative towards the friendly staff".
    """
    joint = JOINT.search(text)
    return joint is not None and judges_otherwise(text[joint.end() :], label, contract)


def _any_of_another(
    text: str, label: str | None, labels: Mapping[str, str], words: Finder, contract: Contract
) -> bool:
    """Say whether some word is another label's and is not denied; a label without such words may have any."""
    return label in labels.values() and any(
        labels[found.group()] != label and not is_denied(text, found.start(), contract)
        for found in words.all_in(text)
    )


def weighs(lead: str, label: str | None, contract: Contract) -> bool:
    """Say whether reasons show both sides: they turn, show the label's own feeling, or name the label.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> weighs("the customer is furious.", "POSITIVE", contract)
    False
    >>> weighs("they were furious, and are happy now.", "POSITIVE", contract)
    True
    """
    if contract.contrast_pattern.finds(lead):
        return True
    if _feels(lead, label, contract):
        return True
    return any(contract.mentions[found.group()] == label for found in contract.mention_pattern.all_in(lead))


def agrees(text: str, label: str | None, contract: Contract) -> bool:
    """Say whether a text shows the feeling of a label and nothing of another: who said it does not matter.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> [agrees(text, "NEGATIVE", contract) for text in ("i hate it", "it is blue", "i hate it, great job")]
    [True, False, False]
    """
    named = {contract.mentions[found.group()] for found in contract.mention_pattern.all_in(text)}
    return (
        _feels(text, label, contract)
        and named <= {label}
        and not contract.contrast_pattern.finds(text)
        and not contract.retractions.finds(text)
        and not judges_otherwise(text, label, contract)
    )


def _feels(text: str, label: str | None, contract: Contract) -> bool:
    """Say whether a text shows a strong feeling of a label, and does not deny it."""
    return any(
        contract.feelings[found.group()] == label and not is_denied(text, found.start(), contract)
        for found in contract.feeling_pattern.all_in(text)
    )


def is_doubted(text: str, contract: Contract) -> bool:
    """Say whether a text gives a certainty that is less than the contract's floor.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> [is_doubted(text, contract) for text in ("confidence: 10%", "with 0.9 confidence", "10% off")]
    [True, False, False]
    """
    if not DIGIT.search(text):
        return False
    pattern = contract.certainty_pattern if contract.certainty_words.might_find(text) else None
    return pattern is not None and any(
        is_less(found["behind"] or found["before"], contract) for found in pattern.finditer(text)
    )


def is_less(number: str, contract: Contract) -> bool:
    """Say whether a number, as it is written, is a share less than the contract's floor."""
    share = share_of(number)
    return share is not None and share < contract.rules.score_floor


def share_of(number: str) -> float | None:
    """Read a number as a share of one; None if nobody knows what it is of.

    >>> [share_of(number) for number in ("0.9", "90 %", "9/10", "90", "9", "-1")]
    [0.9, 0.9, 0.9, 0.9, None, -1.0]
    """
    found = NUMBER.fullmatch(number.strip())
    if found is None:
        return None
    value = float(found["value"].replace(",", "."))
    if found["of"] or found["percent"]:
        whole = float(found["of"] or HUNDRED)
        return value / whole if whole else None
    if 1 < value <= TEN:
        return None
    return value / HUNDRED if value > TEN else value


NUMBER = re.compile(
    r"(?P<value>-?(?:\d{1,3}(?:[.,]\d{1,6})?|[.,]\d{1,6}))(?: ?(?P<percent>%|percent)| ?/ ?(?P<of>\d{1,3}))?"
)
