"""Pairs as the page shows them: what a card says of each side, and what it can be found by."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from polarity.comparison import Pair, category, kind, label_of, severity, slices_of
from polarity.contract import Contract
from polarity.contract.canonical import Refused
from polarity.contract.unwrapping import unwrap
from polarity.pages import meanings
from polarity.pages.invisible import message_text, visible
from polarity.report import wording
from polarity.report.content import Report
from polarity.types import (
    Abstention,
    Answer,
    Completion,
    Decision,
    Failure,
    Outcome,
    Scores,
    Unmapped,
    Verdict,
    decided_by,
)

CANDIDATES = 5
SPOKEN = {
    "model": "model disagreement",
    "mapping": "mapping disagreement",
    "failure": "no answer",
    "opposite": "opposite labels",
    "shift": "to or from the middle",
    "agreement": "against gold",
    "right": "right, by gold",
    "wrong": "wrong, by gold",
    "unknown": "no gold label, or no decision",
}


class Bar(NamedTuple):
    """One label's probability; `chosen` where it is the verdict."""

    label: str
    share: float
    chosen: bool


class Highlight(NamedTuple):
    """Canonical text, cut around the span that a rule matched."""

    before: str
    matched: str
    after: str


class SideView(NamedTuple):
    """One backend's part of a card. `said` is a raw completion, `candidates` are token and share."""

    title: str
    outcome: str
    is_verdict: bool
    why: str
    rule: str | None
    highlight: Highlight | None
    bars: list[Bar]
    coverage: float | None
    known: float | None
    said: str | None
    candidates: list[tuple[str, float]]


class Card(NamedTuple):
    """One pair as it is shown. `facets` holds, under each name, what the card can be found by."""

    id: str
    place: str
    text: str
    tag: str
    gold: str | None
    decision: str | None
    decided_by: str | None
    sides: tuple[SideView, SideView]
    facets: Mapping[str, Sequence[str]]


def slice_name(of: str, name: str) -> str:
    """Name a slice as a reader finds it.

    >>> slice_name("length", "1 to 5 words")
    'length: 1 to 5 words'
    """
    return " ".join(f"{message_text(of)}: {message_text(name)}".split("\n"))


def card_of(pair: Pair, report: Report) -> Card:
    """Prepare one pair."""
    found = severity(pair, report.subject.contract.labels)
    slices = slices_of(pair, report.subject.sides, report.subject.columns)
    return Card(
        id=message_text(pair.id),
        place=message_text(pair.place),
        text=message_text(pair.text),
        tag=SPOKEN[found],
        gold=pair.gold,
        decision=pair.result.label if isinstance(pair.result, Decision) else None,
        decided_by=decided_by(pair.result) if pair.result else None,
        sides=(
            _side(pair.left, wording.title(report.subject.left.called), report.subject.contract),
            _side(pair.right, wording.title(report.subject.right.called), report.subject.contract),
        ),
        facets={
            "kind": [kind(pair)],
            "severity": [found],
            "left": [category(pair.left.outcome)],
            "right": [category(pair.right.outcome)],
            "reason": _reasons(pair),
            "decided": [decided_by(pair.result) if pair.result else "nobody"],
            "gold": [_gold_state(pair)],
            "slice": [slice_name(of, name) for of, (_, name) in slices],
        },
    )


def _reasons(pair: Pair) -> list[str]:
    """Why there is no label, on either side."""
    outcomes = (pair.left.outcome, pair.right.outcome)
    return [outcome.reason for outcome in outcomes if isinstance(outcome, Unmapped | Failure)]


def _gold_state(pair: Pair) -> str:
    if pair.gold is None or pair.result is None:
        return "unknown"
    return "right" if label_of(pair.result) == pair.gold else "wrong"


def _side(answer: Answer, title: str, contract: Contract) -> SideView:
    raw, outcome = answer
    return SideView(
        title=title,
        outcome=wording.what_happened(outcome),
        is_verdict=isinstance(outcome, Verdict),
        why=_why(outcome),
        rule=outcome.rule if isinstance(outcome, Verdict | Abstention) else None,
        highlight=_highlight(answer, contract),
        bars=_bars(outcome),
        coverage=None if isinstance(outcome, Failure) else outcome.coverage,
        known=raw.known.share if isinstance(raw, Scores) and raw.known else None,
        said=visible(raw.text) if isinstance(raw, Completion) else None,
        candidates=_candidates(raw) if isinstance(raw, Scores) and raw.source == "logprobs" else [],
    )


def _why(outcome: Outcome) -> str:
    match outcome:
        case Unmapped(reason=reason):
            return meanings.UNMAPPED[reason]
        case Failure(reason=reason, detail=detail):
            return f"{meanings.FAILURES[reason]} {visible(detail)}".strip()
        case Abstention():
            return "The model declined to choose."
        case Verdict():
            return ""


def _highlight(answer: Answer, contract: Contract) -> Highlight | None:
    """Show the span in its canonical text, or alone where the text is no longer read the same way."""
    span = None if isinstance(answer.outcome, Failure) else answer.outcome.span
    if span is None or not isinstance(answer.raw, Completion):
        return None
    try:
        text = unwrap(answer.raw.text, contract, cut=answer.raw.finish_reason == "length").text
    except Refused:
        text = ""
    if text[span.start : span.end] != span.text:
        return Highlight("", span.text, "")
    return Highlight(text[: span.start], span.text, text[span.end :])


def _bars(outcome: Outcome) -> list[Bar]:
    if not isinstance(outcome, Verdict) or outcome.scores is None:
        return []
    return [Bar(label, share, label == outcome.label) for label, share in outcome.scores.items()]


def _candidates(raw: Scores) -> list[tuple[str, float]]:
    """The likeliest first words of the answer: what the model wanted to say."""
    likeliest = sorted(raw.probabilities.items(), key=lambda item: item[1], reverse=True)
    return [(visible(token), share) for token, share in likeliest[:CANDIDATES]]
