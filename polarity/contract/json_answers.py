"""An answer in JSON: which of its values is the answer, which are reasons, and which say nothing of it.

One object, or a list of one, holds the answer under a label's key, or the same answer under several.
Every other key is declared, or the contract says that it may be ignored over a value that tells
nothing. A contract may also open one text in a list, and one object that stands under a label's
key, once.
"""

import json
import re
from typing import Any, NamedTuple

from polarity.contract.beside import contradicts_beside, is_distribution
from polarity.contract.canonical import Refused, canonical
from polarity.contract.loading import Contract
from polarity.contract.single_quotes import as_json


class Opened(NamedTuple):
    """What an object says, and what stands behind it."""

    answer: str
    reasons: list[str]
    unread: list[str]  # its keys, what is said again, and the values that are declared to say nothing
    behind: str


def open_json(text: str, contract: Contract) -> Opened:
    """Read the JSON that a text begins with.

    >>> from polarity.contract import load_contract
    >>> open_json('{"label": "positive", "reason": "It works."} Yes.', load_contract())
    Opened(answer='positive', reasons=['It works.'], unread=['label', 'reason'], behind=' Yes.')

    Raises:
        Refused: broken JSON, an undeclared key or value, or several answers.
    """
    found, end = _decoded(text, contract)
    nested = contract.rules.json_nested
    if isinstance(found, list) and len(found) == 1:
        (found,) = found
    if isinstance(found, str) and nested:
        return Opened(found, [], [], text[end:])
    return read_object(found, text[end:], contract)


def read_object(found: object, behind: str, contract: Contract) -> Opened:
    """Read an object that is opened already; `behind` stands behind it.

    >>> from polarity.contract import load_contract
    >>> read_object({"Sentiment": "Positive", "Reason": "It works."}, "", load_contract()).answer
    'Positive'

    Raises:
        Refused: an undeclared key or value, or several answers.
    """
    nested = contract.rules.json_nested
    said = _Said([], [], [], [])
    _read_object(found, said, contract, nested=nested)
    _set_apart(said, contract)
    answer = _only(said.answers, contract)
    label = _label(answer, contract)
    if any(contradicts_beside(key, value, label, contract) for key, value in said.beside):
        raise Refused("conflicting")  # {"sentiment": "positive", "emotion": "negative"}
    said.answers.remove(answer)
    return Opened(answer, said.reasons, said.unread + said.answers, behind)


class _Said(NamedTuple):
    """What was found in an object so far."""

    answers: list[str]
    reasons: list[str]
    unread: list[str]
    beside: list[tuple[str, object]]  # the keys with the values among what is unread


def _decoded(text: str, contract: Contract) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        rewritten = as_json(text) if contract.rules.json_single_quotes else None
    try:
        return (DECODER.decode(rewritten.json), rewritten.end) if rewritten else DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        raise Refused("malformed_json") from None


def _read_object(found: object, said: _Said, contract: Contract, *, nested: bool) -> None:
    if not isinstance(found, dict):
        raise Refused("undeclared")
    keys = contract.wrappings
    for name, value in found.items():
        key = canonical(name)
        said.unread.append(name)
        if key in keys.label_keys:
            _read_answer(value, said, contract, nested=nested)
        elif key in keys.reason_keys:
            _read_reason(value, said, contract, nested=nested)
        elif key in keys.side_keys | keys.code_keys or _may_be_ignored(name, value, contract):
            said.unread.append(json.dumps(value, ensure_ascii=False))
            said.beside.append((key, value))
        elif isinstance(value, str) and _may_explain(name, value, contract):
            said.reasons.append(value)
        else:
            raise Refused("undeclared")


def _read_answer(value: object, said: _Said, contract: Contract, *, nested: bool) -> None:
    """Read what stands under a label's key: a plain value or, where it may be nested, what that holds."""
    if nested and isinstance(value, list) and len(value) == 1:
        (value,) = value
    if nested and isinstance(value, str) and value.lstrip().startswith("{"):
        text = value.strip()
        value, end = _decoded(text, contract)
        if end < len(text):
            raise Refused("undeclared")
    if nested and isinstance(value, dict):
        _read_object(value, said, contract, nested=False)
    else:
        said.answers.append(_plain(value))


def _read_reason(value: object, said: _Said, contract: Contract, *, nested: bool) -> None:
    """Read what stands under a key for reasons: a text, a list of texts, or the object with the answer."""
    if nested and isinstance(value, dict):
        _read_object(value, said, contract, nested=False)
    elif nested and isinstance(value, list):
        said.reasons.extend(map(_plain, value))
    else:
        said.reasons.append(_plain(value))


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    if type(value) in (int, float):
        return str(value)
    raise Refused("undeclared")


def _label(value: object, contract: Contract) -> str | None:
    """Give the label whose word a value is."""
    return contract.mentions.get(canonical(value)) if isinstance(value, str) else None


def _may_be_ignored(name: str, value: object, contract: Contract) -> bool:
    """Say whether neither a key nor its value can say anything of the answer."""
    values = value if isinstance(value, list) else [value]
    if contract.rules.json_unknown_keys == "refuse" or any(isinstance(one, list) for one in values):
        return False
    if any(isinstance(one, dict) for one in values) and not is_distribution(value, contract):
        return False
    said = [KEY_WORDS.sub(" ", name), *(one for one in values if isinstance(one, str))]
    return all(_tells_nothing(text, contract) for text in said)


def _may_explain(name: str, value: str, contract: Contract) -> bool:
    """Say whether a key that no list names may hold a reason, which is held against the label."""
    return _may_be_ignored(name, None, contract) and len(value.split()) >= LEAST_EXPLAINED


def _set_apart(said: _Said, contract: Contract) -> None:
    """Keep of several answers those that tell something: `"category": "billing"` names another thing."""
    if len(said.answers) == 1 or contract.rules.json_unknown_keys == "refuse":
        return
    telling = [one for one in said.answers if DIGIT.search(one) or not _tells_nothing(one, contract)]
    for answer in [one for one in said.answers if telling and one not in telling]:
        said.answers.remove(answer)
        said.unread.append(answer)
        said.beside.append(("", answer))


def _tells_nothing(text: str, contract: Contract) -> bool:
    return not contract.wrappings.telling.finds(canonical(text))


def _only(answers: list[str], contract: Contract) -> str:
    """Give the one answer there is. The class code of the label beside it is none of its own."""
    if not answers:
        raise Refused("undeclared")
    if len(answers) == 1:
        return answers[0]
    forms = {canonical(answer): answer for answer in answers}
    if len(forms) == len(("code", "word")):
        code, word = sorted(forms, key=lambda form: form in contract.mentions)
        if code == str(contract.rules.codes.get(contract.mentions.get(word, ""))):
            return forms[word]
    if len(forms) > 1:
        raise Refused("conflicting")
    return answers[0]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


LEAST_EXPLAINED = 4  # words of a reason under a key of any name: fewer may be an answer
DIGIT = re.compile(r"\d")
KEY_WORDS = re.compile(r"[_\W]+|(?<=[a-z])(?=[A-Z])")  # "not_positive", "notPositive"
DECODER = json.JSONDecoder(object_pairs_hook=_without_duplicates)
