"""The HTML report: one page that needs nothing else, to be read by people.

Everything that comes from outside is escaped by the template engine, and the page forbids itself the
network and every script but its own, by hash. What the template shows is prepared here. The first cards
stand in the page, where they are printed and read without scripts; the others wait in a template element,
where they cost a browser next to nothing until somebody looks for them.
"""

from base64 import b64encode
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple, TextIO

from markupsafe import Markup

from polarity.comparison import how_bad, kind, kind_of
from polarity.pages import meanings
from polarity.pages.html import environment
from polarity.report import figures, listing, wording
from polarity.report.cards import SPOKEN, Card, card_of, slice_name
from polarity.report.content import Report

SLICES = 40  # in a table
FIRST = 50  # cards that stand in the page itself


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
            unmapped=_unmapped_counts(report),
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


def _unmapped_counts(report: Report) -> list[tuple[str, str, int]]:
    """Side, sentence, count: most frequent first on each side."""
    sides = (
        (report.subject.left.called, report.summary.left_unmapped),
        (report.subject.right.called, report.summary.right_unmapped),
    )
    sentences = {str(reason): sentence for reason, sentence in meanings.UNMAPPED.items()}
    return [
        (wording.title(backend), sentences[reason], count)
        for backend, counts in sides
        for reason, count in counts.items()
    ]
