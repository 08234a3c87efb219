"""What stands in a JSON object beside the answer: when a value there says something else.

Nothing there is ever the answer. But another label's word, a feeling of the other side, another
class's code, or a negative score beside the best label leave nobody knowing what was meant. How sure the
model is may be any number or word - readers take the label beside `"confidence": 0.0` for the answer, too -
but one that takes the answer back: "not sure".
"""

from collections.abc import Iterator, Mapping

from polarity.contract.canonical import canonical
from polarity.contract.checks import WORDS
from polarity.contract.contradictions import shows_another_feeling
from polarity.contract.loading import Contract
from polarity.contract.negation import is_denied
from polarity.contract.reasons import declines, stated_alone

MOST_WORDS = 3  # of a value that names something; a longer one may speak of anything
WORST = -0.5  # a score not above this is no neutral one


def contradicts_beside(key: str, value: object, label: str | None, contract: Contract) -> bool:
    """Say whether a value under a key that is no answer's and no reason's speaks against a label.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> contradicts_beside("emotion", "very negative", "POSITIVE", contract)
    True
    >>> contradicts_beside("score", -0.9, "NEGATIVE", contract)
    False
    >>> [contradicts_beside("confidence", said, "POSITIVE", contract) for said in (0, "very low", "not sure")]
    [False, False, True]
    """
    if label is None:
        return False
    if key in contract.wrappings.code_keys:
        return type(value) is not int or value != contract.rules.codes.get(label)
    if value is False:
        return _denied(WORDS.findall(key.replace("_", " ")), contract)
    if isinstance(value, dict):
        return is_distribution(value, contract) and _best(value, contract) != label
    is_certainty = contract.certainty_words.finds(key.replace("_", " "))
    if is_certainty and isinstance(value, str) and _takes_back(canonical(value), label, contract):
        return True
    repeats = f"{key}:" in contract.prompt_lines  # what stands under "text" is the input
    return any(_speaks_against(single, label, contract, repeats=repeats) for single in _singles(value))


def _denied(key: list[str], contract: Contract) -> bool:
    """Say whether "false" under a key takes the answer back: `"is_correct": false`."""
    return any(
        f"{negator} {word}" in contract.rejections for word in key[-1:] for negator in contract.negators
    )


def is_distribution(value: object, contract: Contract) -> bool:
    """Say whether a value has a number for each of several labels, and nothing else.

    >>> from polarity.contract import load_contract
    >>> is_distribution({"positive": 0.1, "Negative": 0.9}, load_contract())
    True
    """
    if not isinstance(value, dict) or not all(type(number) in (int, float) for number in value.values()):
        return False
    labels = [contract.labels_of_words.get(canonical(name)) for name in value]
    return len(labels) > 1 and None not in labels and len(set(labels)) == len(labels)


def _best(scores: Mapping[str, float], contract: Contract) -> str | None:
    """Give the label with the highest number; None if several have it."""
    best = [name for name, number in scores.items() if number == max(scores.values())]
    return contract.labels_of_words.get(canonical(best[0])) if len(best) == 1 else None


def _takes_back(certainty: str, label: str, contract: Contract) -> bool:
    """Say whether a certainty in words is none: "not sure". One that is small leaves the label as it is."""
    words = WORDS.findall(certainty)
    if words and all(map(contract.denies, words)):
        return True
    denied = (
        is_denied(certainty, sure.start(), contract) for sure in contract.certainty_words.all_in(certainty)
    )
    return (
        any(denied)
        or contract.retractions.finds(certainty)
        or bool(stated_alone([certainty], label, contract))
        or declines(certainty, contract)
    )


def _singles(value: object) -> Iterator[object]:
    """Give a value, or those in a list."""
    if isinstance(value, list):
        for item in value:
            yield from _singles(item)
    else:
        yield value


def _speaks_against(value: object, label: str, contract: Contract, *, repeats: bool) -> bool:
    if isinstance(value, str):
        text = canonical(value)
        if repeats:
            return contract.mentions.get(text, label) != label
        return _names_another(text, label, contract)
    return type(value) in (int, float) and _is_opposite(value, label, contract)  # type: ignore[arg-type]


def _names_another(text: str, label: str, contract: Contract) -> bool:
    """Say whether a word or three name another label or its feeling, or deny this one."""
    if len(WORDS.findall(text)) > MOST_WORDS:
        return False
    for found in contract.mention_pattern.all_in(text):
        if (contract.mentions[found.group()] == label) is is_denied(text, found.start(), contract):
            return True
    return shows_another_feeling(text, label, contract)


def _is_opposite(score: float, label: str, contract: Contract) -> bool:
    """Say whether a score is negative beside the scale's last label, or very much so beside one between."""
    if label == contract.labels[0]:
        return False
    return score < 0 if label == contract.labels[-1] else score <= WORST
