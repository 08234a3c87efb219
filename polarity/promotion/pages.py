"""A judged candidate as one page, in each format, and as tables for a terminal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from polarity.comparison.pairs import FAILED, UNMAPPED
from polarity.pages.page import Page, Provenance
from polarity.pages.tables import Sheet
from polarity.promotion.gates import ShownGate, shown
from polarity.promotion.measures import measure
from polarity.promotion.pairs import Tally
from polarity.settings.pair_measures import SIDES
from polarity.statistics.gates import Judgement
from polarity.store import Setup
from polarity.store.entries import setup_row
from polarity.types import Model

MEASURED = ("accuracy", "macro_f1", "unmapped", "failures", "latency_p95", "cost_thousand", "churn")
VERDICTS: Mapping[str, str] = {
    "passed": "{candidate} may take over: every gate is shown to be kept",
    "failed": "{candidate} may not take over: a gate is shown to be broken",
    "inconclusive": "Whether {candidate} may take over is not shown yet",
}
TIMES = (
    "The primary's time is that of its whole request, however many texts it has; the candidate's of one text "
    "alone. An answer that failed at once counts as a quick one: see the failures."
)
NOTE = (
    "What is shown is so but for the level's error, however often one looks; the interval holds the true "
    "value with 95 %. A text counts once, by its first pair."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged(Provenance):
    """Which candidate was judged, against whom, since when, over which store, and at what level.

    `primary` and `other` are who answered, None where there are no pairs. `left_out` counts pairs of other
    setups: of these two as they were before. `sets` is what the candidate's settings have otherwise, by key.
    """

    candidate: str
    sets: Mapping[str, str]
    source: str
    since: str
    level: float
    primary: Setup | None
    other: Setup | None
    left_out: int

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {
            "candidate": self.candidate,
            "sets": dict(self.sets),
            "source": self.source,
            "since": self.since,
            "level": self.level,
            "primary": self.primary and setup_row(self.primary),
            "other": self.other and setup_row(self.other),
            "left_out": self.left_out,
            **self.made_by(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A candidate's pairs and what the gates came to over them."""

    tally: Tally
    judgement: Judgement
    about: Judged

    def as_json(self) -> dict[str, Any]:
        """Give everything as one object of plain values."""
        gates = [
            {**plain, "rows": gate.rows, "low": gate.low, "high": gate.high, "more": gate.more}
            for plain, gate in zip(self.judgement.as_json()["gates"], _gates(self.judgement), strict=True)
        ]
        answers = [
            {"primary": ours, "candidate": theirs, "n": n} for (ours, theirs), n in _answers(self.tally)
        ]
        return {
            "about": self.about.as_json(),
            "judgement": {**self.judgement.as_json(), "gates": gates},
            "pairs": self.tally.pairs,
            "texts": self.tally.texts,
            "answers": answers,
        }


def promotion_page(found: Promotion) -> Page:
    """Put a judged candidate on a page."""
    about = found.about
    return Page(
        kind="Promotion",
        about=about.candidate,
        headline=f"{VERDICTS[found.judgement.status].format(candidate=about.candidate)}.",
        origin=about.sentence(
            about.source, f"{found.tally.pairs:,} pairs of {found.tally.texts:,} texts since {about.since}"
        ),
        version=about.version,
        judgement=_why(found.judgement),
        data=found.as_json(),
        sheets=promotion_sheets(found),
    )


def _why(judgement: Judgement) -> str | None:
    """Say why not, by the gates that it hangs on: all of them stand in the table."""
    if judgement.status == "passed":
        return None
    reasons = "; ".join(gate.reason for gate in judgement.gates if gate.status == judgement.status)
    word = "Broken" if judgement.status == "failed" else "Not shown"
    return f"{word}: {judgement.too_little or reasons}."


def promotion_sheets(found: Promotion) -> list[Sheet]:
    """Give the gates, both sides' measures, who they are, and the flips; what is empty is left out."""
    sheets = [
        Sheet(
            "Gates",
            ("gate", "found", "interval", "over", "is", "more needed"),
            [_gate(gate) for gate in _gates(found.judgement)],
            note=NOTE,
        ),
        Sheet("Both sides", ("what", *SIDES), list(_measures(found.tally)), note=TIMES),
        Sheet("Who answers", ("what", *SIDES), list(_who(found.about))),
        Sheet(
            "What becomes of the labels",
            ("primary", "candidate", "texts", "share"),
            [
                (ours, theirs, f"{n:,}", f"{n / found.tally.texts:.2%}")
                for (ours, theirs), n in _answers(found.tally)
            ],
        ),
    ]
    return [sheet for sheet in sheets if sheet.rows]


def _gates(judgement: Judgement) -> Iterator[ShownGate]:
    yield from (gate for gate in judgement.gates if isinstance(gate, ShownGate))


def _gate(gate: ShownGate) -> tuple[str, ...]:
    name, bound = gate.bound.measure, gate.bound
    sign = ">=" if bound.fails == "under" else "<="
    both = gate.low is not None and gate.high is not None
    return (
        f"{name} {sign} {shown(name, bound.value)}",
        "-" if gate.found.value is None else shown(name, gate.found.value),
        f"{shown(name, gate.low)} to {shown(name, gate.high)}" if both else "-",  # type: ignore[arg-type]
        f"{gate.found.n:,} {gate.rows}",
        gate.status,
        "-" if gate.more is None else f"about {gate.more:,}",
    )


def _measures(tally: Tally) -> Iterator[tuple[str, ...]]:
    for word in MEASURED:
        found = [measure(tally, f"{word}.{side}").found for side in SIDES]
        if any(each.value is not None for each in found):
            cells = (
                "-" if each.value is None else f"{shown(word, each.value)} of {each.n:,}" for each in found
            )
            yield (f"{word} ({found[1].rows.replace('candidate', 'side')})", *cells)


def _who(about: Judged) -> Iterator[tuple[str, ...]]:
    if about.primary is None or about.other is None:
        return
    sides = (about.primary, about.other)
    yield ("settings", "the file's", ", ".join(f"{key} = {value}" for key, value in about.sets.items()))
    yield ("backend", *(side.backend for side in sides))
    yield ("contract", *(f"{side.contract.id} {side.contract.version}" for side in sides))
    for name in dict.fromkeys(name for side in sides for name in side.models):
        yield (name, *(_model(side.models.get(name)) for side in sides))
    yield ("all it depends on", *((side.fingerprint or "unknown")[:12] for side in sides))


def _model(model: Model | None) -> str:
    if model is None:
        return "is not asked"
    weights = f"weights {model.weights[:12]}" if model.weights else "weights unknown"
    return ", ".join(filter(None, (model.name, weights, model.strategy)))


def _answers(tally: Tally) -> list[tuple[tuple[str, str], int]]:
    """List what both sides said, most first: labels that stay behind those that change."""

    def order(item: tuple[tuple[str, str], int]) -> tuple[bool, int]:
        (ours, theirs), n = item
        return ours == theirs and ours not in (UNMAPPED, FAILED), -n

    return sorted(tally.answers.items(), key=order)
