"""The mapper: (raw output, contract) -> outcome.

Pure, total, deterministic, bounded. It never raises, never guesses and has no default label: a
verdict needs a declared rule that accounts for the whole answer. In this order:

1. guards    what the server says of the completion, before any word of it is read
2. canonical text (`polarity.contract.canonical`)
3. rules     exact, modified, phrase, abstain; all but a phrase also inside one declared frame
4. diagnosis which reason best says why no rule fired; a diagnosis never yields a label
"""

import math
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import assert_never

import regex

from polarity.contract.canonical import Refused, canonical, unwrap
from polarity.contract.loading import Contract, Statement
from polarity.contract.schema import WORDS, is_contracted_not
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

NUMERIC = regex.compile(r"(?=.*[\d★⭐])[\d\s.,/%:+★⭐-]+")
TOLERANCE = 0.01  # rounding of what servers and half precision send
LONGEST_TOKEN = 64  # characters; no declared word is longer


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
        case Scores() if problem := _problem(raw):
            return Failure(reason="bad_response", detail=problem)
        case Scores(source="softmax"):
            return _map_softmax(raw, contract)
        case Scores():
            return _map_logprobs(raw, contract)
        case Completion():
            return _map_completion(raw, contract)
        case Failure():
            return raw
        case _:
            assert_never(raw)


def _problem(raw: Scores) -> str | None:
    """Say why these are no probabilities, or None."""
    if not all(0 <= p < math.inf for p in raw.probabilities.values()):
        return "a probability is negative or not a number"
    total = math.fsum(raw.probabilities.values())
    if total > 1 + TOLERANCE or (raw.source == "softmax" and total < 1 - TOLERANCE):
        return f"the probabilities sum to {total:.3f}"
    return None


def _map_softmax(raw: Scores, contract: Contract) -> Outcome:
    """Rename the checkpoint's labels; the most probable one is the verdict."""
    names = {label: name for name, label in contract.file.binding.items()}
    if raw.probabilities.keys() != contract.file.binding.keys():
        return Unmapped(reason="undeclared", contract=contract.ref)
    scores = {label: raw.probabilities[names[label]] for label in contract.labels}
    label = _likeliest(scores)
    if label is None:
        return Unmapped(reason="multiple_labels", contract=contract.ref)
    return Verdict(label=label, rule=f"binding/{names[label]}", contract=contract.ref, scores=scores)


def _map_logprobs(raw: Scores, contract: Contract) -> Outcome:
    """Sum the mass of the tokens that are whole aliases, by label, and normalise it.

    Tokens that are abstain words compete as one more candidate. Coverage is the labels' mass
    before normalising.
    """
    masses, abstained = _masses(raw, contract)
    coverage = math.fsum(masses.values())
    label = _likeliest(masses)
    top = max(masses.values())
    floor = contract.rules.coverage_floor
    if abstained > top and abstained + coverage >= floor:
        return Abstention(rule="abstain/logprobs", contract=contract.ref, coverage=coverage)
    if not coverage or coverage < floor:
        return Unmapped(reason="undeclared", contract=contract.ref, coverage=coverage)
    if label is None or abstained == top:
        reason: UnmappedReason = "multiple_labels" if label is None else "conflicting"
        return Unmapped(reason=reason, contract=contract.ref, coverage=coverage)
    scores = {name: mass / coverage for name, mass in masses.items()}
    return Verdict(
        label=label, rule="exact/logprobs", contract=contract.ref, scores=scores, coverage=coverage
    )


def _masses(raw: Scores, contract: Contract) -> tuple[dict[str, float], float]:
    """Sum the probability on each label's aliases, and on the abstain words."""
    masses = dict.fromkeys(contract.labels, 0.0)
    abstained = 0.0
    for token, p in raw.probabilities.items():
        stated = contract.statements.get(canonical(token)) if len(token) <= LONGEST_TOKEN else None
        if stated and stated.family == "exact" and stated.label:
            masses[stated.label] += p
        elif stated and stated.family == "abstain":
            abstained += p
    return masses, abstained


def _likeliest(masses: Mapping[str, float]) -> str | None:
    """Name the label with the most mass; None on an exact tie, since to pick one would be a guess."""
    top = max(masses.values())
    first, *others = (label for label, mass in masses.items() if mass == top)
    return None if others else first


def _map_completion(raw: Completion, contract: Contract) -> Outcome:
    if reason := _guard(raw, contract.rules.max_chars):
        return Unmapped(reason=reason, contract=contract.ref)
    try:
        text = unwrap(raw.text, contract.rules.json_keys, contract.rules.json_side_keys)
    except Refused as refused:
        cut = raw.finish_reason == "length" and refused.reason == "malformed_json"
        return Unmapped(reason="truncated" if cut else refused.reason, contract=contract.ref)
    if raw.finish_reason == "length":
        return Unmapped(reason="truncated", contract=contract.ref, span=_whole(text))
    if not text:
        return Unmapped(reason="empty", contract=contract.ref)
    return _by_rule(text, contract) or Unmapped(
        reason=_diagnosis(text, contract), contract=contract.ref, span=_whole(text)
    )


def _guard(raw: Completion, max_chars: int) -> UnmappedReason | None:
    if raw.finish_reason == "content_filter":
        return "filtered"
    if raw.refusal:
        return "refusal"
    if not raw.text.strip():
        return "empty"
    if len(raw.text) > max_chars or len(unicodedata.normalize("NFKC", raw.text)) > max_chars:
        return "too_long"
    return None


def _by_rule(text: str, contract: Contract) -> Outcome | None:
    """Find the one rule that accounts for the whole canonical text."""
    if stated := contract.statements.get(text):
        return _outcome(stated, stated.rule, Span(0, len(text), text), contract)
    for frame in contract.frames:
        if text.startswith(frame.prefix) and text.endswith(frame.suffix):
            start, end = len(frame.prefix), len(text) - len(frame.suffix)
            slot = text[start:end]
            stated = contract.statements.get(canonical(slot))
            if stated and stated.family != "phrase":  # "the answer is no good" speaks of the answer
                return _outcome(stated, f"frame/{frame.name}", Span(start, end, slot), contract)
    return None


def _outcome(stated: Statement, rule: str, span: Span, contract: Contract) -> Verdict | Abstention:
    if stated.label is None:
        return Abstention(rule=rule, contract=contract.ref, span=span)
    return Verdict(label=stated.label, rule=rule, contract=contract.ref, span=span)


def _whole(text: str) -> Span:
    return Span(0, len(text), text)


def _diagnosis(text: str, contract: Contract) -> UnmappedReason:
    """Name why no rule accounts for a text. Reads words loosely: it only ever explains a refusal."""
    words = WORDS.findall(text)
    if _runs_on(text, contract):
        return "runaway"
    named = _labels_named(words, contract.label_words)
    if named and (reason := _diagnosis_of_labels(text, words, named, contract)):
        return reason
    if any(regex.match(rf"{regex.escape(opening)}\b", text) for opening in contract.rules.refusals):
        return "refusal"
    return "numeric" if NUMERIC.fullmatch(text) else "undeclared"


def _diagnosis_of_labels(
    text: str, words: Sequence[str], named: Collection[str], contract: Contract
) -> UnmappedReason | None:
    """Name why a text that names a label, or several, takes it back; None if it does not."""
    rules = contract.rules
    if any(is_contracted_not(word) for word in words) or any(word in rules.negators for word in words):
        return "negated"
    if len(named) > 1:
        return "label_echo" if len(named) == len(contract.labels) else "multiple_labels"
    if _mentions(text, rules.abstain):
        return "conflicting"
    if any(word in rules.contrasts for word in words):
        return "contrast"
    return None


def _labels_named(words: Iterable[str], label_words: Mapping[str, str]) -> set[str]:
    return {label_words[word] for word in words if word in label_words}


def _mentions(text: str, phrases: Iterable[str]) -> bool:
    return any(regex.search(rf"(?<!\w){regex.escape(phrase)}(?!\w)", text) for phrase in phrases)


def _runs_on(text: str, contract: Contract) -> bool:
    r"""The model went on with the prompt's own form after its answer: "positive\nText: ..."."""
    return any(line.startswith(contract.rules.fields) for line in text.split("\n")[1:])
