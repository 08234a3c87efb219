"""The HTML report: one page that needs nothing else, to be read by people.

Everything that comes from outside is escaped by the template engine, and the page forbids itself the
network and every script but its own, by hash. What the template shows is prepared here. The first cards
stand in the page, where they are printed and read without scripts; the others wait in a template element,
where they cost a browser next to nothing until somebody looks for them.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple, TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from polarity.comparison import (
    SEVERITIES,
    Pair,
    Severity,
    category,
    decided_by,
    joint_confidence,
    kind,
    kind_of,
    label_of,
    severity_of,
    slices_of,
)
from polarity.contract import Contract
from polarity.contract.canonical import Refused
from polarity.contract.unwrapping import unwrap
from polarity.report import figures, reasons, wording
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
)

CANDIDATES = 5
SLICES = 40  # in a table
FIRST = 50  # cards that stand in the page itself
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


class Facet(NamedTuple):
    """Something by which cards are filtered: its values, each with what a reader calls it."""

    name: str
    title: str
    values: list[tuple[str, str]]


class Section(NamedTuple):
    """A list of cards under one heading; there are `total` like them."""

    title: str
    lead: str
    total: int
    cards: list[Card]


def write(file: TextIO, report: Report) -> None:
    """Write the page in pieces: a long list of disagreements is never one string in memory."""
    cards = [_card(pair, report) for pair in _by_severity(report)]
    script = _script()
    page = (
        _environment()
        .get_template("report.html.j2")
        .generate(
            report=report,
            summary=report.summary,
            left=wording.title(report.subject.left.backend),
            right=wording.title(report.subject.right.backend),
            left_name=wording.name(report.subject.left.backend),
            right_name=wording.name(report.subject.right.backend),
            headline=wording.headline(report),
            matrix=list(zip(report.summary.categories, report.summary.matrix, strict=True)),
            cards=cards,
            total=report.summary.n - report.summary.agreements,
            first=FIRST,
            facets=_facets(cards, report),
            gold_errors=_gold_errors(report),
            script=Markup(script),  # noqa: S704 - it is ours
            script_hash=f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}",
            unmapped=_unmapped_counts(report),
            wording=wording,
            figures=figures,
            kind_of=kind_of,
            slice_name=slice_name,
            most_slices=SLICES,
        )
    )
    file.writelines(page)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("polarity.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _script() -> str:
    return files("polarity.report").joinpath("templates", "report.js").read_text("utf-8")


def _severity(pair: Pair, report: Report) -> Severity:
    sides = (category(pair.left.outcome), category(pair.right.outcome))
    return severity_of(*sides, report.subject.contract.labels)


def _by_severity(report: Report) -> list[Pair]:
    """The worst difference first; of equally bad ones the surest."""
    bad = [
        (SEVERITIES.index(severity), -joint_confidence(pair), at, pair)
        for at, pair in enumerate(report.examples)
        if (severity := _severity(pair, report)) != "agreement"
    ]
    return [pair for *_, pair in sorted(bad, key=lambda item: item[:3])]


def _gold_errors(report: Report) -> Section | None:
    listed = next((part for part in wording.listed(report) if part.kind == "gold"), None)
    return listed and Section(
        listed.title, listed.lead, listed.total, [_card(pair, report) for pair in listed.pairs]
    )


def _facets(cards: Sequence[Card], report: Report) -> list[Facet]:
    """List what cards can be filtered by, with the values that occur."""
    titles = {
        "kind": "Kind",
        "severity": "Direction",
        "left": wording.title(report.subject.left.backend),
        "right": wording.title(report.subject.right.backend),
        "decided": "Decided by",
        "gold": "Decision",
    }
    facets = [
        Facet(name, title, [(value, SPOKEN.get(value, value)) for value in values])
        for name, title in titles.items()
        if len(values := sorted({value for card in cards for value in card.facets[name]})) > 1
    ]
    occurring = {name for card in cards for name in card.facets["slice"]}
    slices = {slice_name(part.of, part.name): part.disagreement.value for part in report.summary.slices}
    found = [(name, f"{name} ({share:.0%} differ)") for name, share in slices.items() if name in occurring]
    return [*facets, Facet("slice", "Slice", found)] if found else facets


def slice_name(of: str, name: str) -> str:
    """Name a slice as a reader finds it.

    >>> slice_name("length", "1 to 5 words")
    'length: 1 to 5 words'
    """
    return " ".join(f"{wording.message_text(of)}: {wording.message_text(name)}".split("\n"))


def _card(pair: Pair, report: Report) -> Card:
    severity = _severity(pair, report)
    slices = slices_of(pair, report.subject.sides, report.subject.columns)
    return Card(
        id=wording.message_text(pair.id),
        place=wording.message_text(pair.place),
        text=wording.message_text(pair.text),
        tag=SPOKEN[severity],
        gold=pair.gold,
        decision=pair.result.label if isinstance(pair.result, Decision) else None,
        decided_by=decided_by(pair.result) if pair.result else None,
        sides=(
            _side(pair.left, wording.title(report.subject.left.backend), report.subject.contract),
            _side(pair.right, wording.title(report.subject.right.backend), report.subject.contract),
        ),
        facets={
            "kind": [kind(pair)],
            "severity": [severity],
            "left": [category(pair.left.outcome)],
            "right": [category(pair.right.outcome)],
            "decided": [decided_by(pair.result) if pair.result else "nobody"],
            "gold": [_gold_state(pair)],
            "slice": [slice_name(of, name) for of, (_, name) in slices],
        },
    )


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
        said=wording.visible(raw.text) if isinstance(raw, Completion) else None,
        candidates=_candidates(raw) if isinstance(raw, Scores) and raw.source == "logprobs" else [],
    )


def _why(outcome: Outcome) -> str:
    match outcome:
        case Unmapped(reason=reason):
            return reasons.UNMAPPED[reason]
        case Failure(reason=reason, detail=detail):
            return f"{reasons.FAILURES[reason]} {wording.visible(detail)}".strip()
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
        text = unwrap(answer.raw.text, contract.rules, cut=answer.raw.finish_reason == "length").text
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
    return [(wording.visible(token), share) for token, share in likeliest[:CANDIDATES]]


def _unmapped_counts(report: Report) -> list[tuple[str, str, int]]:
    """Side, sentence, count: most frequent first on each side."""
    sides = (
        (report.subject.left.backend, report.summary.left_unmapped),
        (report.subject.right.backend, report.summary.right_unmapped),
    )
    sentences = {str(reason): sentence for reason, sentence in reasons.UNMAPPED.items()}
    return [
        (wording.title(backend), sentences[reason], count)
        for backend, counts in sides
        for reason, count in counts.items()
    ]
