"""The mapper: (raw output, contract) -> outcome.

Pure, total, deterministic, bounded. It never raises, never guesses and has no default label: a
verdict needs a declared rule that accounts for the whole answer. In this order:

1. guards    what the server says of the completion, before any word of it is read
2. canonical text of the answer, out of what it is wrapped in (`unwrapping`, `canonical`)
3. rules     exact, modified, phrase, abstain; frame, around any of these but a phrase; stated, any of
             these with a reason behind it; description
4. diagnosis which reason best says why no rule fired; a diagnosis never yields a label

Probabilities have no words to read: see `scoring`.
"""

import unicodedata
from collections.abc import Iterator
from typing import assert_never

from polarity.contract.canonical import MARKS, Refused, without_edges
from polarity.contract.closing import read_closing
from polarity.contract.descriptions import read_description
from polarity.contract.diagnosis import diagnose
from polarity.contract.loading import Contract
from polarity.contract.quotations import repeats, without_input, without_strangers
from polarity.contract.reasons import objection, objection_of_explanation, objection_of_lead
from polarity.contract.scoring import map_scores
from polarity.contract.stated import behind_preambles, read_stated
from polarity.contract.statements import Reading, read_framed, read_whole
from polarity.contract.unwrapping import BYTE_ORDER_MARK, Answer, reasoning_end, unwrap
from polarity.types import (
    Abstention,
    Completion,
    Failure,
    Outcome,
    RawOutput,
    Scores,
    Span,
    Unmapped,
    UnmappedReason,
    Verdict,
)


def map(raw: RawOutput, contract: Contract) -> Outcome:  # noqa: A001 - the design's word for it
    """Read one raw output by the contract.

    A `Failure` said nothing, so there is nothing to read: it is its own outcome.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> map(Completion(text="Not great."), contract).label
    'NEGATIVE'
    >>> map(Completion(text="not positive"), contract).reason
    'negated'
    """
    match raw:
        case Completion():
            return _map_completion(raw, contract)
        case Scores():
            return map_scores(raw, contract)
        case Failure():
            return raw
        case _:
            assert_never(raw)


def _map_completion(raw: Completion, contract: Contract) -> Outcome:
    if reason := guard(raw, contract):
        return Unmapped(reason=reason, contract=contract.ref)
    cut = raw.finish_reason == "length"
    try:
        answer = unwrap(asked_for(raw, contract) if raw.quoted else raw.text, contract, cut=cut)
    except Refused as refused:
        reason = "truncated" if cut and refused.reason == "malformed_json" else refused.reason
        return Unmapped(reason=reason, contract=contract.ref)
    if raw.quoted is not None and '"' in answer.text:
        answer = answer._replace(text=without_strangers(answer.text))
    stated = read_whole(answer.text, contract)
    if stated and not answer.reason and not answer.explanation:
        return _outcome(stated, contract)
    tongue = contract if stated else contract.tongue_of(answer.text)
    tried = attempts if stated or tongue is not contract else further_attempts
    found = next((reading for _, reading in tried(answer, tongue) if reading), None)
    if isinstance(found, Reading):
        return _outcome(found, contract)
    reason = found or _diagnosis(answer.text, tongue, cut=cut)
    return Unmapped(reason=reason, contract=contract.ref, span=Span(0, len(answer.text), answer.text))


def asked_for(raw: Completion, contract: Contract) -> str:
    """Give what a completion says itself: what it quotes of its input is an ellipsis."""
    return without_input(raw.text, raw.quoted, contract) if raw.quoted else raw.text


def guard(raw: Completion, contract: Contract) -> UnmappedReason | None:
    """Say why a completion is not read at all: what the server said of it, its length, or its input again.

    >>> from polarity.contract import load_contract
    >>> guard(Completion(text="positive", finish_reason="content_filter"), load_contract())
    'filtered'
    """
    if raw.finish_reason == "content_filter":
        return "filtered"
    if raw.refusal:
        return "refusal"
    if not raw.text.strip():
        return "empty"
    if raw.quoted and repeats(raw.text, raw.quoted):
        return "runaway"
    return "too_long" if _is_too_long(raw.text, contract) else None


def _is_too_long(text: str, contract: Contract) -> bool:
    """Hold a text against the cap; a closed reasoning block that is short enough does not count."""
    rules = contract.rules
    most = rules.max_chars
    if (len(text) <= most and text.isascii()) or not _is_wider(text, most):
        return False
    most_thought = rules.max_reasoning_chars or 0
    if len(text) > most + most_thought:
        return True
    start = text.removeprefix(BYTE_ORDER_MARK).lstrip()
    end = reasoning_end(start, contract)
    return not end or end > most_thought or _is_wider(start[end:], most)


def _is_wider(text: str, most: int) -> bool:
    return len(text) > most or _width(text) > most


def _width(text: str) -> int:
    """Count characters as canonical text will: there one may have become eighteen."""
    if text.isascii() or MARKS.search(text):  # which to order takes a time that is not linear
        return len(text)
    return len(unicodedata.normalize("NFKC", text))


def attempts(answer: Answer, contract: Contract) -> Iterator[tuple[str, Reading | UnmappedReason | None]]:
    """Try each family of rules in turn: what it read, why that is void, or None where it is silent.

    Lazy, so that whoever asks for the first that speaks pays for no other.
    """
    yield WHOLE, _with_reason(read_whole(answer.text, contract), answer, contract)
    yield from further_attempts(answer, contract)


def further_attempts(
    answer: Answer, contract: Contract
) -> Iterator[tuple[str, Reading | UnmappedReason | None]]:
    """Try each family as `attempts` does, where the whole answer is known to state nothing by itself."""
    start, text = 0, answer.text
    if behind := behind_preambles(text, contract):
        text = without_edges(text[behind:])
        start = answer.text.find(text, behind)
        whole = read_whole(text, contract)
        yield f"behind the opening, {WHOLE}", _with_reason(whole and whole.moved(start), answer, contract)
    for family, read in FAMILIES:
        if answer.alone and read is read_closing:
            continue  # whether an object closes an answer is seen below
        found = read(text, contract)
        placed = found.moved(start) if isinstance(found, Reading) else found
        yield family, _with_reason(placed, answer, contract)
    if answer.lead:
        yield "closing JSON", _with_reason(_behind_lead(answer, contract), answer, contract)
    if behind:  # "overall: a negative": what opens the answer may be a part of its frame
        yield "frame, with the opening", _with_reason(read_framed(answer.text, contract), answer, contract)


def _with_reason(
    found: Reading | UnmappedReason | None, answer: Answer, contract: Contract
) -> Reading | UnmappedReason | None:
    """Hold a reading against what was said beside the answer: behind a fence, in a JSON object."""
    if not isinstance(found, Reading) or not (answer.reason or answer.explanation):
        return found
    voided = answer.reason and objection(answer.reason, found.label, contract)
    voided = voided or (
        answer.explanation and objection_of_explanation(answer.explanation, found.label, contract)
    )
    return voided or found


def _behind_lead(answer: Answer, contract: Contract) -> Reading | UnmappedReason | None:
    """Read what an object holds that closes an answer, with all before it as its reasons."""
    found = read_whole(answer.alone, contract) or read_framed(answer.alone, contract)
    if found is None:
        return None
    start = answer.text.rfind(answer.alone)
    return objection_of_lead(answer.lead, found.label, contract) or found.moved(start, "closing/")


def _outcome(found: Reading, contract: Contract) -> Verdict | Abstention:
    if found.label is None:
        return Abstention(rule=found.rule, contract=contract.ref, span=found.span)
    return Verdict(label=found.label, rule=found.rule, contract=contract.ref, span=found.span)


def _diagnosis(text: str, contract: Contract, *, cut: bool) -> UnmappedReason:
    if not text:
        return "empty"
    return "truncated" if cut else diagnose(text, contract)


WHOLE = "exact, modified, phrase, abstain"
FAMILIES = (
    ("frame", read_framed),
    ("stated", read_stated),
    ("closing", read_closing),
    ("description", read_description),
)
