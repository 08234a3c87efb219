"""The HTML report: one page that needs nothing else, to be read by people.

Everything that comes from outside is escaped by the template engine, and the page forbids itself the
network and every script but its own, by hash. What the template shows is prepared here. The first cards
stand in the page, where they are printed and read without scripts; the others wait in a template element,
where they cost a browser next to nothing until somebody looks for them.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple, TextIO

from markupsafe import Markup

from polarity.comparison import how_bad, kind, kind_of
from polarity.pages import meanings
from polarity.pages.html import environment
from polarity.pages.invisible import visible
from polarity.report import figures, listing, wording
from polarity.report.cards import SPOKEN, Card, card_of, slice_name
from polarity.report.content import Report

SLICES = 40  # in a table
UNREAD = 20  # answers that were not mapped, in a table
FIRST = 50  # cards that stand in the page itself


class Facet(NamedTuple):
    """Something by which cards are filtered: its values, each with what a reader calls it."""

    name: str
    title: str
    values: list[tuple[str, str]]


class Graded(NamedTuple):
    """How often somebody is right; `is_best` where nobody is so more often, and somebody less."""

    who: str
    share: float
    is_best: bool


class Lost(NamedTuple):
    """Answers of a side without a label, for one reason."""

    who: str
    reason: str
    sentence: str
    messages: int


class Unread(NamedTuple):
    """One answer of a side that was not mapped, however often it came."""

    who: str
    text: str
    reason: str
    messages: int


class Section(NamedTuple):
    """A list of cards under one heading; there are `total` like them."""

    title: str
    lead: str
    total: int
    cards: list[Card]


def write(file: TextIO, report: Report) -> None:
    """Write the page in pieces: a long list of disagreements is never one string in memory."""
    labels = report.subject.contract.labels
    differing = [pair for pair in report.examples if kind(pair) != "agreement"]
    cards = [card_of(pair, report) for pair in sorted(differing, key=partial(how_bad, labels=labels))]
    script = _script()
    page = (
        environment("polarity.report")
        .get_template("report.html.j2")
        .generate(
            report=report,
            version=report.subject.version,
            summary=report.summary,
            left=wording.title(report.subject.left.called),
            right=wording.title(report.subject.right.called),
            left_name=wording.name(report.subject.left.called),
            right_name=wording.name(report.subject.right.called),
            headline=wording.headline(report),
            matrix=list(zip(report.summary.categories, report.summary.matrix, strict=True)),
            cards=cards,
            total=report.summary.n - report.summary.agreements,
            first=FIRST,
            facets=_facets(cards, report),
            gold_errors=_gold_errors(report),
            script=Markup(script),  # noqa: S704 - it is ours
            script_hash=f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}",
            graded=_graded(report),
            unmapped=_lost(report, meanings.UNMAPPED, "unmapped"),
            failed=_lost(report, meanings.FAILURES, "failed"),
            unread=_unread(report),
            most_unread=UNREAD,
            wording=wording,
            figures=figures,
            kind_of=kind_of,
            slice_name=slice_name,
            most_slices=SLICES,
        )
    )
    file.writelines(page)


def _script() -> str:
    return files("polarity.report").joinpath("templates", "report.js").read_text("utf-8")


def _gold_errors(report: Report) -> Section | None:
    listed = next((part for part in listing.listed(report) if part.kind == "gold"), None)
    return listed and Section(
        listed.title, listed.lead, listed.total, [card_of(pair, report) for pair in listed.pairs]
    )


def _facets(cards: Sequence[Card], report: Report) -> list[Facet]:
    """List what cards can be filtered by, with the values that occur."""
    titles = {
        "kind": "Kind",
        "severity": "Direction",
        "left": wording.title(report.subject.left.called),
        "right": wording.title(report.subject.right.called),
        "reason": "Reason",
        "decided": "Decided by",
        "gold": "Decision",
    }
    facets = [
        Facet(name, title, [(value, SPOKEN.get(value, value)) for value in values])
        for name, title in titles.items()
        if _parts(cards, name, values := sorted({value for card in cards for value in card.facets[name]}))
    ]
    occurring = {name for card in cards for name in card.facets["slice"]}
    slices = {slice_name(part.of, part.name): part.disagreement.value for part in report.summary.slices}
    found = [(name, f"{name} ({share:.0%} differ)") for name, share in slices.items() if name in occurring]
    return [*facets, Facet("slice", "Slice", found)] if found else facets


def _parts(cards: Sequence[Card], name: str, values: Sequence[str]) -> bool:
    """Say whether a facet tells cards apart: by several values, or by one that only some of them have."""
    return len(values) > 1 or (bool(values) and not all(card.facets[name] for card in cards))


def _graded(report: Report) -> list[Graded]:
    """Give both sides, and the decision where there is one, with the share of gold labels they meet."""
    subject, gold = report.subject, report.summary.gold
    if gold is None:
        return []
    names = {
        "left": wording.title(subject.left.called),
        "right": wording.title(subject.right.called),
        "decision": "Decision",
    }
    shares = [(names[place], found.accuracy.value) for place, found in gold.graded.items()]
    best, worst = (pick(share for _, share in shares) for pick in (max, min))
    return [Graded(who, share, share == best > worst) for who, share in shares]


def _lost(report: Report, sentences: Mapping[Any, str], kind: str) -> list[Lost]:
    """Give each side's reasons for having no label, the most frequent first."""
    subject, summary = report.subject, report.summary
    return [
        Lost(wording.title(side.called), reason, sentences[reason], count)
        for place, side in (("left", subject.left), ("right", subject.right))
        for reason, count in getattr(summary, f"{place}_{kind}").items()
    ]


def _unread(report: Report) -> list[Unread]:
    """Give the answers that were not mapped, alike ones as one, the most frequent of both sides first."""
    subject, summary = report.subject, report.summary
    sides = ((subject.left, summary.left_unmapped_answers), (subject.right, summary.right_unmapped_answers))
    found = [
        Unread(wording.title(side.called), visible(text), reason, count)
        for side, answers in sides
        for text, reason, count in answers
    ]
    return sorted(found, key=lambda one: -one.messages)
