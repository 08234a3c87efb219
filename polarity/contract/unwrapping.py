"""Completion -> the answer in it: opens what answers are wrapped in, and keeps what stands beside.

In this order: a byte-order mark, one closed reasoning block at the start, one code fence, one JSON
object. What stands before a fence or an object stays part of the answer, so that it must be
accounted for; what stands behind it, or under a declared key for reasons, is the answer's reason.
"""

import json
from typing import Any, NamedTuple

import regex

from polarity.contract.canonical import EMOJI_PARTS, Refused, canonical, refuse_disguise
from polarity.contract.rules import Rules, texts

BYTE_ORDER_MARK = "\ufeff"
CUT = " ..."  # what a cut answer goes on with
FENCE = regex.compile(r"(?P<before>[^`]*)```\w*\n(?P<inside>[^`]*?)\n?```(?P<after>[^`]*)")
OBJECT = regex.compile(r'\A\s*\{|\A\s*\[\s*[{"]|\{\s*"[^"{}]*"\s*:')
REASONING = regex.compile(
    r"<(?P<tag>think|thinking|reasoning)>(?P<thought>.*?)(?:</(?P=tag)>|\Z)",
    flags=regex.DOTALL | regex.IGNORECASE,
)


class Answer(NamedTuple):
    """Canonical text of an answer, and of what was said beside it."""

    text: str
    reason: str = ""


def unwrap(text: str, rules: Rules, *, cut: bool = False) -> Answer:
    """Open what an answer is wrapped in.

    A JSON object holds the answer under one of `rules.json_keys`, or the same answer under several,
    and nothing else but `json_side_keys` and `json_reason_keys`. `cut` says that the token limit
    ended the text: its canonical text then goes on with an ellipsis.

    >>> from polarity.contract import load_contract
    >>> rules = load_contract().rules
    >>> unwrap('<think>They are angry.</think>{"label": "Negative", "reason": "It broke."}', rules)
    Answer(text='negative', reason='it broke')

    Raises:
        Refused: invisible or confusable characters, an unclosed reasoning block, broken JSON.
    """
    text = text.removeprefix(BYTE_ORDER_MARK).strip(" \t")
    refuse_disguise(text)
    if "<" in text:
        text = _after_reasoning(text.lstrip()).lstrip()
    after = ""
    if "```" in text and (fenced := FENCE.fullmatch(text)):
        text, after = fenced["before"] + fenced["inside"], fenced["after"]
    if ("{" in text or "[" in text) and (opening := OBJECT.search(text)):
        before, wrapped = text[: opening.start()], text[opening.start() :].lstrip()
        answer, reasons, behind = _from_json(wrapped, rules)
        if OBJECT.search(behind):
            raise Refused("conflicting")
        refuse_disguise(answer)  # a JSON escape may have hidden one until now
        text, after = before + answer, "\n".join([*reasons, behind, after])
        cut = False  # the object is closed
    elif cut and not after:
        text += CUT
    return Answer(_canonical(text), _canonical(after) if after else "")


def _canonical(text: str) -> str:
    return str(EMOJI_PARTS.sub("", canonical(text))) if not text.isascii() else canonical(text)


def _after_reasoning(text: str) -> str:
    block = REASONING.match(text)
    if block is None:
        return text
    if block.end() == len(text) and not text.lower().endswith(f"</{block['tag'].lower()}>"):
        raise Refused("truncated")
    return text[block.end() :]


def _from_json(text: str, rules: Rules) -> tuple[str, list[str], str]:
    """Read one object, or a list of one, at the start: the answer, the reasons, what stands behind."""
    try:
        found, end = DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        raise Refused("malformed_json") from None
    if isinstance(found, list) and len(found) == 1:
        (found,) = found
    if not isinstance(found, dict):
        raise Refused("undeclared")
    fields = [(canonical(key), value) for key, value in found.items()]
    label_keys, reason_keys = texts(rules.json_keys), texts(rules.json_reason_keys)
    answers = [_answer(value) for key, value in fields if key in label_keys]
    reasons = [_answer(value) for key, value in fields if key in reason_keys]
    known = {*label_keys, *reason_keys, *texts(rules.json_side_keys)}
    if not answers or any(key not in known for key, _ in fields):
        raise Refused("undeclared")
    if len({canonical(answer) for answer in answers}) > 1:
        raise Refused("conflicting")
    return answers[0], reasons, text[end:]


def _answer(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    if type(value) in (int, float):
        return str(value)
    raise Refused("undeclared")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


DECODER = json.JSONDecoder(object_pairs_hook=_without_duplicates)
